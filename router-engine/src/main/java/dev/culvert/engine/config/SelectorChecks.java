package dev.culvert.engine.config;

import dev.culvert.bgp.config.DynamicPeers;
import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.rip.config.RipConfig;
import dev.culvert.rip.config.RipGroupConfig;
import dev.culvert.rip.config.RipNeighborConfig;
import dev.culvert.rip.packet.RipFlavor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What traffic selectors keep out of a tunnel although something else sends it there: a warning
 * each, as the tunnel comes up all the same. Confined to one reading of a configuration.
 */
final class SelectorChecks {
  private static final IpAddress ALL_SPF_ROUTERS = Ipv4Address.of("224.0.0.5");

  /** What RIPng comes from (RFC 2080 §2.5). */
  private static final IpAddress SOME_LINK_LOCAL = Ipv6Address.of("fe80::1");

  private final RouterConfig config;
  private final Diagnostics diagnostics;

  /** Units of which each VPN says by selectors what it carries; by unit. */
  private final SortedMap<InterfaceName, List<VpnConfig>> narrow = new TreeMap<>();

  private final SortedMap<String, ConfigNode> statements = new TreeMap<>();

  SelectorChecks(RouterConfig config, Diagnostics diagnostics) {
    this.config = config;
    this.diagnostics = diagnostics;
  }

  void all(ConfigNode ipsec, Optional<ConfigNode> routing) {
    ipsec
        .children("vpn")
        .forEach(node -> statements.put(node.key(ValueTypes.name()), selectorsOf(node)));
    for (VpnConfig vpn : config.ipsec().vpns()) {
      narrow.computeIfAbsent(vpn.bindInterface(), unit -> new ArrayList<>()).add(vpn);
    }
    narrow.values().removeIf(vpns -> vpns.stream().anyMatch(SelectorChecks::carriesAnything));
    if (!narrow.isEmpty()) {
      config.ospf().interfaces().values().forEach(this::ospf);
      config.bgp().peers().forEach(peer -> bgp(peer.address(), "neighbor " + peer.address()));
      config.bgp().dynamic().stream()
          .map(DynamicPeers::allowed)
          .forEach(allowed -> bgp(allowed.last(), "neighbors from " + allowed));
      rip(config.rip(), RipFlavor.RIP);
      rip(config.ripng(), RipFlavor.RIPNG);
      routing.ifPresent(this::statics);
    }
  }

  private static ConfigNode selectorsOf(ConfigNode vpn) {
    return vpn.child("traffic-selector")
        .or(() -> vpn.child("ike").flatMap(ike -> ike.child("proxy-identity")))
        .orElse(vpn);
  }

  private static boolean carriesAnything(VpnConfig vpn) {
    return vpn.selectors().stream()
        .anyMatch(selectors -> selectors.kind() == ChildSelectors.Kind.ANYTHING);
  }

  private void ospf(OspfInterfaceConfig ospf) {
    List<VpnConfig> vpns = narrow.getOrDefault(ospf.name(), List.of());
    if (!vpns.isEmpty()
        && !ospf.passive()
        && !ospf.disabled()
        && !carries(vpns, ospf.name(), ALL_SPF_ROUTERS)) {
      hides(vpns, "OSPF neighbors on " + ospf.name() + ": none holds " + ALL_SPF_ROUTERS);
    }
  }

  private void bgp(IpAddress peer, String words) {
    narrow.forEach((unit, vpns) -> {
      boolean isOnUnit = addresses(unit).stream().anyMatch(own -> own.prefix().contains(peer));
      if (isOnUnit && !carries(vpns, unit, peer)) {
        hides(vpns, "BGP " + words + " on " + unit);
      }
    });
  }

  private void rip(RipConfig rip, RipFlavor flavor) {
    for (RipGroupConfig group : rip.groups().values()) {
      for (RipNeighborConfig neighbor : group.neighbors().values()) {
        List<VpnConfig> vpns = narrow.getOrDefault(neighbor.name(), List.of());
        List<IpAddress> sources =
            flavor == RipFlavor.RIPNG
                ? List.of(SOME_LINK_LOCAL)
                : addresses(neighbor.name(), flavor.group());
        Collection<IpAddress> destinations =
            neighbor.peers().isEmpty() ? List.of(flavor.group()) : neighbor.peers();
        destinations.stream()
            .filter(to -> !vpns.isEmpty() && !carries(vpns, sources, to))
            .forEach(to ->
                hides(
                    vpns,
                    "%s neighbors on %s: none holds %s"
                        .formatted(flavor.tag(), neighbor.name(), to)));
      }
    }
  }

  private void statics(ConfigNode routing) {
    routing.child("static").ifPresent(this::routes);
    routing.children("rib").forEach(rib -> rib.child("static").ifPresent(this::routes));
  }

  private void routes(ConfigNode table) {
    for (ConfigNode route : table.children("route")) {
      IpPrefix prefix = route.key(ValueTypes.prefix());
      List<String> words = new ArrayList<>();
      route.child("next-hop").ifPresent(hop -> words.addAll(hop.words()));
      route.children("qualified-next-hop").forEach(hop -> words.addAll(hop.words()));
      narrow.forEach((unit, vpns) -> {
        if (words.contains(unit.toString()) && !holds(vpns, prefix)) {
          hides(vpns, "static route " + prefix + " into " + unit);
        }
      });
    }
  }

  /** Some selector has room for packets between the unit's own address and that one. */
  private boolean carries(List<VpnConfig> vpns, InterfaceName unit, IpAddress destination) {
    return carries(vpns, addresses(unit, destination), destination);
  }

  /** The unit's addresses of the destination's family. */
  private List<IpAddress> addresses(InterfaceName unit, IpAddress destination) {
    return addresses(unit).stream()
        .map(InterfaceAddress::address)
        .filter(own -> own.family() == destination.family())
        .toList();
  }

  private static boolean carries(
      List<VpnConfig> vpns, List<IpAddress> sources, IpAddress destination) {
    return vpns.stream()
        .flatMap(vpn -> vpn.selectors().stream())
        .anyMatch(selectors ->
            sources.stream().anyMatch(source -> selectors.concerns(source, destination)));
  }

  /** Some selector leads to a part of the prefix at least. */
  private static boolean holds(List<VpnConfig> vpns, IpPrefix prefix) {
    return vpns.stream()
        .flatMap(vpn -> vpn.selectors().stream())
        .flatMap(selectors -> selectors.remote().stream())
        .flatMap(selector -> SelectorPrefixes.prefixes(selector).stream())
        .anyMatch(remote ->
            remote.family() == prefix.family() && (remote.covers(prefix) || prefix.covers(remote)));
  }

  private List<InterfaceAddress> addresses(InterfaceName unit) {
    InterfacesConfig.Unit configured = config.interfaces().units().get(unit);
    return configured == null ? List.of() : configured.addresses();
  }

  private void hides(List<VpnConfig> vpns, String what) {
    VpnConfig vpn = vpns.getFirst();
    ConfigNode statement = statements.get(vpn.name());
    if (statement != null) {
      diagnostics.warning(statement, "traffic selector hides " + what);
    }
  }
}
