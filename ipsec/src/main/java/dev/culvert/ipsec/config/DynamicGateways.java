package dev.culvert.ipsec.config;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which dynamic gateways a caller may be of: each has to have its own. Pure. */
final class DynamicGateways {
  private DynamicGateways() {}

  /** They answer at the same address, as the same, and somebody may be of either. */
  static boolean areAlike(GatewayConfig one, GatewayConfig other) {
    boolean sameDoor =
        one.externalInterface().equals(other.externalInterface())
            && Objects.equals(one.localAddress(), other.localAddress())
            && Objects.equals(one.localIdentity(), other.localIdentity());
    return sameDoor && (takesAnyone(one) || takesAnyone(other) || haveSameName(one, other));
  }

  private static boolean takesAnyone(GatewayConfig gateway) {
    return gateway.dynamicPeers().who() == DynamicPeers.Who.ANYONE;
  }

  /** Of a group within a group the inner one is meant: the longest name that fits. */
  private static boolean haveSameName(GatewayConfig one, GatewayConfig other) {
    boolean bothGroups = isGroup(one) && isGroup(other);
    return isGroup(one) == isGroup(other)
        && Objects.equals(
            bothGroups ? group(one.remoteIdentity()) : one.remoteIdentity(),
            bothGroups ? group(other.remoteIdentity()) : other.remoteIdentity());
  }

  private static boolean isGroup(GatewayConfig gateway) {
    return gateway.dynamicPeers().who() == DynamicPeers.Who.GROUP;
  }

  private static @Nullable IkeIdentity group(@Nullable IkeIdentity identity) {
    return identity == null ? null : DynamicPeers.group(identity);
  }
}
