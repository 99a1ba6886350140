package dev.culvert.tun.netlink;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * RTM_*ROUTE, {@code struct rtmsg}, with interfaces by index:
 *
 * <pre>
 *  family (8) | dst length (8) | src length (8) | tos (8)
 *  table (8)  | protocol (8)   | scope (8)      | type (8) | flags (32) | attributes
 * </pre>
 */
record RouteMessage(
    IpPrefix prefix, int type, int protocol, int table, int metric, List<Hop> hops) {
  /** RTM_F_CLONED: a cached exception (a path MTU, a redirect), no route. */
  private static final int RTM_F_CLONED = 0x200;

  /** RT_TABLE_MAIN. */
  static final int MAIN_TABLE = 254;

  private static final int MAX_HOPS = 512;

  /**
   * IPv6 refuses a multipath hop without a gateway. On a point-to-point device any link-local one
   * does as well, for nobody resolves it: this one stands for "none", and is read back so.
   */
  private static final Ipv6Address NO_GATEWAY = new Ipv6Address(0xFE80L << 48, 0xC01E_0000_0000L);

  record Hop(int index, @Nullable IpAddress gateway) {}

  RouteMessage {
    hops = List.copyOf(hops);
  }

  FibEntry.Kind kind() {
    return switch (type) {
      case Rtnl.RTN_UNICAST -> FibEntry.Kind.UNICAST;
      case Rtnl.RTN_BLACKHOLE -> FibEntry.Kind.BLACKHOLE;
      case Rtnl.RTN_UNREACHABLE -> FibEntry.Kind.UNREACHABLE;
      default -> FibEntry.Kind.OTHER;
    };
  }

  static Decoded<RouteMessage> decode(WireReader in) {
    return decode(in, false);
  }

  /** The way of one packet, which may be a cached exception; see {@link #encodeQuery}. */
  static Decoded<RouteMessage> decodeAnswer(WireReader in) {
    return decode(in, true);
  }

  private static Decoded<RouteMessage> decode(WireReader in, boolean ofOnePacket) {
    int family = in.u8("rtm_family");
    int prefixLength = in.u8("rtm_dst_len");
    int sourceLength = in.u8("rtm_src_len");
    int tos = in.u8("rtm_tos");
    Builder route = new Builder(family);
    route.table = in.u8("rtm_table");
    int protocol = in.u8("rtm_protocol");
    in.skip(1, "rtm_scope");
    int type = in.u8("rtm_type");
    int flags = HostOrder.u32(in, "rtm_flags");
    in.require(AddressMessage.isIp(family), "rtm_family", "is neither IPv4 nor IPv6");
    in.require(prefixLength <= route.destination.family().bits(), "rtm_dst_len", "is too long");
    in.require(ofOnePacket || (flags & RTM_F_CLONED) == 0, "rtm_flags", "is a cached exception");
    // The kernel keeps these apart from routes for all packets.
    in.require(
        ofOnePacket || (sourceLength == 0 && tos == 0),
        "rtm_src_len, rtm_tos",
        "choose among packets");
    NetlinkMessage.attributes(in, route::attribute);
    return in.finish(() ->
        new RouteMessage(
            IpPrefix.of(route.destination, prefixLength),
            type,
            protocol,
            route.table,
            route.metric,
            route.hops()));
  }

  private static final class Builder {
    final int family;
    IpAddress destination;
    int table;
    int metric;
    int index;
    @Nullable IpAddress gateway;
    final List<Hop> multipath = new ArrayList<>();

    Builder(int family) {
      this.family = family;
      this.destination = family == Rtnl.AF_INET6 ? Ipv6Address.ANY : Ipv4Address.ANY;
    }

    void attribute(int type, WireReader value) {
      switch (type) {
        case Rtnl.RTA_DST -> destination = AddressMessage.address(family, value);
        case Rtnl.RTA_PRIORITY -> metric = HostOrder.u32(value, "RTA_PRIORITY");
        case Rtnl.RTA_TABLE -> table = HostOrder.u32(value, "RTA_TABLE");
        case Rtnl.RTA_OIF -> index = HostOrder.u32(value, "RTA_OIF");
        case Rtnl.RTA_GATEWAY, Rtnl.RTA_VIA -> gateway = gateway(type, value);
        case Rtnl.RTA_MULTIPATH -> decodeMultipath(value);
        default -> {
          // Metrics, source preferences, caches.
        }
      }
    }

    private IpAddress gateway(int type, WireReader value) {
      if (type == Rtnl.RTA_GATEWAY) {
        return AddressMessage.address(family, value);
      }
      int viaFamily = HostOrder.u16(value, "rtvia_family");
      value.require(AddressMessage.isIp(viaFamily), "rtvia_family", "is neither IPv4 nor IPv6");
      return AddressMessage.address(viaFamily, value);
    }

    /** {@code struct rtnexthop}: length (16) | flags (8) | hops (8) | index (32) | attributes. */
    private void decodeMultipath(WireReader in) {
      while (in.remaining() > 0 && multipath.size() < MAX_HOPS) {
        int length = HostOrder.u16(in, "rtnh_len");
        in.skip(2, "rtnh_flags, rtnh_hops");
        int hopIndex = HostOrder.u32(in, "rtnh_ifindex");
        in.require(length >= 8, "rtnh_len", "is shorter than its header");
        WireReader attributes = in.slice(length - 8, "next hop");
        IpAddress[] via = new IpAddress[1];
        NetlinkMessage.attributes(
            attributes,
            (type, value) -> {
              if (type == Rtnl.RTA_GATEWAY || type == Rtnl.RTA_VIA) {
                via[0] = gateway(type, value);
              }
            });
        in.adopt(attributes);
        NetlinkMessage.skipPadding(in, length);
        multipath.add(new Hop(hopIndex, NO_GATEWAY.equals(via[0]) ? null : via[0]));
      }
    }

    List<Hop> hops() {
      if (!multipath.isEmpty()) {
        return multipath;
      }
      return index == 0 && gateway == null ? List.of() : List.of(new Hop(index, gateway));
    }
  }

  /** Routes of one family in one table. */
  static void encodeDump(NetlinkWriter out, int sequence, AddressFamily family, int table) {
    out.begin(Rtnl.RTM_GETROUTE, Netlink.NLM_F_DUMP, sequence);
    out.u8(family == AddressFamily.INET ? Rtnl.AF_INET : Rtnl.AF_INET6);
    out.u8(0);
    out.u16(0);
    out.u8(table);
    out.u8(0);
    out.u16(0);
    out.u32(0);
    out.end();
  }

  /** The way of packets to an address, as a packet would be routed at this moment. */
  static void encodeQuery(NetlinkWriter out, int sequence, IpAddress destination) {
    out.begin(Rtnl.RTM_GETROUTE, 0, sequence);
    out.u8(AddressMessage.family(destination));
    out.u8(destination.family().bits());
    out.u8(0);
    out.u8(0);
    out.u8(0);
    out.u8(0);
    out.u8(0);
    out.u8(0);
    out.u32(0);
    out.attribute(Rtnl.RTA_DST, destination.toBytes());
    out.end();
  }

  /**
   * Adds this route.
   *
   * @param inPlace false: refused (EEXIST) if there is one of its prefix and metric; true: takes
   *     the place of the first of those, whosoever it is
   */
  void encodeInstall(NetlinkWriter out, int sequence, boolean inPlace) {
    int flags = Netlink.NLM_F_CREATE | (inPlace ? Netlink.NLM_F_REPLACE : Netlink.NLM_F_EXCL);
    out.begin(Rtnl.RTM_NEWROUTE, flags, sequence);
    encodeHeader(out, scope(), type);
    encodeHops(out);
    out.end();
  }

  /** Removes the route of this prefix, protocol and metric, and (if given) these next hops. */
  void encodeRemove(NetlinkWriter out, int sequence) {
    out.begin(Rtnl.RTM_DELROUTE, 0, sequence);
    encodeHeader(out, Rtnl.RT_SCOPE_NOWHERE, Rtnl.RTN_UNSPEC);
    encodeHops(out);
    out.end();
  }

  private void encodeHops(NetlinkWriter out) {
    if (hops.size() == 1) {
      Hop hop = hops.getFirst();
      out.attribute(Rtnl.RTA_OIF, hop.index());
      encodeGateway(out, hop.gateway());
    } else if (hops.size() > 1) {
      encodeMultipath(out);
    }
  }

  private void encodeHeader(NetlinkWriter out, int scope, int type) {
    out.u8(AddressMessage.family(prefix.network()));
    out.u8(prefix.length());
    out.u8(0);
    out.u8(0);
    out.u8(table);
    out.u8(protocol);
    out.u8(scope);
    out.u8(type);
    out.u32(hops.size() == 1 ? onlink(0) : 0);
    if (!prefix.isDefault()) {
      out.attribute(Rtnl.RTA_DST, prefix.network().toBytes());
    }
    out.attribute(Rtnl.RTA_PRIORITY, metric);
  }

  /** IPv4 wants to know how far a route reaches: only to the link where no gateway is named. */
  private int scope() {
    boolean linkOnly =
        prefix.family() == AddressFamily.INET
            && !hops.isEmpty()
            && hops.stream().allMatch(hop -> hop.gateway() == null);
    return linkOnly ? Rtnl.RT_SCOPE_LINK : Rtnl.RT_SCOPE_UNIVERSE;
  }

  /**
   * The RIB has decided on the interface already: the kernel need not find the gateway by a
   * connected route of its own, which an unnumbered st0 has not. Link-local needs no such flag.
   */
  private int onlink(int hop) {
    IpAddress gateway = hops.get(hop).gateway();
    boolean linkLocal = gateway instanceof Ipv6Address v6 && v6.isLinkLocal();
    return gateway == null || linkLocal ? 0 : Rtnl.RTNH_F_ONLINK;
  }

  private void encodeMultipath(NetlinkWriter out) {
    int attribute = out.beginNested();
    out.u16(Rtnl.RTA_MULTIPATH);
    for (int i = 0; i < hops.size(); i++) {
      int nextHop = out.beginNested();
      out.u8(onlink(i));
      out.u8(0);
      out.u32(hops.get(i).index());
      IpAddress gateway = hops.get(i).gateway();
      boolean placeholder = gateway == null && prefix.family() == AddressFamily.INET6;
      encodeGateway(out, placeholder ? NO_GATEWAY : gateway);
      out.endNested(nextHop);
    }
    out.endNested(attribute);
  }

  private void encodeGateway(NetlinkWriter out, @Nullable IpAddress gateway) {
    if (gateway == null) {
      return;
    }
    if (gateway.family() == prefix.family()) {
      out.attribute(Rtnl.RTA_GATEWAY, gateway.toBytes());
    } else {
      int via = out.beginNested();
      out.u16(Rtnl.RTA_VIA);
      out.u16(AddressMessage.family(gateway));
      out.octets(gateway.toBytes());
      out.endNested(via);
      out.align();
    }
  }
}
