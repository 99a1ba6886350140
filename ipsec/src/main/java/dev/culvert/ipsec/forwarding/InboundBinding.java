package dev.culvert.ipsec.forwarding;

/** An inbound SA with what it belongs to at the moment. */
record InboundBinding(
    InboundSa sa, Tunnel tunnel, Peer peer, int largestMssIpv4, int largestMssIpv6) {

  int largestMss(InnerPacket packet) {
    return packet.version == 4 ? largestMssIpv4 : largestMssIpv6;
  }
}
