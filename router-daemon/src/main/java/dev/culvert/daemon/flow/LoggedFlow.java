package dev.culvert.daemon.flow;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.Flow;

/** Reads from a packet's first octets what a session log says of it. */
final class LoggedFlow {
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int DESTINATION_OPTIONS = 60;
  private static final int MAX_EXTENSION_HEADERS = 8;

  private LoggedFlow() {}

  /** The flow of a packet that begins with its IP header (RFC 791 §3.1, RFC 8200 §3). */
  static Decoded<Flow> decode(WireReader in) {
    int versionAndLength = in.u8("version");
    return versionAndLength >>> 4 == 6 ? ipv6(in) : ipv4(in, versionAndLength);
  }

  private static Decoded<Flow> ipv4(WireReader in, int versionAndLength) {
    in.require(versionAndLength >>> 4 == 4, "version", "is neither 4 nor 6");
    int headerLength = (versionAndLength & 0xF) * 4;
    in.skip(5, "type of service, total length, identification");
    boolean first = (in.u16("fragment offset") & 0x1FFF) == 0;
    in.skip(1, "time to live");
    int protocol = in.u8("protocol");
    in.skip(2, "header checksum");
    IpAddress source = in.ipv4("source address");
    IpAddress destination = in.ipv4("destination address");
    in.require(headerLength >= 20, "IHL", "is shorter than the header");
    in.skip(headerLength - 20, "options");
    return upper(in, source, destination, protocol, first);
  }

  private static Decoded<Flow> ipv6(WireReader in) {
    in.skip(5, "traffic class, flow label, payload length");
    int protocol = in.u8("next header");
    in.skip(1, "hop limit");
    IpAddress source = in.ipv6("source address");
    IpAddress destination = in.ipv6("destination address");
    boolean first = true;
    for (int i = 0; i < MAX_EXTENSION_HEADERS && isExtension(protocol); i++) {
      int next = in.u8("next header");
      int length = in.u8("header extension length");
      if (protocol == FRAGMENT) {
        first = in.u16("fragment offset") >>> 3 == 0;
        in.skip(4, "identification");
      } else {
        in.skip(6 + length * 8, "extension header");
      }
      protocol = next;
    }
    return upper(in, source, destination, protocol, first);
  }

  private static boolean isExtension(int protocol) {
    return switch (protocol) {
      case HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS -> true;
      default -> false;
    };
  }

  /** A fragment that is not the first has no ports. */
  private static Decoded<Flow> upper(
      WireReader in, IpAddress source, IpAddress destination, int protocol, boolean first) {
    if (first && ServiceMatch.hasPorts(protocol)) {
      int sourcePort = in.u16("source port");
      int destinationPort = in.u16("destination port");
      return in.finish(() -> new Flow(source, destination, protocol, sourcePort, destinationPort));
    }
    if (first && ServiceMatch.isIcmp(protocol)) {
      int type = in.u8("type");
      int code = in.u8("code");
      in.skip(2, "checksum");
      int identifier = in.u16("identifier");
      return in.finish(() -> Flow.icmp(source, destination, protocol, type, code, identifier));
    }
    return in.finish(() -> Flow.of(source, destination, protocol));
  }
}
