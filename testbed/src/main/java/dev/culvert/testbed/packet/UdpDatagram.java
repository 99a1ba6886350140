package dev.culvert.testbed.packet;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** A UDP datagram (RFC 768), without a checksum. */
public record UdpDatagram(int sourcePort, int destinationPort, Octets payload) {
  private static final int HEADER = 8;

  public Octets encode() {
    return new WireWriter()
        .u16(sourcePort)
        .u16(destinationPort)
        .u16(HEADER + payload.length())
        .u16(0)
        .octets(payload)
        .toOctets();
  }

  public static Decoded<UdpDatagram> decode(WireReader in) {
    int sourcePort = in.u16("Source Port");
    int destinationPort = in.u16("Destination Port");
    int length = in.u16("Length");
    in.skip(2, "Checksum");
    Octets payload = in.octets(Math.max(0, length - HEADER), "data octets");
    return in.finish(() -> new UdpDatagram(sourcePort, destinationPort, payload));
  }
}
