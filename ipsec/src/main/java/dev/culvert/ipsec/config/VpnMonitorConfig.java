package dev.culvert.ipsec.config;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * {@code vpn NAME vpn-monitor}: who at the far end has to answer for the tunnel to count as up.
 *
 * @param tunnel the VPN's unit, which it has for itself
 * @param sourceInterface whose primary address the requests come from once the unit is up; null:
 *     the unit's own
 * @param destination null: only {@code verify-path} is asked for
 * @param optimized no request while packets come out of the tunnel
 * @param verifyPath null: the unit is up as soon as it has an SA pair
 */
public record VpnMonitorConfig(
    String vpn,
    InterfaceName tunnel,
    @Nullable InterfaceName sourceInterface,
    @Nullable IpAddress destination,
    boolean optimized,
    @Nullable VerifyPath verifyPath) {
  /**
   * Before the unit comes up.
   *
   * @param packetSize of the whole request, IP header included
   */
  public record VerifyPath(IpAddress destination, int packetSize) {
    public static final int DEFAULT_PACKET_SIZE = 64;
  }
}
