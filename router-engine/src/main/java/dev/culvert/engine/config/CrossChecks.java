package dev.culvert.engine.config;

import com.google.common.collect.SetMultimap;
import dev.culvert.bgp.config.BgpSection;
import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.policy.PolicyOptions;
import dev.culvert.core.policy.PolicyUse;
import dev.culvert.engine.rpm.IpMonitoringSection;
import dev.culvert.firewall.config.NatChecks;
import dev.culvert.ipsec.config.SecuritySections;
import dev.culvert.ospf.config.NetworkType;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What no section can see alone. Each finding carries the line of the statement to blame. Confined
 * to one reading of a configuration.
 */
record CrossChecks(
    ConfigTree tree, RouterConfig config, PolicyOptions policies, Diagnostics diagnostics) {
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();

  void all(
      ConfigSection<?> routing,
      ConfigSection<?> ospf,
      ConfigSection<?> bgp,
      List<? extends ConfigSection<?>> rips,
      ConfigSection<?> ipMonitoring) {
    node(SecuritySections.IPSEC).ifPresent(this::vpns);
    node(ospf).ifPresent(this::ospf);
    node(bgp).ifPresent(this::bgp);
    rips.forEach(rip -> node(rip).ifPresent(this::rip));
    node(routing).ifPresent(this::statics);
    node(ipMonitoring)
        .ifPresent(n -> IpMonitoringSection.crossCheck(n, config.rpm().tests(), diagnostics));
    policyWords();
    node(SecuritySections.IPSEC)
        .ifPresent(ipsec -> new SelectorChecks(config, diagnostics).all(ipsec, node(routing)));
    NatChecks.againstInterfaces(
        tree, config.firewall().ruleset().nat(), interfaceAddresses(), diagnostics);
    ZoneChecks zones = new ZoneChecks(tree, config, diagnostics);
    zones.all(node(routing), node(ospf), node(bgp));
    rips.forEach(rip -> node(rip).ifPresent(zones::rip));
  }

  private SortedMap<InterfaceName, List<InterfaceAddress>> interfaceAddresses() {
    SortedMap<InterfaceName, List<InterfaceAddress>> addresses = new TreeMap<>();
    config.interfaces().units().forEach((name, unit) -> addresses.put(name, unit.addresses()));
    return addresses;
  }

  private Optional<ConfigNode> node(ConfigSection<?> section) {
    return SchemaRoot.node(section, tree);
  }

  private void vpns(ConfigNode ipsec) {
    for (ConfigNode vpn : ipsec.children("vpn")) {
      vpn.child("bind-interface").ifPresent(bind -> requireTunnel(bind, bind.value(INTERFACE)));
      vpn.child("vpn-monitor")
          .flatMap(monitor -> monitor.child("source-interface"))
          .ifPresent(from -> requireTunnel(from, from.value(INTERFACE)));
    }
    new TunnelChecks(tree, config, diagnostics).all(ipsec);
  }

  private void ospf(ConfigNode ospf) {
    if (!config.ospf().interfaces().isEmpty() && config.routing().routerId() == null) {
      diagnostics.error(
          ospf, "ospf needs routing-options router-id, or an interface with an IPv4 address");
    }
    for (ConfigNode area : ospf.children("area")) {
      for (ConfigNode statement : area.children("interface")) {
        requireTunnel(statement, statement.key(INTERFACE));
        requirePointToMultipoint(statement);
      }
    }
  }

  /** Spokes do not hear each other: an election among them would have as many outcomes. */
  private void requirePointToMultipoint(ConfigNode statement) {
    InterfaceName name = statement.key(INTERFACE);
    OspfInterfaceConfig ospf = config.ospf().interfaces().get(name);
    InterfacesConfig.Unit unit = config.interfaces().units().get(name);
    if (ospf != null
        && unit != null
        && unit.multipoint()
        && ospf.networkType() != NetworkType.POINT_TO_MULTIPOINT) {
      diagnostics.error(
          statement, name + " is multipoint: it needs interface-type p2mp and dynamic-neighbors");
    }
  }

  private void bgp(ConfigNode bgp) {
    if (!config.bgp().isEmpty() && config.routing().routerId() == null) {
      diagnostics.error(
          bgp, "bgp needs routing-options router-id, or an interface with an IPv4 address");
    }
    Long autonomousSystem = config.routing().autonomousSystem();
    if (autonomousSystem != null) {
      BgpSection.crossCheck(bgp, autonomousSystem, diagnostics);
    } else if (!config.bgp().isEmpty()) {
      diagnostics.error(bgp, "bgp needs routing-options autonomous-system");
    }
  }

  private void rip(ConfigNode rip) {
    for (ConfigNode group : rip.children("group")) {
      for (ConfigNode neighbor : group.children("neighbor")) {
        requireTunnel(neighbor, neighbor.key(INTERFACE));
      }
    }
  }

  /** A word of a policy that does nothing wherever the policy is used. */
  private void policyWords() {
    SetMultimap<String, PolicyUse> uses = config.bgp().policyUses();
    config.ospf().export().names().forEach(name -> uses.put(name, PolicyUse.OSPF_EXPORT));
    uses.putAll(config.rip().policyUses());
    uses.putAll(config.ripng().policyUses());
    policies.refuseWithoutEffect(uses, diagnostics);
  }

  private void statics(ConfigNode routing) {
    routing.child("static").ifPresent(this::staticRoutes);
    for (ConfigNode rib : routing.children("rib")) {
      rib.child("static").ifPresent(this::staticRoutes);
    }
  }

  private void staticRoutes(ConfigNode table) {
    for (ConfigNode route : table.children("route")) {
      route.child("next-hop").ifPresent(this::nextHops);
      for (ConfigNode qualified : route.children("qualified-next-hop")) {
        nextHops(qualified);
        qualified.child("interface").ifPresent(out -> requireTunnel(out, out.value(INTERFACE)));
      }
    }
  }

  /** A next hop is an address or an interface; only the latter concerns us. */
  private void nextHops(ConfigNode statement) {
    for (String word : List.copyOf(statement.words())) {
      if (INTERFACE.parse(word) instanceof ValueType.Parsed.Value<InterfaceName>(var out)) {
        requireTunnel(statement, out);
      }
    }
  }

  /** A tunnel exists by configuration only; other interfaces may come and go. */
  private void requireTunnel(ConfigNode statement, InterfaceName name) {
    if (name.isSecureTunnel() && !config.interfaces().has(name)) {
      diagnostics.error(
          statement, name + " is not configured: set interfaces st0 unit " + name.unit());
    }
    if (name.physical().equals("lo0") && name.unit() != 0) {
      diagnostics.error(statement, InterfacesSection.heldByUnitZero(name));
    }
  }
}
