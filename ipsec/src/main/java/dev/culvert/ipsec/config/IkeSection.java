package dev.culvert.ipsec.config;

import java.util.List;

/** {@code security ike}, bound. */
public record IkeSection(List<GatewayConfig> gateways) {
  public static final IkeSection EMPTY = new IkeSection(List.of());

  public IkeSection {
    gateways = List.copyOf(gateways);
  }
}
