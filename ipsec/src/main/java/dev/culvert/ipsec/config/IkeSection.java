package dev.culvert.ipsec.config;

import java.util.List;
import java.util.Set;

/**
 * {@code security ike}, bound.
 *
 * @param brokenGateways names of gateways whose faults are reported already
 * @param badSpiResponses to ESP with an unknown SPI, for each IKE SA; 0: none
 */
public record IkeSection(
    List<GatewayConfig> gateways, Set<String> brokenGateways, int badSpiResponses) {
  public static final IkeSection EMPTY = new IkeSection(List.of(), Set.of(), 0);

  public IkeSection {
    gateways = List.copyOf(gateways);
    brokenGateways = Set.copyOf(brokenGateways);
  }
}
