package dev.culvert.rip.packet;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * A message of RIP or RIPng (RFC 2453 §3.6, §4; RFC 2080 §2.1).
 *
 * <pre>
 * |  command (1)  |  version (1)  |       must be zero (2)        |
 * ~                         RIP Entry (20)                        ~
 * </pre>
 *
 * @param zerosHold the fields that must be zero are
 * @param entries without the one for authentication, and without RIPng's next hops, which stand in
 *     each entry they are for
 */
public record RipMessage(
    RipCommand command,
    int version,
    boolean zerosHold,
    AuthenticationEntry authentication,
    List<RouteEntry> entries) {
  public static final int HEADER_LENGTH = 4;
  public static final int ENTRY_LENGTH = 20;

  /** Octets of the largest datagram with 25 entries and any authentication there is, and more. */
  static final int MAX_DATAGRAM = 65_507;

  static final int AUTHENTICATION_FAMILY = 0xFFFF;
  static final int TYPE_PASSWORD = 2;
  static final int TYPE_CRYPTOGRAPHIC = 3;

  /** RFC 2080 §2.1.1: the metric that tells a next hop from a route. */
  private static final int NEXT_HOP_METRIC = 0xFF;

  private static final AuthenticationEntry ABSENT = new AuthenticationEntry.Absent();

  public RipMessage {
    entries = List.copyOf(entries);
  }

  /** A message of ours. */
  public RipMessage(RipCommand command, int version, List<RouteEntry> entries) {
    this(command, version, true, ABSENT, entries);
  }

  /** RFC 2453 §3.9.1, RFC 2080 §2.4.1: give me all you have. */
  public static RipMessage wholeTableRequest(RipFlavor flavor, int version) {
    IpAddress any = flavor.unspecified();
    int family = flavor == RipFlavor.RIP ? 0 : RouteEntry.FAMILY_IP;
    RouteEntry all = new RouteEntry(family, 0, any, 0, any, RipFlavor.INFINITY);
    return new RipMessage(RipCommand.REQUEST, version, List.of(all));
  }

  /** Exactly one entry, with family 0 (RIPng: the default prefix) and a metric of infinity. */
  public boolean asksForWholeTable(RipFlavor flavor) {
    if (entries.size() != 1) {
      return false;
    }
    RouteEntry only = entries.getFirst();
    boolean all =
        flavor == RipFlavor.RIP
            ? only.addressFamily() == 0
            : only.address().isUnspecified() && only.length() == 0;
    return all && only.metric() == RipFlavor.INFINITY;
  }

  public static Decoded<RipMessage> decode(RipFlavor flavor, Octets datagram) {
    WireReader in = datagram.reader();
    in.require(datagram.length() <= MAX_DATAGRAM, "datagram", "is longer than UDP carries");
    int command = in.u8("command");
    int version = in.u8("version");
    int mustBeZero = in.u16("must be zero");
    in.require(
        command == RipCommand.REQUEST.wireValue() || command == RipCommand.RESPONSE.wireValue(),
        "command",
        "is neither request nor response");
    in.require(version != 0, "version", "is zero");
    in.require(
        flavor == RipFlavor.RIP || version == 1, "version", "is none of RIPng, which has the 1");
    RipCommand known =
        command == RipCommand.REQUEST.wireValue() ? RipCommand.REQUEST : RipCommand.RESPONSE;
    return flavor == RipFlavor.RIP
        ? rip(in, known, version, mustBeZero == 0)
        : ripng(in, known, version, mustBeZero == 0);
  }

  /**
   * RFC 2453 §4.
   *
   * <pre>
   * | Address Family Identifier (2) |        Route Tag (2)          |
   * |                         IP Address (4)                        |
   * |                         Subnet Mask (4)                       |
   * |                         Next Hop (4)                          |
   * |                         Metric (4)                            |
   * </pre>
   */
  private static Decoded<RipMessage> rip(
      WireReader in, RipCommand command, int version, boolean headerZeros) {
    List<RouteEntry> entries = new ArrayList<>();
    AuthenticationEntry authentication = ABSENT;
    boolean zeros = headerZeros;
    boolean first = true;
    int trailer = 0;
    while (in.remaining() > trailer) {
      int family = in.u16("Address Family Identifier");
      int tag = in.u16("Route Tag");
      if (first && family == AUTHENTICATION_FAMILY && version > 1) {
        authentication = authentication(in, tag);
        if (authentication instanceof AuthenticationEntry.Cryptographic cryptographic) {
          trailer = trailer(in, cryptographic);
        }
      } else {
        Ipv4Address address = in.ipv4("IP Address");
        int mask = in.u32("Subnet Mask");
        Ipv4Address nextHop = in.ipv4("Next Hop");
        long metric = in.u32Long("Metric");
        zeros &= version > 1 || (tag == 0 && mask == 0 && nextHop.isUnspecified());
        entries.add(
            version > 1
                ? new RouteEntry(family, tag, address, length(address, mask), nextHop, metric)
                : new RouteEntry(family, 0, address, length(address, 0), Ipv4Address.ANY, metric));
      }
      first = false;
    }
    boolean zerosHold = zeros;
    AuthenticationEntry found = authentication;
    return in.finish(() -> new RipMessage(command, version, zerosHold, found, entries));
  }

  /**
   * RFC 4822 §2.2, behind the family and the type.
   *
   * <pre>
   * |        RIPv2 Packet Length    |    Key ID    | Auth Data Len  |
   * |               Sequence Number (non-decreasing)                |
   * |                      reserved, must be zero                   |
   * |                      reserved, must be zero                   |
   * </pre>
   */
  private static AuthenticationEntry authentication(WireReader in, int type) {
    if (type == TYPE_CRYPTOGRAPHIC) {
      int packetLength = in.u16("RIPv2 Packet Length");
      int keyId = in.u8("Key ID");
      int dataLength = in.u8("Auth Data Len");
      long sequenceNumber = in.u32Long("Sequence Number");
      in.skip(8, "reserved");
      return new AuthenticationEntry.Cryptographic(packetLength, keyId, dataLength, sequenceNumber);
    }
    in.skip(16, "Authentication");
    return type == TYPE_PASSWORD
        ? new AuthenticationEntry.SimplePassword()
        : new AuthenticationEntry.Unknown(type);
  }

  /** How many octets at the end are no entries. */
  private static int trailer(WireReader in, AuthenticationEntry.Cryptographic authentication) {
    int entries = authentication.packetLength() - HEADER_LENGTH - ENTRY_LENGTH;
    in.require(
        entries >= 0 && entries <= in.remaining() && entries % ENTRY_LENGTH == 0,
        "RIPv2 Packet Length",
        "does not end behind an entry of the message");
    // Of a poisoned reader nothing is left, and the loop over its entries ends.
    return Math.max(0, in.remaining() - entries);
  }

  private static int length(Ipv4Address address, int mask) {
    if (mask == 0) {
      return address.isUnspecified() ? 0 : RouteEntry.NO_MASK;
    }
    int length = Integer.bitCount(mask);
    return mask == Ipv4Prefix.mask(length) ? length : RouteEntry.BAD_MASK;
  }

  /**
   * RFC 2080 §2.1.
   *
   * <pre>
   * ~                        IPv6 prefix (16)                       ~
   * |         route tag (2)         | prefix len (1)|  metric (1)   |
   * </pre>
   */
  private static Decoded<RipMessage> ripng(
      WireReader in, RipCommand command, int version, boolean zerosHold) {
    List<RouteEntry> entries = new ArrayList<>();
    Ipv6Address nextHop = Ipv6Address.ANY;
    while (in.remaining() > 0) {
      Ipv6Address prefix = in.ipv6("IPv6 prefix");
      int tag = in.u16("route tag");
      int length = in.u8("prefix len");
      int metric = in.u8("metric");
      if (metric == NEXT_HOP_METRIC) {
        // RFC 2080 §2.1.1: an address that is not link-local is as good as none.
        nextHop = prefix.isLinkLocal() ? prefix : Ipv6Address.ANY;
      } else {
        entries.add(new RouteEntry(RouteEntry.FAMILY_IP, tag, prefix, length, nextHop, metric));
      }
    }
    return in.finish(() -> new RipMessage(command, version, zerosHold, ABSENT, entries));
  }

  /** Without authentication: {@link MessageAuthentication#sign} adds it. */
  public Octets encode(RipFlavor flavor) {
    WireWriter out = new WireWriter();
    writeHeader(out);
    writeEntries(flavor, out);
    return out.toOctets();
  }

  void writeHeader(WireWriter out) {
    out.u8(command.wireValue()).u8(version).u16(0);
  }

  void writeEntries(RipFlavor flavor, WireWriter out) {
    if (flavor == RipFlavor.RIP) {
      entries.forEach(entry -> writeRip(entry, out));
    } else {
      writeRipng(out);
    }
  }

  private void writeRip(RouteEntry entry, WireWriter out) {
    out.u16(entry.addressFamily()).u16(version > 1 ? entry.tag() : 0);
    out.address(entry.address());
    out.u32(version > 1 && entry.length() > 0 ? Ipv4Prefix.mask(entry.length()) : 0);
    out.address(version > 1 ? entry.nextHop() : Ipv4Address.ANY);
    out.u32((int) entry.metric());
  }

  private void writeRipng(WireWriter out) {
    IpAddress nextHop = Ipv6Address.ANY;
    for (RouteEntry entry : entries) {
      if (!entry.nextHop().equals(nextHop)) {
        nextHop = entry.nextHop();
        out.address(nextHop).u16(0).u8(0).u8(NEXT_HOP_METRIC);
      }
      out.address(entry.address()).u16(entry.tag()).u8(entry.length()).u8((int) entry.metric());
    }
  }
}
