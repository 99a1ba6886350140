package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel's queue as an outbound thread needs it at the moment.
 *
 * @param reader the forwarding queue whose outbound thread reads it: the SA's
 * @param sa null while the tunnel is down
 * @param socket null while nothing is bound to the SA's local address
 */
record OutboundTunnel(
    TunnelQueue queue,
    int reader,
    int mtu,
    int largestMssIpv4,
    int largestMssIpv6,
    @Nullable OutboundSa sa,
    @Nullable Peer peer,
    @Nullable DatagramPort socket) {

  int largestMss(InnerPacket packet) {
    return packet.version == 4 ? largestMssIpv4 : largestMssIpv6;
  }

  /** The reader's own. */
  TrafficCounters counters() {
    return queue.tunnel.outbound(reader);
  }
}
