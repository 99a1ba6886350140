package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.daemon.diagnosis.Finding;
import dev.culvert.daemon.diagnosis.KnownTunnel;
import dev.culvert.daemon.diagnosis.TunnelDiagnosis;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.ipsec.forwarding.TunnelCounters;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code show security ipsec why}: what keeps a tunnel down, or packets out of it. */
public final class WhyShow {
  /** The routes of one unit. */
  private static final class Routes {
    final List<IpPrefix> active = new ArrayList<>();
    final List<IpPrefix> standby = new ArrayList<>();
    final SortedMap<IpPrefix, String> hidden = new TreeMap<>();
  }

  private WhyShow() {}

  public static Page of(RouterState router, List<VpnStateView> vpns) {
    Instant now = router.now();
    Page page = new Page("ipsec-tunnel-diagnosis-information");
    for (KnownTunnel tunnel : known(router, vpns)) {
      print(page, tunnel, TunnelDiagnosis.of(tunnel), now);
    }
    List<String> names = vpns.stream().map(VpnStateView::vpn).toList();
    ShortcutShow.failures(page, router.shortcuts(), names, now);
    return page;
  }

  private static List<KnownTunnel> known(RouterState router, List<VpnStateView> vpns) {
    Map<InterfaceName, InterfaceState> interfaces =
        router.interfaces().stream().collect(Collectors.toMap(InterfaceState::name, i -> i));
    Map<InterfaceName, TunnelCounters> counters = router.dataPath().tunnels();
    List<IpsecSaView> sas = router.ipsecSas();
    Ruleset ruleset = router.rulesetInForce();
    SortedMap<InterfaceName, Routes> routes = new TreeMap<>();
    vpns.forEach(vpn -> routes.put(vpn.bindInterface(), new Routes()));
    for (AddressFamily family : AddressFamily.values()) {
      for (RouteEntry entry : router.routes(family, null)) {
        sort(entry, routes, interfaces);
      }
    }
    List<KnownTunnel> known = new ArrayList<>();
    for (VpnStateView vpn : vpns) {
      InterfaceName unit = vpn.bindInterface();
      Routes ofUnit = routes.getOrDefault(unit, new Routes());
      known.add(
          new KnownTunnel(
              vpn,
              sas.stream().filter(sa -> sa.vpn().equals(vpn.vpn())).toList(),
              interfaces.get(unit),
              ofUnit.active,
              ofUnit.standby,
              ofUnit.hidden,
              counters.get(unit),
              ruleset));
    }
    return known;
  }

  /** A destination's candidates, to the units that they lead into. */
  private static void sort(
      RouteEntry entry,
      SortedMap<InterfaceName, Routes> routes,
      Map<InterfaceName, InterfaceState> interfaces) {
    for (RouteEntry.Candidate candidate : entry.candidates()) {
      List<NextHop> hops =
          candidate.resolved().isEmpty() ? candidate.route().nextHops() : candidate.resolved();
      for (NextHop hop : hops) {
        routes.forEach((unit, ofUnit) -> {
          if (leadsInto(hop, unit, interfaces.get(unit))) {
            String hidden = candidate.hiddenReason();
            if (hidden != null) {
              ofUnit.hidden.put(entry.prefix(), hidden);
            } else if (!isOwnSubnet(entry.prefix(), interfaces.get(unit))) {
              (candidate.active() ? ofUnit.active : ofUnit.standby).add(entry.prefix());
            }
          }
        });
      }
    }
  }

  private static boolean leadsInto(
      NextHop hop, InterfaceName unit, @Nullable InterfaceState state) {
    return switch (hop) {
      case NextHop.Via(InterfaceName out, var gateway) -> out.equals(unit);
      case NextHop.Recursive(var address) ->
          state != null && state.addresses().stream().anyMatch(a -> a.prefix().contains(address));
      default -> false;
    };
  }

  private static boolean isOwnSubnet(IpPrefix prefix, @Nullable InterfaceState state) {
    return state != null
        && state.addresses().stream().map(InterfaceAddress::prefix).anyMatch(prefix::equals);
  }

  private static void print(Page page, KnownTunnel tunnel, List<Finding> findings, Instant now) {
    VpnStateView vpn = tunnel.vpn();
    String state = vpn.up() ? "up" : "down";
    page.line(
        "VPN: %s, Gateway: %s (%s), Interface: %s",
        vpn.vpn(), vpn.gateway(), vpn.remote(), vpn.bindInterface());
    page.line(
        "  State: %s for %s, Nego#: %d, Fail#: %d, flaps: %d",
        state,
        Durations.age(Duration.between(vpn.since(), now)),
        vpn.negotiations(),
        vpn.failures(),
        vpn.flaps());
    if (vpn.up()) {
      page.line(
          "  Packets: %d sent, %d received by its present SAs; routes: %d active, %d in reserve",
          tunnel.sent(), tunnel.received(), tunnel.routes().size(), tunnel.standby().size());
    }
    Element.Builder element =
        Element.builder("ipsec-tunnel-diagnosis")
            .leaf("sa-vpn-name", vpn.vpn())
            .leaf("sa-gateway-name", vpn.gateway())
            .leaf("sa-bind-interface", vpn.bindInterface().toString())
            .leaf("sa-tunnel-state", state);
    if (findings.isEmpty()) {
      page.line("  Nothing is wrong that this router can see.");
    }
    for (Finding finding : findings) {
      page.line("  %s: %s", heading(finding.kind()), finding.text());
      finding.remedies().forEach(remedy -> page.line("    To be changed: %s", remedy));
      Element.Builder found =
          Element.builder("finding")
              .leaf(
                  "finding-kind", finding.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'))
              .leaf("finding-text", finding.text());
      finding.remedies().forEach(remedy -> found.leaf("finding-remedy", remedy));
      element.child(found);
    }
    page.blank();
    page.element(element);
  }

  private static String heading(Finding.Kind kind) {
    return switch (kind) {
      case DOWN -> "It is down";
      case NO_TRAFFIC -> "Nothing passes";
      case LOSS -> "Lost";
    };
  }
}
