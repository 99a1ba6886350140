package dev.culvert.tun.netlink;

/** Numbers of rtnetlink, by their C names. */
final class Rtnl {
  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_GETLINK = 18;
  static final int RTM_NEWADDR = 20;
  static final int RTM_DELADDR = 21;
  static final int RTM_GETADDR = 22;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  static final int RTM_GETROUTE = 26;
  static final int RTM_NEWNEIGH = 28;
  static final int RTM_DELNEIGH = 29;
  static final int RTM_GETNEIGH = 30;
  static final int RTM_NEWRULE = 32;
  static final int RTM_DELRULE = 33;
  static final int RTM_GETRULE = 34;

  static final int GROUP_LINK = 0x1;
  static final int GROUP_IPV4_ADDRESS = 0x10;
  static final int GROUP_IPV4_ROUTE = 0x40;
  static final int GROUP_IPV4_RULE = 0x80;
  static final int GROUP_IPV6_ADDRESS = 0x100;
  static final int GROUP_IPV6_ROUTE = 0x400;
  static final int GROUP_IPV6_RULE = 0x40000;

  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_TXQLEN = 13;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_INFO_KIND = 1;
  static final int IFLA_INFO_DATA = 2;
  static final int IFLA_TUN_PERSIST = 6;

  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;
  static final int IFA_FLAGS = 8;
  static final int IFA_PROTO = 11;
  static final int IFA_F_NODAD = 0x02;
  static final int IFA_F_DADFAILED = 0x08;
  static final int IFA_F_TENTATIVE = 0x40;

  static final int NDA_DST = 1;
  static final int NDA_LLADDR = 2;
  static final int NDA_PROTOCOL = 12;
  static final int NUD_REACHABLE = 0x02;
  static final int NUD_STALE = 0x04;
  static final int NUD_DELAY = 0x08;
  static final int NUD_PROBE = 0x10;
  static final int NUD_NOARP = 0x40;
  static final int NUD_PERMANENT = 0x80;
  static final int NTF_PROXY = 0x08;
  static final int NTF_ROUTER = 0x80;

  static final int RTA_DST = 1;
  static final int RTA_OIF = 4;
  static final int RTA_GATEWAY = 5;
  static final int RTA_PRIORITY = 6;
  static final int RTA_MULTIPATH = 9;
  static final int RTA_TABLE = 15;
  static final int RTA_VIA = 18;

  static final int RTN_UNSPEC = 0;
  static final int RTN_UNICAST = 1;
  static final int RTN_LOCAL = 2;
  static final int RTN_BROADCAST = 3;
  static final int RTN_MULTICAST = 5;
  static final int RTN_BLACKHOLE = 6;
  static final int RTN_UNREACHABLE = 7;
  static final int RTNH_F_ONLINK = 4;
  static final int RT_SCOPE_UNIVERSE = 0;
  static final int RT_SCOPE_LINK = 253;
  static final int RT_SCOPE_NOWHERE = 255;

  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  private Rtnl() {}
}
