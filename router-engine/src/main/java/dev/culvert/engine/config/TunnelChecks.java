package dev.culvert.engine.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.config.GatewayConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Whether the VPNs fit the units that they are bound to: several on one unit, and who is behind
 * which next hop. Confined to one reading of a configuration.
 */
record TunnelChecks(ConfigTree tree, RouterConfig config, Diagnostics diagnostics) {
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();

  void all(ConfigNode ipsec) {
    Map<InterfaceName, ConfigNode> bound = new TreeMap<>();
    Map<String, InterfaceName> units = new TreeMap<>();
    for (ConfigNode vpn : ipsec.children("vpn")) {
      Optional<ConfigNode> statement = vpn.child("bind-interface");
      if (vpn.inactive() || statement.isEmpty()) {
        continue;
      }
      String name = vpn.key(ValueTypes.name());
      InterfaceName unit = statement.get().value(INTERFACE);
      units.put(name, unit);
      if (hasManyPeers(vpn) && !isMultipoint(unit) && !hasSelectors(vpn)) {
        diagnostics.error(
            statement.get(),
            unit
                + " is for one peer, and the gateway of vpn '"
                + name
                + "' has many: set interfaces st0 unit "
                + unit.unit()
                + " multipoint, or give the vpn a traffic selector");
      }
      ConfigNode other = bound.putIfAbsent(unit, vpn);
      boolean chooseBySelectors = other != null && hasSelectors(vpn) && hasSelectors(other);
      if (other != null && !isMultipoint(unit) && !chooseBySelectors) {
        diagnostics.error(
            statement.get(),
            unit
                + " is already bound to vpn '"
                + other.key(ValueTypes.name())
                + "': set interfaces st0 unit "
                + unit.unit()
                + " multipoint, or give both traffic selectors");
      }
    }
    nextHopTunnels(units);
  }

  private boolean hasManyPeers(ConfigNode vpn) {
    return vpn.child("ike")
        .flatMap(ike -> ike.leaf("gateway", ValueTypes.name()))
        .flatMap(gateway -> config.ipsec().gateway(gateway))
        .filter(GatewayConfig::hasManyPeers)
        .isPresent();
  }

  private static boolean hasSelectors(ConfigNode vpn) {
    return !vpn.children("traffic-selector").isEmpty();
  }

  private boolean isMultipoint(InterfaceName name) {
    InterfacesConfig.Unit unit = config.interfaces().units().get(name);
    return unit != null && unit.multipoint();
  }

  /**
   * @param bound by VPN, the units
   */
  private void nextHopTunnels(Map<String, InterfaceName> bound) {
    for (ConfigNode physical :
        tree.root().child("interfaces").map(n -> n.children("")).orElse(List.of())) {
      for (ConfigNode unit : physical.children("unit")) {
        for (ConfigNode family : unit.child("family").map(ConfigNode::children).orElse(List.of())) {
          for (ConfigNode statement : family.children("next-hop-tunnel")) {
            statement
                .leaf("ipsec-vpn", ValueTypes.name())
                .ifPresent(vpn -> nextHopTunnel(physical, unit, statement, vpn, bound));
          }
        }
      }
    }
  }

  private void nextHopTunnel(
      ConfigNode physical,
      ConfigNode unit,
      ConfigNode statement,
      String vpn,
      Map<String, InterfaceName> bound) {
    InterfaceName other = bound.get(vpn);
    InterfaceName own =
        new InterfaceName(
            physical.key(ValueTypes.physicalInterface()),
            unit.key(ValueTypes.integer(0, Integer.MAX_VALUE)));
    if (other == null) {
      diagnostics.error(statement, "vpn '" + vpn + "' is not configured");
    } else if (!other.equals(own)) {
      diagnostics.error(statement, "vpn '" + vpn + "' is bound to " + other);
    }
  }
}
