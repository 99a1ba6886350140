package dev.culvert.tun.netlink;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import org.jspecify.annotations.Nullable;

/** RTM_NEWNEIGH of next hops with a link address; the header is that of {@link NeighborMessage}. */
final class ResolvedNeighborMessage {
  private ResolvedNeighborMessage() {}

  private static final class Builder {
    @Nullable IpAddress address;
    long linkAddress = -1;
  }

  /** Never seen: stands where a fault has been noted. */
  private static final ResolvedNeighbor NONE =
      new ResolvedNeighbor(0, Ipv4Address.ANY, 0, 0, false);

  static Decoded<ResolvedNeighbor> decode(WireReader in) {
    int family = in.u8("ndm_family");
    in.skip(3, "padding");
    int index = HostOrder.u32(in, "ndm_ifindex");
    int state = HostOrder.u16(in, "ndm_state");
    int flags = in.u8("ndm_flags");
    in.skip(1, "ndm_type");
    in.require(AddressMessage.isIp(family), "ndm_family", "is neither IPv4 nor IPv6");
    in.require((flags & Rtnl.NTF_PROXY) == 0, "ndm_flags", "is a proxy entry");
    // Groups and the loopback device need no link address, and the kernel keeps entries of them.
    in.require((state & Rtnl.NUD_NOARP) == 0, "ndm_state", "is of no neighbor");
    Builder built = new Builder();
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case Rtnl.NDA_DST -> built.address = AddressMessage.address(family, value);
            case Rtnl.NDA_LLADDR -> built.linkAddress = PermanentNeighborMessage.linkAddress(value);
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
        : in.finish(() ->
            new ResolvedNeighbor(
                index, address, built.linkAddress, state, (flags & Rtnl.NTF_ROUTER) != 0));
  }
}
