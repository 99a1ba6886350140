package dev.culvert.ipsec.forwarding;

/**
 * An inbound SA with what it belongs to at the moment.
 *
 * @param spi the SA's, at hand for whoever looks for it
 * @param queue the forwarding queue whose inbound thread alone may use it
 */
record InboundBinding(
    int spi,
    InboundSa sa,
    int queue,
    TunnelUnit tunnel,
    Peer peer,
    int largestMssIpv4,
    int largestMssIpv6) {

  InboundBinding(
      InboundSa sa,
      int queue,
      TunnelUnit tunnel,
      Peer peer,
      int largestMssIpv4,
      int largestMssIpv6) {
    this(sa.spi.bits(), sa, queue, tunnel, peer, largestMssIpv4, largestMssIpv6);
  }

  int largestMss(InnerPacket packet) {
    return packet.version == 4 ? largestMssIpv4 : largestMssIpv6;
  }
}
