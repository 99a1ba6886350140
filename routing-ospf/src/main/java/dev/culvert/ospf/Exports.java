package dev.culvert.ospf;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.ospf.config.ExportPolicy;
import dev.culvert.ospf.config.ExportPolicy.Decision;
import dev.culvert.ospf.config.ExportPolicy.ExternalMetricType;
import dev.culvert.ospf.packet.ExternalLsa;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Active routes that the export policy lets out as AS externals (RFC 2328 §12.4.4). */
final class Exports {
  private final TreeMap<Ipv4Prefix, Route> active = new TreeMap<>();
  private final TreeMap<Ipv4Prefix, ExternalLsa> exported = new TreeMap<>();
  private ExportPolicy policy = ExportPolicy.REJECT_ALL;

  int size() {
    return exported.size();
  }

  /** True if an external route changed. */
  boolean ribChanged(List<RibDelta> deltas) {
    boolean changed = false;
    for (RibDelta delta : deltas) {
      IpPrefix prefix = delta.prefix();
      if (prefix instanceof Ipv4Prefix v4) {
        changed |= activeChanged(v4, delta.after());
      }
    }
    return changed;
  }

  /** Puts every active route to the policy again. */
  boolean policyChanged(ExportPolicy after) {
    policy = after;
    boolean changed = false;
    for (Map.Entry<Ipv4Prefix, Route> entry : active.entrySet()) {
      changed |= evaluate(entry.getKey(), entry.getValue());
    }
    return changed;
  }

  private boolean activeChanged(Ipv4Prefix prefix, @Nullable ActiveRoute after) {
    if (after == null || isOspf(after.route())) {
      active.remove(prefix);
      return exported.remove(prefix) != null;
    }
    active.put(prefix, after.route());
    return evaluate(prefix, after.route());
  }

  /** What OSPF itself supplied is in the database already. */
  private static boolean isOspf(Route route) {
    return switch (route.protocol()) {
      case OSPF_INTERNAL, OSPF_EXTERNAL -> true;
      case DIRECT, LOCAL, STATIC, RIP, AGGREGATE, BGP -> false;
    };
  }

  private boolean evaluate(Ipv4Prefix prefix, Route route) {
    return switch (policy.evaluate(route)) {
      case Decision.Reject reject -> exported.remove(prefix) != null;
      case Decision.Accept(Long metric, ExternalMetricType type, Long tag) -> {
        ExternalLsa external =
            new ExternalLsa(
                prefix.length(),
                type != ExternalMetricType.TYPE_1,
                Math.clamp(metric == null ? 0 : metric, 0, ExternalLsa.LS_INFINITY - 1),
                Ipv4Address.ANY,
                tag == null ? 0 : tag);
        yield !external.equals(exported.put(prefix, external));
      }
    };
  }

  /**
   * The LSAs for all exported routes. Where prefixes share a network number, the longest bears it
   * as Link State ID and the others set their host bits (RFC 2328 appendix E); a prefix whose ID is
   * still taken is returned to the caller.
   */
  List<Ipv4Prefix> advertise(RouterId self, SortedMap<LsaKey, LsaBody> wanted) {
    TreeMap<Ipv4Address, Ipv4Prefix> taken = new TreeMap<>();
    List<Ipv4Prefix> leftOver = new ArrayList<>();
    for (Ipv4Prefix prefix : exported.descendingKeySet()) {
      Ipv4Address hostBits =
          new Ipv4Address(prefix.network().bits() | ~Ipv4Prefix.mask(prefix.length()));
      Ipv4Address id = taken.containsKey(prefix.network()) ? hostBits : prefix.network();
      ExternalLsa external = exported.get(prefix);
      if (external == null || taken.putIfAbsent(id, prefix) != null) {
        leftOver.add(prefix);
      } else {
        wanted.put(LsaKey.of(LsaType.AS_EXTERNAL, id, self), external);
      }
    }
    return leftOver;
  }
}
