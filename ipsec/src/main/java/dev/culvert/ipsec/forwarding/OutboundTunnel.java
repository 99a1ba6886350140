package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel as {@code forwarding-out} needs it at the moment.
 *
 * @param sa null while the tunnel is down
 * @param port null while nothing is bound to the SA's local address
 */
record OutboundTunnel(
    Tunnel tunnel,
    int mtu,
    int largestMssIpv4,
    int largestMssIpv6,
    @Nullable OutboundSa sa,
    @Nullable Peer peer,
    @Nullable DatagramPort port) {

  int largestMss(InnerPacket packet) {
    return packet.version == 4 ? largestMssIpv4 : largestMssIpv6;
  }
}
