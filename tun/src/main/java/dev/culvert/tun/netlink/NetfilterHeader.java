package dev.culvert.tun.netlink;

import dev.culvert.core.wire.WireReader;

/**
 * What every message of NETLINK_NETFILTER begins with, {@code struct nfgenmsg}. The type of such a
 * message is its subsystem in the upper octet and its number there in the lower; numbers in its
 * attributes are in network order.
 *
 * <pre>
 *  family (8) | version (8) | resource ID (16)
 * </pre>
 *
 * @param resourceId means a log group to one subsystem, and the ruleset's generation to another
 */
public record NetfilterHeader(int family, int resourceId) {
  public static final int SUBSYSTEM_CTNETLINK = 1;
  public static final int SUBSYSTEM_ULOG = 4;
  public static final int SUBSYSTEM_NFTABLES = 10;

  /** NFPROTO_INET: of both families. */
  public static final int FAMILY_INET = 1;

  private static final int VERSION = 0;

  public static int type(int subsystem, int message) {
    return subsystem << 8 | message;
  }

  public static int subsystem(int type) {
    return type >>> 8;
  }

  public static int message(int type) {
    return type & 0xFF;
  }

  /** Reads the header; what follows is attributes. */
  public static NetfilterHeader decode(WireReader in) {
    int family = in.u8("nfgen_family");
    in.skip(1, "version");
    return new NetfilterHeader(family, in.u16("res_id"));
  }

  public void encode(NetlinkWriter out) {
    out.u8(family);
    out.u8(VERSION);
    out.octets(new byte[] {(byte) (resourceId >>> 8), (byte) resourceId});
  }
}
