package dev.culvert.core.probe;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.InternetChecksum;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/**
 * The echo messages of ICMP (RFC 792) and ICMPv6 (RFC 4443 §4.1, §4.2), which share a format:
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |     Code      |          Checksum             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Identifier          |        Sequence Number        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Data ...
 * +-+-+-+-+-
 * </pre>
 *
 * @param type of the family's registry
 */
public record EchoMessage(int type, int identifier, int sequence, Octets payload) {
  public static final int HEADER_LENGTH = 8;

  private static final int CHECKSUM_AT = 2;

  public static int requestType(AddressFamily family) {
    return switch (family) {
      case INET -> 8;
      case INET6 -> 128;
    };
  }

  public static int replyType(AddressFamily family) {
    return switch (family) {
      case INET -> 0;
      case INET6 -> 129;
    };
  }

  /**
   * Reads a message of either type.
   *
   * @param octets from the ICMP header on
   */
  public static Decoded<EchoMessage> decode(AddressFamily family, Octets octets) {
    WireReader in = octets.reader();
    int type = in.u8("Type");
    in.require(
        type == requestType(family) || type == replyType(family),
        "Type",
        "is " + type + ", no echo");
    int code = in.u8("Code");
    in.require(code == 0, "Code", "is " + code);
    in.skip(2, "Checksum");
    int identifier = in.u16("Identifier");
    int sequence = in.u16("Sequence Number");
    Octets payload = in.rest();
    // ICMPv6 counts the addresses in as well (RFC 4443 §2.3), which the kernel sees to.
    in.require(
        family == AddressFamily.INET6
            || InternetChecksum.of(octets.toByteArray(), 0, octets.length()) == 0,
        "Checksum",
        "does not add up");
    return in.finish(() -> new EchoMessage(type, identifier, sequence, payload));
  }

  /** The checksum of ICMPv6 is left to the kernel, which knows the addresses. */
  public Octets encode(AddressFamily family) {
    WireWriter out =
        new WireWriter().u8(type).u8(0).u16(0).u16(identifier).u16(sequence).octets(payload);
    if (family == AddressFamily.INET) {
      byte[] bytes = out.toByteArray();
      out.patchU16(CHECKSUM_AT, InternetChecksum.of(bytes, 0, bytes.length));
    }
    return out.toOctets();
  }
}
