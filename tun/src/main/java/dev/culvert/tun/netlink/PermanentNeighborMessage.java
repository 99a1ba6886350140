package dev.culvert.tun.netlink;

import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import org.jspecify.annotations.Nullable;

/**
 * RTM_*NEIGH of entries that the kernel has not found out by itself and never ages; the header is
 * that of {@link NeighborMessage}.
 */
final class PermanentNeighborMessage {
  private static final int OCTETS = 6;

  private PermanentNeighborMessage() {}

  private static final class Builder {
    @Nullable IpAddress address;
    long linkAddress = -1;
    int protocol;
  }

  /** Never seen: stands where a fault has been noted. */
  private static final KernelNeighbor NONE = new KernelNeighbor(0, Ipv4Address.ANY, 0, 0);

  static Decoded<KernelNeighbor> decode(WireReader in) {
    int family = in.u8("ndm_family");
    in.skip(3, "padding");
    int index = HostOrder.u32(in, "ndm_ifindex");
    int state = HostOrder.u16(in, "ndm_state");
    int flags = in.u8("ndm_flags");
    in.skip(1, "ndm_type");
    in.require(AddressMessage.isIp(family), "ndm_family", "is neither IPv4 nor IPv6");
    in.require((state & Rtnl.NUD_PERMANENT) != 0, "ndm_state", "is not for good");
    in.require((flags & Rtnl.NTF_PROXY) == 0, "ndm_flags", "is a proxy entry");
    Builder built = new Builder();
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case Rtnl.NDA_DST -> built.address = AddressMessage.address(family, value);
            case Rtnl.NDA_LLADDR -> built.linkAddress = linkAddress(value);
            case Rtnl.NDA_PROTOCOL -> built.protocol = value.u8("NDA_PROTOCOL");
            default -> {
              // Of no concern here.
            }
          }
        });
    IpAddress address = built.address;
    in.require(address != null, "NDA_DST", "is missing");
    in.require(built.linkAddress >= 0, "NDA_LLADDR", "is missing");
    return address == null
        ? in.finish(() -> NONE)
        : in.finish(() -> new KernelNeighbor(index, address, built.linkAddress, built.protocol));
  }

  /** -1 for one of another length, as of a tunnel of the kernel's. */
  static long linkAddress(WireReader value) {
    if (value.remaining() != OCTETS) {
      value.skip(value.remaining(), "NDA_LLADDR");
      return -1;
    }
    return (long) value.u16("NDA_LLADDR") << Integer.SIZE
        | Integer.toUnsignedLong(value.u32("NDA_LLADDR"));
  }

  /** All entries of both families. */
  static void encodeDump(NetlinkWriter out, int sequence) {
    out.begin(Rtnl.RTM_GETNEIGH, Netlink.NLM_F_DUMP, sequence);
    encodeHeader(out, 0, 0);
    out.end();
  }

  /** Sets an entry with our mark, in the place of any other. */
  static void encodeSet(
      NetlinkWriter out, int sequence, int index, IpAddress nextHop, long linkAddress) {
    out.begin(
        Rtnl.RTM_NEWNEIGH,
        Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE | Netlink.NLM_F_ACK,
        sequence);
    encodeHeader(out, AddressMessage.family(nextHop), index);
    out.attribute(Rtnl.NDA_DST, nextHop.toBytes());
    byte[] octets = new byte[OCTETS];
    for (int i = 0; i < OCTETS; i++) {
      octets[i] = (byte) (linkAddress >>> (8 * (OCTETS - 1 - i)));
    }
    out.attribute(Rtnl.NDA_LLADDR, octets);
    out.attribute(Rtnl.NDA_PROTOCOL, new byte[] {(byte) RouteProtocolNumber.CULVERT});
    out.end();
  }

  static void encodeRemove(NetlinkWriter out, int sequence, int index, IpAddress nextHop) {
    out.begin(Rtnl.RTM_DELNEIGH, Netlink.NLM_F_ACK, sequence);
    encodeHeader(out, AddressMessage.family(nextHop), index);
    out.attribute(Rtnl.NDA_DST, nextHop.toBytes());
    out.end();
  }

  private static void encodeHeader(NetlinkWriter out, int family, int index) {
    out.u8(family);
    out.u8(0);
    out.u16(0);
    out.u32(index);
    out.u16(Rtnl.NUD_PERMANENT);
    out.u8(0);
    out.u8(0);
  }
}
