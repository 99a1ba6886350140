package dev.culvert.ipsec.config;

import dev.culvert.core.net.InterfaceName;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Everything configured of IPsec.
 *
 * @param tcpMss {@code security flow tcp-mss ipsec-vpn mss}; 0: computed from the tunnel's MTU
 * @param badSpiResponses {@code security ike respond-bad-spi}, for each IKE SA; 0: none
 * @param queues {@code security ipsec queues}, read when the router starts; empty: it decides
 */
public record IpsecConfig(
    List<GatewayConfig> gateways,
    List<VpnConfig> vpns,
    int tcpMss,
    int badSpiResponses,
    OptionalInt queues) {
  public static final IpsecConfig EMPTY =
      new IpsecConfig(List.of(), List.of(), 0, 0, OptionalInt.empty());

  public IpsecConfig {
    gateways = List.copyOf(gateways);
    vpns = List.copyOf(vpns);
  }

  public Optional<GatewayConfig> gateway(String name) {
    return gateways.stream().filter(g -> g.name().equals(name)).findFirst();
  }

  /** The tunnels with a VPN that waits for a packet to bring it up. */
  public Set<InterfaceName> startOnTraffic() {
    return vpns.stream()
        .filter(vpn -> vpn.establishTunnels() == EstablishTunnels.ON_TRAFFIC)
        .map(VpnConfig::bindInterface)
        .collect(Collectors.toUnmodifiableSet());
  }

  public Optional<VpnConfig> vpn(String name) {
    return vpns.stream().filter(v -> v.name().equals(name)).findFirst();
  }
}
