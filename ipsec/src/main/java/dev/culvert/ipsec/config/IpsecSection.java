package dev.culvert.ipsec.config;

import dev.culvert.core.config.ConfigNode;
import java.util.List;
import java.util.OptionalInt;

/** {@code security ipsec}, bound; its gateways are names until they are combined with IKE's. */
public record IpsecSection(List<BoundVpn> vpns, OptionalInt queues) {
  public static final IpsecSection EMPTY = new IpsecSection(List.of(), OptionalInt.empty());

  public IpsecSection {
    vpns = List.copyOf(vpns);
  }

  /** A VPN, and the statement that a finding about its gateway points to. */
  public record BoundVpn(VpnConfig config, ConfigNode gatewayStatement) {}
}
