package dev.culvert.tun.netlink;

import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import org.jspecify.annotations.Nullable;

/**
 * RTM_*NEIGH of proxy entries, {@code struct ndmsg}:
 *
 * <pre>
 *  family (8) | padding (24) | index (32) | state (16) | flags (8) | type (8) | attributes
 * </pre>
 *
 * @param index of the interface that the address is answered for on
 * @param protocol who made the entry, as for routes; 0 if nobody says so
 */
record NeighborMessage(int index, IpAddress address, int protocol) {

  boolean isOurs() {
    return protocol == RouteProtocolNumber.CULVERT;
  }

  static Decoded<NeighborMessage> decode(WireReader in) {
    int family = in.u8("ndm_family");
    in.skip(3, "padding");
    int index = HostOrder.u32(in, "ndm_ifindex");
    in.skip(2, "ndm_state");
    int flags = in.u8("ndm_flags");
    in.skip(1, "ndm_type");
    in.require(AddressMessage.isIp(family), "ndm_family", "is neither IPv4 nor IPv6");
    in.require((flags & Rtnl.NTF_PROXY) != 0, "ndm_flags", "is no proxy entry");
    Builder built = new Builder();
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case Rtnl.NDA_DST -> built.address = AddressMessage.address(family, value);
            case Rtnl.NDA_PROTOCOL -> built.protocol = value.u8("NDA_PROTOCOL");
            default -> {
              // Of a later kernel.
            }
          }
        });
    IpAddress address = built.address;
    in.require(address != null, "NDA_DST", "is missing");
    return address == null
        ? in.finish(() -> NONE)
        : in.finish(() -> new NeighborMessage(index, address, built.protocol));
  }

  /** Never seen: stands where a fault has been noted. */
  private static final NeighborMessage NONE = new NeighborMessage(0, Ipv4Address.ANY, 0);

  private static final class Builder {
    @Nullable IpAddress address;
    int protocol;
  }

  /** All proxy entries of both families. */
  static void encodeDump(NetlinkWriter out, int sequence) {
    out.begin(Rtnl.RTM_GETNEIGH, Netlink.NLM_F_DUMP, sequence);
    encodeHeader(out, 0, 0);
    out.end();
  }

  /** Adds an entry of ours; one that is there already is ours from then on. */
  static void encodeAdd(NetlinkWriter out, int sequence, int index, IpAddress address) {
    out.begin(
        Rtnl.RTM_NEWNEIGH,
        Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE | Netlink.NLM_F_ACK,
        sequence);
    encodeHeader(out, AddressMessage.family(address), index);
    out.attribute(Rtnl.NDA_DST, address.toBytes());
    out.attribute(Rtnl.NDA_PROTOCOL, new byte[] {(byte) RouteProtocolNumber.CULVERT});
    out.end();
  }

  static void encodeRemove(NetlinkWriter out, int sequence, int index, IpAddress address) {
    out.begin(Rtnl.RTM_DELNEIGH, Netlink.NLM_F_ACK, sequence);
    encodeHeader(out, AddressMessage.family(address), index);
    out.attribute(Rtnl.NDA_DST, address.toBytes());
    out.end();
  }

  private static void encodeHeader(NetlinkWriter out, int family, int index) {
    out.u8(family);
    out.u8(0);
    out.u16(0);
    out.u32(index);
    out.u16(0);
    out.u8(Rtnl.NTF_PROXY);
    out.u8(0);
  }
}
