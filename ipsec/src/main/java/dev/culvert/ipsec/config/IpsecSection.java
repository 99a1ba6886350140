package dev.culvert.ipsec.config;

import dev.culvert.core.config.ConfigNode;
import java.util.List;

/** {@code security ipsec}, bound; its gateways are names until they are combined with IKE's. */
public record IpsecSection(List<BoundVpn> vpns) {
  public static final IpsecSection EMPTY = new IpsecSection(List.of());

  public IpsecSection {
    vpns = List.copyOf(vpns);
  }

  /** A VPN, and the statement that a finding about its gateway points to. */
  public record BoundVpn(VpnConfig config, ConfigNode gatewayStatement) {}
}
