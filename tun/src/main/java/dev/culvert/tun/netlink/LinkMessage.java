package dev.culvert.tun.netlink;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;

/**
 * RTM_*LINK, {@code struct ifinfomsg}:
 *
 * <pre>
 *  family (8) | pad (8) | type (16) | index (32) | flags (32) | change (32) | attributes
 * </pre>
 */
final class LinkMessage {
  private LinkMessage() {}

  static Decoded<KernelLink> decode(WireReader in) {
    in.skip(4, "ifi_family, ifi_type");
    int index = HostOrder.u32(in, "ifi_index");
    int flags = HostOrder.u32(in, "ifi_flags");
    in.skip(4, "ifi_change");
    Builder link = new Builder();
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case Rtnl.IFLA_IFNAME -> link.device = Acknowledgment.text(value);
            case Rtnl.IFLA_MTU -> link.mtu = HostOrder.u32(value, "IFLA_MTU");
            case Rtnl.IFLA_LINKINFO -> decodeLinkInfo(value, link);
            default -> {
              // Some sixty attributes describe what we do not use.
            }
          }
        });
    in.require(index > 0, "ifi_index", "is not positive");
    in.require(!link.device.isEmpty(), "IFLA_IFNAME", "is missing");
    return in.finish(() ->
        new KernelLink(
            index,
            link.device,
            flags,
            link.mtu,
            link.kind,
            link.persistent && link.kind.equals("tun")));
  }

  private static void decodeLinkInfo(WireReader in, Builder link) {
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case Rtnl.IFLA_INFO_KIND -> link.kind = Acknowledgment.text(value);
            // The kernel sends the kind first: only then do its data mean anything.
            case Rtnl.IFLA_INFO_DATA -> {
              if (link.kind.equals("tun")) {
                decodeTunData(value, link);
              }
            }
            default -> {
              // Statistics and the like.
            }
          }
        });
  }

  private static void decodeTunData(WireReader in, Builder link) {
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          if (type == Rtnl.IFLA_TUN_PERSIST) {
            link.persistent = value.u8("IFLA_TUN_PERSIST") != 0;
          }
        });
  }

  /** All links. */
  static void encodeDump(NetlinkWriter out, int sequence) {
    encodeHeader(out, Rtnl.RTM_GETLINK, Netlink.NLM_F_DUMP, sequence, 0, 0, 0);
    out.end();
  }

  /** One link by its device name. */
  static void encodeGet(NetlinkWriter out, int sequence, String device) {
    encodeHeader(out, Rtnl.RTM_GETLINK, 0, sequence, 0, 0, 0);
    out.attribute(Rtnl.IFLA_IFNAME, device);
    out.end();
  }

  static void encodeSetUp(NetlinkWriter out, int sequence, int index, boolean up) {
    int flags = up ? KernelLink.IFF_UP : 0;
    encodeHeader(
        out, Rtnl.RTM_NEWLINK, Netlink.NLM_F_ACK, sequence, index, flags, KernelLink.IFF_UP);
    out.end();
  }

  /** Sets IFLA_MTU or IFLA_TXQLEN. */
  static void encodeSet(NetlinkWriter out, int sequence, int index, int attribute, int value) {
    encodeHeader(out, Rtnl.RTM_NEWLINK, Netlink.NLM_F_ACK, sequence, index, 0, 0);
    out.attribute(attribute, value);
    out.end();
  }

  static void encodeRemove(NetlinkWriter out, int sequence, int index) {
    encodeHeader(out, Rtnl.RTM_DELLINK, Netlink.NLM_F_ACK, sequence, index, 0, 0);
    out.end();
  }

  private static void encodeHeader(
      NetlinkWriter out, int type, int flags, int sequence, int index, int linkFlags, int change) {
    out.begin(type, flags, sequence);
    out.u32(0);
    out.u32(index);
    out.u32(linkFlags);
    out.u32(change);
  }

  private static final class Builder {
    String device = "";
    String kind = "";
    int mtu;
    boolean persistent;
  }
}
