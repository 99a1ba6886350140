package dev.culvert.ipsec.config;

import java.util.List;
import java.util.Set;

/**
 * {@code security ike}, bound.
 *
 * @param brokenGateways names of gateways whose faults are reported already
 */
public record IkeSection(List<GatewayConfig> gateways, Set<String> brokenGateways) {
  public static final IkeSection EMPTY = new IkeSection(List.of(), Set.of());

  public IkeSection {
    gateways = List.copyOf(gateways);
    brokenGateways = Set.copyOf(brokenGateways);
  }
}
