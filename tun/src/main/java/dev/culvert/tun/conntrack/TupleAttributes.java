package dev.culvert.tun.conntrack;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.WireReader;
import dev.culvert.tun.conntrack.SessionTuple.Upper;
import dev.culvert.tun.netlink.NetlinkMessage;
import dev.culvert.tun.netlink.NetlinkWriter;
import org.jspecify.annotations.Nullable;

/**
 * CTA_TUPLE_ORIG and CTA_TUPLE_REPLY: nested attributes for the addresses and for what is above.
 */
final class TupleAttributes {
  private @Nullable IpAddress source;
  private @Nullable IpAddress destination;
  private int protocol = -1;
  private int sourcePort = -1;
  private int destinationPort = -1;
  private int icmpType = -1;
  private int icmpCode;
  private int icmpIdentifier;

  private TupleAttributes() {}

  /** Null, and the reader poisoned, if it is no tuple. */
  static @Nullable SessionTuple decode(WireReader in) {
    TupleAttributes tuple = new TupleAttributes();
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case Ct.CTA_TUPLE_IP -> NetlinkMessage.attributes(value, tuple::address);
            case Ct.CTA_TUPLE_PROTO -> NetlinkMessage.attributes(value, tuple::upper);
            default -> {
              // CTA_TUPLE_ZONE: the session's own zone says the same.
            }
          }
        });
    IpAddress from = tuple.source;
    IpAddress to = tuple.destination;
    in.require(from != null && to != null, "CTA_TUPLE_IP", "lacks an address");
    in.require(tuple.protocol >= 0, "CTA_PROTO_NUM", "is missing");
    if (from == null || to == null || in.isPoisoned()) {
      return null;
    }
    in.require(from.family() == to.family(), "CTA_TUPLE_IP", "is of both families");
    return new SessionTuple(from, to, tuple.protocol, tuple.upper());
  }

  private void address(int type, WireReader value) {
    switch (type) {
      case Ct.CTA_IP_V4_SRC -> source = value.ipv4("CTA_IP_V4_SRC");
      case Ct.CTA_IP_V4_DST -> destination = value.ipv4("CTA_IP_V4_DST");
      case Ct.CTA_IP_V6_SRC -> source = value.ipv6("CTA_IP_V6_SRC");
      case Ct.CTA_IP_V6_DST -> destination = value.ipv6("CTA_IP_V6_DST");
      default -> {
        // Of a later kernel.
      }
    }
  }

  private void upper(int type, WireReader value) {
    switch (type) {
      case Ct.CTA_PROTO_NUM -> protocol = value.u8("CTA_PROTO_NUM");
      case Ct.CTA_PROTO_SRC_PORT -> sourcePort = value.u16("CTA_PROTO_SRC_PORT");
      case Ct.CTA_PROTO_DST_PORT -> destinationPort = value.u16("CTA_PROTO_DST_PORT");
      case Ct.CTA_PROTO_ICMP_TYPE, Ct.CTA_PROTO_ICMPV6_TYPE ->
          icmpType = value.u8("CTA_PROTO_ICMP_TYPE");
      case Ct.CTA_PROTO_ICMP_CODE, Ct.CTA_PROTO_ICMPV6_CODE ->
          icmpCode = value.u8("CTA_PROTO_ICMP_CODE");
      case Ct.CTA_PROTO_ICMP_ID, Ct.CTA_PROTO_ICMPV6_ID ->
          icmpIdentifier = value.u16("CTA_PROTO_ICMP_ID");
      default -> {
        // Of a later kernel.
      }
    }
  }

  private Upper upper() {
    if (icmpType >= 0) {
      return new Upper.Icmp(icmpType, icmpCode, icmpIdentifier);
    }
    return sourcePort >= 0 && destinationPort >= 0
        ? new Upper.Ports(sourcePort, destinationPort)
        : new Upper.None();
  }

  static void encode(NetlinkWriter out, int attribute, SessionTuple tuple) {
    boolean isIpv4 = tuple.source() instanceof Ipv4Address;
    int whole = out.beginNestedAttribute(attribute);
    int addresses = out.beginNestedAttribute(Ct.CTA_TUPLE_IP);
    out.attribute(isIpv4 ? Ct.CTA_IP_V4_SRC : Ct.CTA_IP_V6_SRC, tuple.source().toBytes());
    out.attribute(isIpv4 ? Ct.CTA_IP_V4_DST : Ct.CTA_IP_V6_DST, tuple.destination().toBytes());
    out.endNested(addresses);
    int upper = out.beginNestedAttribute(Ct.CTA_TUPLE_PROTO);
    out.attribute(Ct.CTA_PROTO_NUM, octet(tuple.protocol()));
    switch (tuple.upper()) {
      case Upper.Ports(int source, int destination) -> {
        out.attribute(Ct.CTA_PROTO_SRC_PORT, twoOctets(source));
        out.attribute(Ct.CTA_PROTO_DST_PORT, twoOctets(destination));
      }
      case Upper.Icmp(int type, int code, int identifier) -> {
        boolean v4 = tuple.source().family() == AddressFamily.INET;
        out.attribute(v4 ? Ct.CTA_PROTO_ICMP_ID : Ct.CTA_PROTO_ICMPV6_ID, twoOctets(identifier));
        out.attribute(v4 ? Ct.CTA_PROTO_ICMP_TYPE : Ct.CTA_PROTO_ICMPV6_TYPE, octet(type));
        out.attribute(v4 ? Ct.CTA_PROTO_ICMP_CODE : Ct.CTA_PROTO_ICMPV6_CODE, octet(code));
      }
      case Upper.None none -> {
        // The protocol's number is all there is.
      }
    }
    out.endNested(upper);
    out.endNested(whole);
  }

  private static byte[] octet(int value) {
    return new byte[] {(byte) value};
  }

  private static byte[] twoOctets(int value) {
    return new byte[] {(byte) (value >>> 8), (byte) value};
  }
}
