package dev.culvert.tun.netlink;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import org.jspecify.annotations.Nullable;

/**
 * RTM_*ADDR, {@code struct ifaddrmsg}:
 *
 * <pre>
 *  family (8) | prefix length (8) | flags (8) | scope (8) | index (32) | attributes
 * </pre>
 */
final class AddressMessage {
  private AddressMessage() {}

  static Decoded<KernelAddress> decode(WireReader in) {
    int family = in.u8("ifa_family");
    int prefixLength = in.u8("ifa_prefixlen");
    Builder built = new Builder();
    built.flags = in.u8("ifa_flags");
    in.skip(1, "ifa_scope");
    int index = HostOrder.u32(in, "ifa_index");
    in.require(isIp(family), "ifa_family", "is neither IPv4 nor IPv6");
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case Rtnl.IFA_LOCAL -> built.local = address(family, value);
            case Rtnl.IFA_ADDRESS -> built.address = address(family, value);
            case Rtnl.IFA_FLAGS -> built.flags = HostOrder.u32(value, "IFA_FLAGS");
            case Rtnl.IFA_PROTO -> built.protocol = value.u8("IFA_PROTO");
            default -> {
              // Labels, lifetimes.
            }
          }
        });
    // On a point-to-point link IFA_ADDRESS is the far end's address, IFA_LOCAL always ours.
    IpAddress own = built.local != null ? built.local : built.address;
    in.require(own != null, "IFA_LOCAL", "is missing");
    in.require(own == null || prefixLength <= own.family().bits(), "ifa_prefixlen", "is too long");
    boolean tentative = (built.flags & (Rtnl.IFA_F_TENTATIVE | Rtnl.IFA_F_DADFAILED)) != 0;
    return own == null
        ? in.finish(() -> new KernelAddress(0, NEVER, false, 0))
        : in.finish(() ->
            new KernelAddress(
                index, new InterfaceAddress(own, prefixLength), tentative, built.protocol));
  }

  private static final InterfaceAddress NEVER = new InterfaceAddress(Ipv6Address.ANY, 0);

  static boolean isIp(int family) {
    return family == Rtnl.AF_INET || family == Rtnl.AF_INET6;
  }

  static IpAddress address(int family, WireReader value) {
    return family == Rtnl.AF_INET ? value.ipv4("address") : value.ipv6("address");
  }

  static int family(IpAddress address) {
    return address instanceof Ipv6Address ? Rtnl.AF_INET6 : Rtnl.AF_INET;
  }

  /** All addresses of both families. */
  static void encodeDump(NetlinkWriter out, int sequence) {
    out.begin(Rtnl.RTM_GETADDR, Netlink.NLM_F_DUMP, sequence);
    out.u32(0);
    out.u32(0);
    out.end();
  }

  /**
   * Adds an address with our mark, and leaves one that is there as it is: it may be somebody
   * else's. IPv6 addresses skip duplicate address detection: they work at once, or not at all.
   */
  static void encodeAdd(NetlinkWriter out, int sequence, int index, InterfaceAddress address) {
    encode(
        out,
        Rtnl.RTM_NEWADDR,
        Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL | Netlink.NLM_F_ACK,
        sequence,
        index,
        address);
  }

  static void encodeRemove(NetlinkWriter out, int sequence, int index, InterfaceAddress address) {
    encode(out, Rtnl.RTM_DELADDR, Netlink.NLM_F_ACK, sequence, index, address);
  }

  private static void encode(
      NetlinkWriter out,
      int type,
      int flags,
      int sequence,
      int index,
      InterfaceAddress interfaceAddress) {
    IpAddress address = interfaceAddress.address();
    out.begin(type, flags, sequence);
    out.u8(family(address));
    out.u8(interfaceAddress.prefixLength());
    out.u8(address instanceof Ipv6Address ? Rtnl.IFA_F_NODAD : 0);
    out.u8(0);
    out.u32(index);
    out.attribute(Rtnl.IFA_LOCAL, address.toBytes());
    out.attribute(Rtnl.IFA_ADDRESS, address.toBytes());
    if (type == Rtnl.RTM_NEWADDR) {
      out.attribute(Rtnl.IFA_PROTO, new byte[] {(byte) KernelAddress.CULVERT});
    }
    out.end();
  }

  private static final class Builder {
    @Nullable IpAddress local;
    @Nullable IpAddress address;
    int flags;
    int protocol;
  }
}
