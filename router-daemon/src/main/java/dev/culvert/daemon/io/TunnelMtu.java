package dev.culvert.daemon.io;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.esp.EspOverhead;
import java.util.List;

/**
 * The MTU of a tunnel: what fits the outer interface, or the path where that is narrower, with the
 * largest overhead its proposals may bring. It is the same before and after a negotiation or a
 * rekey, so that nothing above it flaps.
 */
final class TunnelMtu {
  /** Without a VPN or an outer interface: what any Ethernet path carries. */
  static final int WITHOUT_VPN = 1400;

  private TunnelMtu() {}

  /**
   * @param pathMtu the largest outer packet that reaches the peer; 0 where no limit is known
   */
  static int of(
      InterfaceName tunnel, RouterConfig config, List<InterfaceState> interfaces, int pathMtu) {
    return config.ipsec().vpns().stream()
        .filter(v -> v.bindInterface().equals(tunnel))
        .mapToInt(
            v -> of(v, config.ipsec().gateway(v.gateway()).orElseThrow(), interfaces, pathMtu))
        .min()
        .orElse(WITHOUT_VPN);
  }

  private static int of(
      VpnConfig vpn, GatewayConfig gateway, List<InterfaceState> interfaces, int pathMtu) {
    InterfaceState outer =
        interfaces.stream()
            .filter(i -> i.name().equals(gateway.externalInterface()))
            .findFirst()
            .orElse(null);
    if (outer == null) {
      return WITHOUT_VPN;
    }
    int outerMtu = pathMtu == 0 ? outer.mtu() : Math.min(outer.mtu(), pathMtu);
    IpAddress peer = gateway.address();
    AddressFamily family = peer == null ? AddressFamily.INET6 : peer.family();
    int smallest = Integer.MAX_VALUE;
    for (EspProposal proposal : vpn.proposals()) {
      // UDP encapsulation is assumed: whether there is a NAT shows only in the negotiation.
      EspOverhead overhead = EspOverhead.of(proposal.algorithm(), true, family);
      smallest = Math.min(smallest, overhead.tunnelMtu(outerMtu));
    }
    return smallest == Integer.MAX_VALUE ? WITHOUT_VPN : smallest;
  }
}
