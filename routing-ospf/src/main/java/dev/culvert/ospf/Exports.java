package dev.culvert.ospf;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.policy.PolicyResult;
import dev.culvert.core.policy.RouteModifications;
import dev.culvert.core.policy.RoutePolicyContext;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
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
  private final TreeMap<Ipv4Prefix, ActiveRoute> active = new TreeMap<>();
  private final TreeMap<Ipv4Prefix, ExternalLsa> exported = new TreeMap<>();
  private PolicyChain policy = PolicyChain.EMPTY;

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
  boolean policyChanged(PolicyChain after) {
    policy = after;
    boolean changed = false;
    for (Map.Entry<Ipv4Prefix, ActiveRoute> entry : active.entrySet()) {
      changed |= evaluate(entry.getKey(), entry.getValue());
    }
    return changed;
  }

  private boolean activeChanged(Ipv4Prefix prefix, @Nullable ActiveRoute after) {
    if (after == null || isOspf(after.route())) {
      active.remove(prefix);
      return exported.remove(prefix) != null;
    }
    active.put(prefix, after);
    return evaluate(prefix, after);
  }

  /** What OSPF itself supplied is in the database already. */
  private static boolean isOspf(Route route) {
    return switch (route.protocol()) {
      case OSPF_INTERNAL, OSPF_EXTERNAL -> true;
      case DIRECT, LOCAL, STATIC, STATIC_NAT, ARI_TS, RIP, RIPNG, AGGREGATE, BGP -> false;
    };
  }

  /** OSPF exports nothing by itself: what no policy accepts stays inside. */
  private boolean evaluate(Ipv4Prefix prefix, ActiveRoute route) {
    PolicyResult result = policy.evaluate(route, RoutePolicyContext.NONE);
    if (!result.accepts(false)) {
      return exported.remove(prefix) != null;
    }
    ExternalLsa external = external(prefix, route.route(), result.modifications());
    return !external.equals(exported.put(prefix, external));
  }

  /** Unless a policy says otherwise: metric 0, type 2 (RFC 2328 §2.3), and the route's own tag. */
  private static ExternalLsa external(Ipv4Prefix prefix, Route route, RouteModifications changes) {
    long metric = changes.metric() == null ? 0 : changes.metric();
    long tag = changes.tag() == null ? route.detail().routeTag() : changes.tag();
    boolean typeOne = changes.externalType() != null && changes.externalType() == 1;
    return new ExternalLsa(
        prefix.length(),
        !typeOne,
        Math.clamp(metric, 0, ExternalLsa.LS_INFINITY - 1),
        Ipv4Address.ANY,
        tag);
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
