package dev.culvert.engine.config;

import dev.culvert.bgp.config.DynamicPeers;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.liveness.LivenessSchema;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.statics.StaticRoute;
import dev.culvert.firewall.config.FirewallSections;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import dev.culvert.ipsec.config.SecuritySections;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.rip.config.ReceiveMode;
import dev.culvert.rip.config.RipConfig;
import dev.culvert.rip.config.RipGroupConfig;
import dev.culvert.rip.config.RipNeighborConfig;
import dev.culvert.rip.packet.RipFlavor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Zones beside everything that wants to be reached through them: a protocol whose packets its own
 * router would drop is refused, with the statement that lets them in. Confined to one reading of a
 * configuration.
 */
final class ZoneChecks {
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();
  private static final ValueType<IpAddress> ADDRESS = ValueTypes.address();

  /** What is to be let in, and how it is written behind {@code host-inbound-traffic}. */
  private record Wanted(String name, String words, Predicate<HostInbound> isLetIn) {
    static Wanted of(String name, HostProtocol protocol) {
      return new Wanted(
          name,
          "protocols " + protocol.junosName(),
          inbound -> inbound.protocols().contains(protocol));
    }

    static Wanted of(String name, SystemService service) {
      return new Wanted(
          name,
          "system-services " + service.junosName(),
          inbound -> inbound.services().contains(service) || inbound.anyService());
    }
  }

  private static final Wanted OSPF = Wanted.of("OSPF", HostProtocol.OSPF);
  private static final Wanted RIP = Wanted.of("RIP", HostProtocol.RIP);
  private static final Wanted RIPNG = Wanted.of("RIPng", HostProtocol.RIPNG);
  private static final Wanted BGP = Wanted.of("BGP", HostProtocol.BGP);
  private static final Wanted BFD = Wanted.of("BFD", HostProtocol.BFD);
  private static final Wanted IKE = Wanted.of("IKE", SystemService.IKE);

  private final ConfigTree tree;
  private final RouterConfig config;
  private final Ruleset ruleset;
  private final Diagnostics diagnostics;

  ZoneChecks(ConfigTree tree, RouterConfig config, Diagnostics diagnostics) {
    this.tree = tree;
    this.config = config;
    this.ruleset = config.firewall().ruleset();
    this.diagnostics = diagnostics;
  }

  void all(Optional<ConfigNode> routing, Optional<ConfigNode> ospf, Optional<ConfigNode> bgp) {
    if (!ruleset.hasZones()) {
      return;
    }
    SchemaRoot.node(FirewallSections.ZONES, tree).ifPresent(this::tunnels);
    tree.root().child("interfaces").ifPresent(this::interfacesOutside);
    ospf.ifPresent(this::ospf);
    bgp.ifPresent(this::bgp);
    routing.ifPresent(this::statics);
    SchemaRoot.node(SecuritySections.IKE, tree).ifPresent(this::gateways);
  }

  /** Members that are tunnels: a tunnel exists by configuration only. */
  private void tunnels(ConfigNode zones) {
    for (Zone zone : ruleset.zones()) {
      for (Zone.Member member : zone.interfaces()) {
        InterfaceName name = member.name();
        if (name.physical().equals("lo0") && name.unit() != 0) {
          memberNode(zones, zone, name)
              .ifPresent(at -> diagnostics.error(at, InterfacesSection.heldByUnitZero(name)));
        }
        Optional<ConfigNode> node =
            name.isSecureTunnel() ? memberNode(zones, zone, name) : Optional.empty();
        if (node.isPresent() && !config.interfaces().has(name)) {
          diagnostics.error(
              node.get(), name + " is not configured: set interfaces st0 unit " + name.unit());
        } else if (node.isPresent() && !isBound(name)) {
          diagnostics.warning(
              node.get(), "no VPN is bound to " + name + ": nothing comes or goes by it");
        }
      }
    }
  }

  private boolean isBound(InterfaceName tunnel) {
    return config.ipsec().vpns().stream().map(VpnConfig::bindInterface).anyMatch(tunnel::equals);
  }

  private static Optional<ConfigNode> zoneNode(ConfigNode zones, Zone zone) {
    String keyword = zone.kind() == Zone.Kind.MANAGEMENT ? "functional-zone" : "security-zone";
    return zones.children(keyword).stream()
        .filter(n -> n.words().getFirst().equals(zone.name()))
        .findFirst();
  }

  private static Optional<ConfigNode> memberNode(ConfigNode zones, Zone zone, InterfaceName name) {
    return zoneNode(zones, zone)
        .flatMap(n -> n.child("interfaces"))
        .flatMap(n ->
            n.children("").stream()
                .filter(member -> member.words().getFirst().equals(name.toString()))
                .findFirst());
  }

  private void interfacesOutside(ConfigNode interfaces) {
    for (ConfigNode physical : interfaces.children("")) {
      for (ConfigNode unit : physical.children("unit")) {
        InterfaceName name =
            InterfaceName.of(physical.words().getFirst() + "." + unit.words().getFirst());
        boolean isLoopback = name.device().equals("lo");
        if (!isLoopback && config.interfaces().has(name) && ruleset.zoneOf(name).isEmpty()) {
          diagnostics.warning(
              unit,
              name
                  + " is in no security zone, and nothing passes there:"
                  + " set security zones security-zone ZONE interfaces "
                  + name);
        }
      }
    }
  }

  private void ospf(ConfigNode ospf) {
    for (ConfigNode area : ospf.children("area")) {
      for (ConfigNode statement : area.children("interface")) {
        InterfaceName name = statement.key(INTERFACE);
        OspfInterfaceConfig bound = config.ospf().interfaces().get(name);
        if (bound != null && !bound.passive() && !bound.disabled()) {
          require(OSPF, name, statement);
          if (bound.liveness() != null) {
            require(BFD, name, statement.child(LivenessSchema.KEYWORD).orElse(statement));
          }
        }
      }
    }
  }

