package dev.culvert.ipsec.forwarding;

/**
 * An inbound SA with what it belongs to at the moment.
 *
 * @param queue the forwarding queue whose inbound thread alone may use it
 */
record InboundBinding(
    InboundSa sa, int queue, Tunnel tunnel, Peer peer, int largestMssIpv4, int largestMssIpv6) {

  int largestMss(InnerPacket packet) {
    return packet.version == 4 ? largestMssIpv4 : largestMssIpv6;
  }
}
