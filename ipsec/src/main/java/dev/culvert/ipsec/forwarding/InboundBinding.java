package dev.culvert.ipsec.forwarding;

import org.jspecify.annotations.Nullable;

/**
 * An inbound SA with what it belongs to at the moment.
 *
 * @param spi the SA's, at hand for whoever looks for it
 * @param queue the forwarding queue whose inbound thread alone may use it
 * @param subnets where the tunnel addresses of a multipoint unit's peers are; null if it learns
 *     none
 */
record InboundBinding(
    int spi,
    InboundSa sa,
    int queue,
    TunnelUnit tunnel,
    Peer peer,
    int largestMssIpv4,
    int largestMssIpv6,
    @Nullable Subnets subnets) {

  InboundBinding(
      InboundSa sa,
      int queue,
      TunnelUnit tunnel,
      Peer peer,
      int largestMssIpv4,
      int largestMssIpv6,
      @Nullable Subnets subnets) {
    this(sa.spi.bits(), sa, queue, tunnel, peer, largestMssIpv4, largestMssIpv6, subnets);
  }

  int largestMss(InnerPacket packet) {
    return packet.version == 4 ? largestMssIpv4 : largestMssIpv6;
  }
}