  /** Of {@code protocols rip} or {@code ripng}, where there are zones. */
  void rip(ConfigNode rip) {
    boolean isRipng = rip.keyword().equals(RipFlavor.RIPNG.keyword());
    RipConfig bound = isRipng ? config.ripng() : config.rip();
    for (ConfigNode group : rip.children("group")) {
      for (ConfigNode statement : group.children("neighbor")) {
        InterfaceName name = statement.key(INTERFACE);
        RipGroupConfig of = bound.groupOf(name);
        RipNeighborConfig neighbor = of == null ? null : of.neighbors().get(name);
        if (ruleset.hasZones() && neighbor != null && neighbor.receive() != ReceiveMode.NONE) {
          require(isRipng ? RIPNG : RIP, name, statement);
          if (neighbor.liveness() != null) {
            require(BFD, name, statement);
          }
        }
      }
    }
  }

  private void bgp(ConfigNode bgp) {
    for (ConfigNode group : bgp.children("group")) {
      for (ConfigNode neighbor : group.children("neighbor")) {
        IpAddress address = neighbor.key(ADDRESS);
        Optional<InterfaceName> out = connected(address);
        Optional<PeerConfig> peer =
            config.bgp().peers().stream().filter(p -> p.address().equals(address)).findFirst();
        if (out.isPresent() && peer.isPresent()) {
          require(BGP, out.get(), neighbor);
          if (peer.get().liveness() != null) {
            require(BFD, out.get(), neighbor);
          }
        }
      }
      group.child("allow").ifPresent(statement -> allowed(group, statement));
    }
  }

  /** Of those who may come from a subnet of ours it is known by which interface they do. */
  private void allowed(ConfigNode group, ConfigNode statement) {
    for (DynamicPeers some : config.bgp().dynamic()) {
      if (some.each().group().equals(group.key(ValueTypes.name()))) {
        for (InterfacesConfig.Unit unit : config.interfaces().units().values()) {
          if (unit.addresses().stream().anyMatch(own -> own.prefix().covers(some.allowed()))) {
            require(BGP, unit.name(), statement);
            if (some.each().liveness() != null) {
              require(BFD, unit.name(), statement);
            }
          }
        }
      }
    }
  }

  private void statics(ConfigNode routing) {
    for (StaticRoute route : config.routing().staticRoutes()) {
      for (StaticRoute.Entry entry : route.entries()) {
        for (StaticRoute.Hop hop : entry.hops()) {
          StaticRoute.Watch watch = hop.watch();
          if (watch != null) {
            Optional<InterfaceName> out =
                watch.out() != null ? Optional.of(watch.out()) : connected(watch.neighbor());
            out.ifPresent(name -> require(BFD, name, routeNode(routing, route)));
          }
        }
      }
    }
  }

  /** The statement of a static route, wherever it stands. */
  private static ConfigNode routeNode(ConfigNode routing, StaticRoute route) {
    List<ConfigNode> tables = new ArrayList<>(routing.children("rib"));
    tables.add(routing);
    return tables.stream()
        .flatMap(table -> table.child("static").stream())
        .flatMap(table -> table.children("route").stream())
        .filter(node -> node.words().getFirst().equals(route.prefix().toString()))
        .findFirst()
        .orElse(routing);
  }

  private void gateways(ConfigNode ike) {
    for (ConfigNode gateway : ike.children("gateway")) {
      gateway.child("external-interface").ifPresent(out -> require(IKE, out.value(INTERFACE), out));
    }
  }

  /** The interface by which an address of a connected subnet is reached. */
  private Optional<InterfaceName> connected(IpAddress address) {
    InterfaceName best = null;
    int longest = -1;
    for (InterfacesConfig.Unit unit : config.interfaces().units().values()) {
      for (InterfaceAddress own : unit.addresses()) {
        if (own.prefix().contains(address) && own.prefixLength() > longest) {
          best = unit.name();
          longest = own.prefixLength();
        }
      }
    }
    return Optional.ofNullable(best);
  }

  private void require(Wanted wanted, InterfaceName name, ConfigNode at) {
    Optional<Zone> zone = ruleset.zoneOf(name);
    if (zone.isEmpty()) {
      diagnostics.error(
          at,
          name
              + " is in no security zone, which keeps "
              + wanted.name()
              + " out: set security zones security-zone ZONE interfaces "
              + name);
    } else if (!wanted.isLetIn().test(ruleset.hostInbound(name))) {
      diagnostics.error(
          at,
          "zone '"
              + zone.get().name()
              + "' keeps "
              + wanted.name()
              + " out of "
              + name
              + ": "
              + statement(zone.get(), name)
              + " host-inbound-traffic "
              + wanted.words());
    }
  }

  /**
   * Where host-inbound-traffic is to be written. What an interface says itself stands in place of
   * all that its zone says, so it is written there only if something is already, or the zone says
   * nothing.
   */
  private String statement(Zone zone, InterfaceName name) {
    String kind = zone.kind() == Zone.Kind.MANAGEMENT ? "functional-zone " : "security-zone ";
    String whole = "set security zones " + kind + zone.name();
    Optional<ConfigNode> member =
        SchemaRoot.node(FirewallSections.ZONES, tree)
            .flatMap(zones -> memberNode(zones, zone, name));
    boolean ownWords = member.isPresent() && member.get().has("host-inbound-traffic");
    boolean zoneIsSilent = zone.hostInbound().equals(HostInbound.NONE);
    return member.isPresent() && (ownWords || zoneIsSilent) ? whole + " interfaces " + name : whole;
  }
}
