package dev.culvert.testbed.packet;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** A TCP segment without options (RFC 9293 §3.1); checksum, window and urgent pointer are zero. */
public record TcpSegment(
    int sourcePort, int destinationPort, int sequence, int acknowledgment, int flags, Octets data) {
  public static final int FIN = 0x01;
  public static final int SYN = 0x02;
  public static final int RST = 0x04;
  public static final int ACK = 0x10;

  private static final int DATA_OFFSET = 5 << 4;

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** What it takes of the sequence space. */
  public int length() {
    return data.length() + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
  }

  public Octets encode() {
    return new WireWriter()
        .u16(sourcePort)
        .u16(destinationPort)
        .u32(sequence)
        .u32(acknowledgment)
        .u8(DATA_OFFSET)
        .u8(flags)
        .zeros(6)
        .octets(data)
        .toOctets();
  }

  public static Decoded<TcpSegment> decode(WireReader in) {
    int sourcePort = in.u16("Source Port");
    int destinationPort = in.u16("Destination Port");
    int sequence = in.u32("Sequence Number");
    int acknowledgment = in.u32("Acknowledgment Number");
    in.require(in.u8("Data Offset") == DATA_OFFSET, "Data Offset", "options are not known");
    int flags = in.u8("Control bits");
    in.skip(6, "Window, Checksum, Urgent Pointer");
    Octets data = in.rest();
    return in.finish(
        () -> new TcpSegment(sourcePort, destinationPort, sequence, acknowledgment, flags, data));
  }
}
