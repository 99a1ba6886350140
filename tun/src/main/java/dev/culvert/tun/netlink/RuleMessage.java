package dev.culvert.tun.netlink;

import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import org.jspecify.annotations.Nullable;

/**
 * RTM_*RULE, {@code struct fib_rule_hdr}:
 *
 * <pre>
 *  family (8) | dst_len (8) | src_len (8) | tos (8) | table (8) | reserved (16) | action (8) |
 *  flags (32) | attributes
 * </pre>
 */
final class RuleMessage {
  private static final int FRA_DST = 1;
  private static final int FRA_SRC = 2;
  private static final int FRA_IIFNAME = 3;
  private static final int FRA_PRIORITY = 6;
  private static final int FRA_FWMARK = 10;
  private static final int FRA_TUN_ID = 12;
  private static final int FRA_SUPPRESS_PREFIXLEN = 14;
  private static final int FRA_TABLE = 15;
  private static final int FRA_OIFNAME = 17;
  private static final int FRA_L3MDEV = 19;
  private static final int FRA_UID_RANGE = 20;
  private static final int FRA_IP_PROTO = 22;
  private static final int FRA_SPORT_RANGE = 23;
  private static final int FRA_DPORT_RANGE = 24;
  private static final int FRA_DSCP = 25;

  private static final int FR_ACT_TO_TBL = 1;
  private static final int FR_ACT_BLACKHOLE = 6;
  private static final int FR_ACT_UNREACHABLE = 7;
  private static final int FR_ACT_PROHIBIT = 8;
  private static final int FIB_RULE_INVERT = 2;

  private static final int NO_SUPPRESSION = -1;

  private RuleMessage() {}

  static Decoded<KernelRule> decode(WireReader in) {
    int family = in.u8("family");
    int destinationLength = in.u8("dst_len");
    int sourceLength = in.u8("src_len");
    Builder built = new Builder();
    int tos = in.u8("tos");
    built.table = in.u8("table");
    in.skip(2, "reserved");
    int action = in.u8("action");
    built.isInverted = (HostOrder.u32(in, "flags") & FIB_RULE_INVERT) != 0;
    in.require(AddressMessage.isIp(family), "family", "is neither IPv4 nor IPv6");
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case FRA_DST -> built.destination = AddressMessage.address(family, value);
            case FRA_SRC -> built.source = AddressMessage.address(family, value);
            case FRA_IIFNAME -> built.in = Acknowledgment.text(value);
            case FRA_OIFNAME -> built.choose("oif " + Acknowledgment.text(value));
            case FRA_PRIORITY -> built.priority = HostOrder.u32(value, "FRA_PRIORITY");
            case FRA_TABLE -> built.table = HostOrder.u32(value, "FRA_TABLE");
            case FRA_SUPPRESS_PREFIXLEN ->
                built.suppressed = HostOrder.u32(value, "FRA_SUPPRESS_PREFIXLEN");
            case FRA_FWMARK -> {
              int mark = HostOrder.u32(value, "FRA_FWMARK");
              if (mark != 0) {
                built.choose("fwmark 0x" + Integer.toHexString(mark));
              }
            }
            case FRA_L3MDEV -> {
              if (value.u8("FRA_L3MDEV") != 0) {
                built.choose("l3mdev");
              }
            }
            case FRA_TUN_ID -> built.choose("tun_id");
            case FRA_UID_RANGE -> built.choose("uidrange");
            case FRA_IP_PROTO -> built.choose("ipproto " + value.u8("FRA_IP_PROTO"));
            case FRA_SPORT_RANGE -> built.choose("sport");
            case FRA_DPORT_RANGE -> built.choose("dport");
            case FRA_DSCP -> built.choose("dscp");
            default -> {
              // Who has made it, realms.
            }
          }
        });
    if (tos != 0) {
      built.choose("tos 0x" + Integer.toHexString(tos));
    }
    IpPrefix source = prefix(in, built.source, sourceLength, "src_len");
    IpPrefix destination = prefix(in, built.destination, destinationLength, "dst_len");
    AddressFamily of = family == Rtnl.AF_INET6 ? AddressFamily.INET6 : AddressFamily.INET;
    return in.finish(() -> built.rule(of, action(action), source, destination));
  }

  private static @Nullable IpPrefix prefix(
      WireReader in, @Nullable IpAddress address, int length, String field) {
    boolean fits = address == null || length <= address.family().bits();
    in.require(fits, field, "is too long");
    return address == null || length == 0 || !fits ? null : IpPrefix.of(address, length);
  }

  private static KernelRule.Action action(int action) {
    return switch (action) {
      case FR_ACT_TO_TBL -> KernelRule.Action.TABLE;
      case FR_ACT_BLACKHOLE -> KernelRule.Action.BLACKHOLE;
      case FR_ACT_UNREACHABLE -> KernelRule.Action.UNREACHABLE;
      case FR_ACT_PROHIBIT -> KernelRule.Action.PROHIBIT;
      default -> KernelRule.Action.NONE;
    };
  }

  /** All rules of all families. */
  static void encodeDump(NetlinkWriter out, int sequence) {
    out.begin(Rtnl.RTM_GETRULE, Netlink.NLM_F_DUMP, sequence);
    out.u32(0);
    out.u32(0);
    out.u32(0);
    out.end();
  }

  private static final class Builder {
    @Nullable IpAddress source;
    @Nullable IpAddress destination;
    @Nullable String in;
    int priority;
    int table;
    int suppressed = NO_SUPPRESSION;
    boolean isInverted;
    final StringBuilder chosenBy = new StringBuilder();

    void choose(String by) {
      chosenBy.append(' ').append(by);
    }

    KernelRule rule(
        AddressFamily family,
        KernelRule.Action action,
        @Nullable IpPrefix from,
        @Nullable IpPrefix to) {
      StringBuilder selector = new StringBuilder(isInverted ? "not from " : "from ");
      selector.append(from == null ? "all" : from);
      if (to != null) {
        selector.append(" to ").append(to);
      }
      if (in != null) {
        selector.append(" iif ").append(in);
      }
      selector.append(chosenBy);
      boolean isForAll =
          !isInverted && from == null && to == null && in == null && chosenBy.isEmpty();
      // All but the marked ones are many, and nobody has chosen them.
      KernelRule.Scope scope =
          isForAll
              ? KernelRule.Scope.EVERY_PACKET
              : chosenBy.isEmpty() || isInverted ? KernelRule.Scope.SOME : KernelRule.Scope.CHOSEN;
      int asked = action == KernelRule.Action.TABLE ? table : 0;
      return new KernelRule(
          family,
          priority,
          selector.toString(),
          scope,
          action,
          asked,
          suppressed != NO_SUPPRESSION);
    }
  }
}
