package dev.culvert.engine.system;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.config.PeerAddress;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.esp.EspOverhead;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/**
 * The MTU of a tunnel: what fits the outer interface, or the path where that is narrower, with the
 * largest overhead its proposals may bring. It is the same before and after a negotiation or a
 * rekey, so that nothing above it flaps.
 */
final class TunnelMtu {
  /** Without a VPN or an outer interface: what any Ethernet path carries. */
  static final int WITHOUT_VPN = 1400;

  private record Use(VpnConfig vpn, GatewayConfig gateway) {}

  private final Map<InterfaceName, List<Use>> byTunnel = new HashMap<>();
  private final Map<InterfaceName, SortedSet<InterfaceName>> byOuter = new HashMap<>();

  TunnelMtu(IpsecConfig config) {
    Map<String, GatewayConfig> gateways = new HashMap<>();
    config.gateways().forEach(gateway -> gateways.put(gateway.name(), gateway));
    for (VpnConfig vpn : config.vpns()) {
      GatewayConfig gateway = gateways.get(vpn.gateway());
      if (gateway != null) {
        byTunnel
            .computeIfAbsent(vpn.bindInterface(), tunnel -> new ArrayList<>())
            .add(new Use(vpn, gateway));
        byOuter
            .computeIfAbsent(gateway.externalInterface(), outer -> new TreeSet<>())
            .add(vpn.bindInterface());
      }
    }
  }

  /** The tunnels whose packets leave by that interface. */
  SortedSet<InterfaceName> tunnelsOver(InterfaceName outer) {
    return byOuter.getOrDefault(outer, Collections.emptySortedSet());
  }

  /**
   * @param mtus an interface's MTU; 0 if it does not exist
   * @param pathMtu the largest outer packet that reaches the peer; 0 where no limit is known
   */
  int of(InterfaceName tunnel, ToIntFunction<InterfaceName> mtus, int pathMtu) {
    return byTunnel.getOrDefault(tunnel, List.of()).stream()
        .mapToInt(use -> of(use, mtus.applyAsInt(use.gateway().externalInterface()), pathMtu))
        .min()
        .orElse(WITHOUT_VPN);
  }

  /** Whatever way is taken; what a name stands for, or who calls, is not known beforehand. */
  private static boolean isInetOnly(GatewayConfig gateway) {
    return !gateway.isDynamic()
        && gateway.addresses().stream()
            .allMatch(way ->
                way instanceof PeerAddress.Literal(IpAddress address)
                    && address.family() == AddressFamily.INET);
  }

  private static int of(Use use, int interfaceMtu, int pathMtu) {
    if (interfaceMtu == 0) {
      return WITHOUT_VPN;
    }
    int outerMtu = pathMtu == 0 ? interfaceMtu : Math.min(interfaceMtu, pathMtu);
    AddressFamily family = isInetOnly(use.gateway()) ? AddressFamily.INET : AddressFamily.INET6;
    int smallest = Integer.MAX_VALUE;
    for (EspProposal proposal : use.vpn().proposals()) {
      // UDP encapsulation is assumed: whether there is a NAT shows only in the negotiation.
      EspOverhead overhead = EspOverhead.of(proposal.algorithm(), true, family);
      smallest = Math.min(smallest, overhead.tunnelMtu(outerMtu));
    }
    return smallest == Integer.MAX_VALUE ? WITHOUT_VPN : smallest;
  }
}
