package dev.culvert.testbed.packet;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.InternetChecksum;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** An IPv4 packet without options (RFC 791 §3.1). */
public record Ipv4Packet(
    Ipv4Address source, Ipv4Address destination, int protocol, int ttl, Octets payload) {
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ESP = 50;
  public static final int OSPF = 89;

  /** What a host sends with. */
  public static final int DEFAULT_TTL = 64;

  private static final int HEADER = 20;
  private static final int VERSION_AND_LENGTH = 0x45;
  private static final int CHECKSUM_AT = 10;

  /** One hop further. */
  public Ipv4Packet withTtl(int remaining) {
    return new Ipv4Packet(source, destination, protocol, remaining, payload);
  }

  public Octets encode() {
    WireWriter out =
        new WireWriter()
            .u8(VERSION_AND_LENGTH)
            .u8(0)
            .u16(HEADER + payload.length())
            .u32(0)
            .u8(ttl)
            .u8(protocol)
            .u16(0)
            .address(source)
            .address(destination);
    out.patchU16(CHECKSUM_AT, InternetChecksum.of(out.toByteArray(), 0, HEADER));
    return out.octets(payload).toOctets();
  }

  public static Decoded<Ipv4Packet> decode(WireReader in) {
    int versionAndLength = in.u8("Version and IHL");
    in.require(
        versionAndLength == VERSION_AND_LENGTH, "Version and IHL", "not IPv4 without options");
    in.skip(1, "Type of Service");
    int length = in.u16("Total Length");
    in.skip(4, "Identification and Fragment Offset");
    int ttl = in.u8("Time to Live");
    int protocol = in.u8("Protocol");
    in.skip(2, "Header Checksum");
    Ipv4Address source = in.ipv4("Source Address");
    Ipv4Address destination = in.ipv4("Destination Address");
    Octets payload = in.octets(Math.max(0, length - HEADER), "data");
    return in.finish(() -> new Ipv4Packet(source, destination, protocol, ttl, payload));
  }
}
