package dev.culvert.tun.conntrack;

import static dev.culvert.tun.netlink.NetfilterHeader.SUBSYSTEM_CTNETLINK;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.tun.netlink.Acknowledgment;
import dev.culvert.tun.netlink.NetfilterHeader;
import dev.culvert.tun.netlink.Netlink;
import dev.culvert.tun.netlink.NetlinkMessage;
import dev.culvert.tun.netlink.NetlinkWriter;
import dev.culvert.tun.sys.Linux;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** IPCTNL_MSG_CT_*: a netfilter header, then attributes, their numbers in network order. */
final class SessionMessage {
  private static final int AF_UNSPEC = 0;

  /** {@code ct label} has 128 bits. */
  private static final int MAX_LABELS = 16;

  private @Nullable SessionTuple original;
  private @Nullable SessionTuple reply;
  private int zone;
  private int mark;
  private Octets labels = Octets.EMPTY;
  private int status;
  private Duration timeout = Duration.ZERO;
  private @Nullable TcpState tcpState;
  private SessionCount originalCount = SessionCount.ZERO;
  private SessionCount replyCount = SessionCount.ZERO;
  private @Nullable Instant start;
  private @Nullable Instant stop;
  private @Nullable String helper;
  private long id;

  private SessionMessage() {}

  static int type(int message) {
    return NetfilterHeader.type(SUBSYSTEM_CTNETLINK, message);
  }

  static Decoded<Session> decode(WireReader in) {
    NetfilterHeader.decode(in);
    SessionMessage message = new SessionMessage();
    NetlinkMessage.attributes(in, message::attribute);
    SessionTuple from = message.original;
    SessionTuple back = message.reply;
    in.require(from != null && back != null, "CTA_TUPLE_ORIG or CTA_TUPLE_REPLY", "is missing");
    return in.finish(
        () -> message.session(Objects.requireNonNull(from), Objects.requireNonNull(back)));
  }

  private Session session(SessionTuple from, SessionTuple back) {
    return new Session(
        id,
        from,
        back,
        zone,
        mark,
        labels,
        new SessionStatus(status),
        timeout,
        tcpState,
        originalCount,
        replyCount,
        start,
        stop,
        helper);
  }

  private void attribute(int type, WireReader value) {
    switch (type) {
      case Ct.CTA_TUPLE_ORIG -> original = TupleAttributes.decode(value);
      case Ct.CTA_TUPLE_REPLY -> reply = TupleAttributes.decode(value);
      case Ct.CTA_ZONE -> zone = value.u16("CTA_ZONE");
      case Ct.CTA_MARK -> mark = value.u32("CTA_MARK");
      case Ct.CTA_LABELS ->
          labels = value.octets(Math.min(value.remaining(), MAX_LABELS), "CTA_LABELS");
      case Ct.CTA_STATUS -> status = value.u32("CTA_STATUS");
      case Ct.CTA_TIMEOUT -> timeout = Duration.ofSeconds(value.u32Long("CTA_TIMEOUT"));
      case Ct.CTA_PROTOINFO -> NetlinkMessage.attributes(value, this::protocolInformation);
      case Ct.CTA_COUNTERS_ORIG -> originalCount = count(value);
      case Ct.CTA_COUNTERS_REPLY -> replyCount = count(value);
      case Ct.CTA_TIMESTAMP -> NetlinkMessage.attributes(value, this::timestamp);
      case Ct.CTA_HELP -> NetlinkMessage.attributes(value, this::help);
      case Ct.CTA_ID -> id = value.u32Long("CTA_ID");
      default -> {
        // What is known from the tuples (NAT), and what nobody asks for.
      }
    }
  }

  private void protocolInformation(int type, WireReader value) {
    if (type == Ct.CTA_PROTOINFO_TCP) {
      NetlinkMessage.attributes(
          value,
          (inner, octets) -> {
            if (inner == Ct.CTA_PROTOINFO_TCP_STATE) {
              tcpState = TcpState.of(octets.u8("CTA_PROTOINFO_TCP_STATE"));
            }
          });
    }
  }

  private static SessionCount count(WireReader in) {
    long[] numbers = new long[2];
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case Ct.CTA_COUNTERS_PACKETS -> numbers[0] = value.u64("CTA_COUNTERS_PACKETS");
            case Ct.CTA_COUNTERS_BYTES -> numbers[1] = value.u64("CTA_COUNTERS_BYTES");
            default -> {
              // Padding, and the 32 bits of old kernels.
            }
          }
        });
    return new SessionCount(numbers[0], numbers[1]);
  }

  private void timestamp(int type, WireReader value) {
    switch (type) {
      case Ct.CTA_TIMESTAMP_START -> start = instant(value.u64("CTA_TIMESTAMP_START"));
      case Ct.CTA_TIMESTAMP_STOP -> stop = instant(value.u64("CTA_TIMESTAMP_STOP"));
      default -> {
        // Padding.
      }
    }
  }

  /** Nanoseconds since 1970; a session that began before the switch was on says 0. */
  private static @Nullable Instant instant(long nanoseconds) {
    return nanoseconds == 0 ? null : Instant.EPOCH.plusNanos(nanoseconds);
  }

  private void help(int type, WireReader value) {
    if (type == Ct.CTA_HELP_NAME) {
      helper = Acknowledgment.text(value);
    }
  }

  /** All sessions of a family; of what else is filtered the kernel knows nothing. */
  static void encodeDump(NetlinkWriter out, int sequence, SessionFilter filter) {
    out.begin(type(Ct.IPCTNL_MSG_CT_GET), Netlink.NLM_F_DUMP, sequence);
    new NetfilterHeader(family(filter.family()), 0).encode(out);
    out.end();
  }

  /** That session, and no later one with the same tuple. */
  static void encodeDelete(NetlinkWriter out, int sequence, Session session) {
    out.begin(type(Ct.IPCTNL_MSG_CT_DELETE), Netlink.NLM_F_ACK, sequence);
    new NetfilterHeader(family(session.family()), 0).encode(out);
    encodeIdentity(out, session);
    out.end();
  }

  /** Gives the bits of the mask another value, in the mark of a session that there is. */
  static void encodeMark(NetlinkWriter out, int sequence, Session session, int mark, int mask) {
    out.begin(type(Ct.IPCTNL_MSG_CT_NEW), Netlink.NLM_F_ACK, sequence);
    new NetfilterHeader(family(session.family()), 0).encode(out);
    encodeIdentity(out, session);
    out.attribute(Ct.CTA_MARK, bigEndian(mark));
    out.attribute(Ct.CTA_MARK_MASK, bigEndian(mask));
    out.end();
  }

  private static void encodeIdentity(NetlinkWriter out, Session session) {
    TupleAttributes.encode(out, Ct.CTA_TUPLE_ORIG, session.original());
    if (session.zone() != 0) {
      out.attribute(Ct.CTA_ZONE, new byte[] {(byte) (session.zone() >>> 8), (byte) session.zone()});
    }
    out.attribute(Ct.CTA_ID, bigEndian((int) session.id()));
  }

  private static byte[] bigEndian(int value) {
    return new Ipv4Address(value).toBytes();
  }

  private static int family(@Nullable AddressFamily family) {
    return switch (family) {
      case null -> AF_UNSPEC;
      case INET -> Linux.AF_INET;
      case INET6 -> Linux.AF_INET6;
    };
  }
}
