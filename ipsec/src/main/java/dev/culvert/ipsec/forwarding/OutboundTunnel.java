package dev.culvert.ipsec.forwarding;

import org.jspecify.annotations.Nullable;

/**
 * A tunnel's queue as an outbound thread needs it at the moment.
 *
 * @param reader the forwarding queue whose outbound thread reads it: that of its only way, or else
 *     its own
 * @param only whose all packets are, whatever they are; null while the tunnel is down, and where
 *     the chooser is to be asked
 */
record OutboundTunnel(
    TunnelQueue queue,
    int reader,
    int mtu,
    int largestMssIpv4,
    int largestMssIpv6,
    @Nullable OutboundWay only,
    SaChooser chooser) {

  OutboundTunnel(
      TunnelQueue queue,
      int reader,
      int mtu,
      int largestMssIpv4,
      int largestMssIpv6,
      SaChooser chooser) {
    this(queue, reader, mtu, largestMssIpv4, largestMssIpv6, chooser.only(), chooser);
  }

  int largestMss(InnerPacket packet) {
    return packet.version == 4 ? largestMssIpv4 : largestMssIpv6;
  }

  /** The unit's, of the forwarding queue whose outbound thread asks. */
  TrafficCounters counters(int by) {
    return queue.tunnel.outbound(by);
  }
}
