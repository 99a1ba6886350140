package dev.culvert.tun.conntrack;

import static dev.culvert.tun.netlink.NetfilterHeader.SUBSYSTEM_ULOG;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.tun.netlink.Acknowledgment;
import dev.culvert.tun.netlink.NetfilterHeader;
import dev.culvert.tun.netlink.Netlink;
import dev.culvert.tun.netlink.NetlinkMessage;
import dev.culvert.tun.netlink.NetlinkWriter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** NFULNL_MSG_*: how packets of a log group are asked for, and how they come. */
final class NflogMessage {
  static final int NFULNL_MSG_PACKET = 0;
  private static final int NFULNL_MSG_CONFIG = 1;

  private static final int NFULA_CFG_CMD = 1;
  private static final int NFULA_CFG_MODE = 2;
  private static final int NFULA_CFG_NLBUFSIZ = 3;
  private static final int NFULA_CFG_TIMEOUT = 4;
  private static final int NFULA_CFG_QTHRESH = 5;
  private static final int NFULNL_CFG_CMD_BIND = 1;
  private static final int NFULNL_COPY_PACKET = 2;

  private static final int NFULA_PACKET_HDR = 1;
  private static final int NFULA_MARK = 2;
  private static final int NFULA_TIMESTAMP = 3;
  private static final int NFULA_IFINDEX_INDEV = 4;
  private static final int NFULA_IFINDEX_OUTDEV = 5;
  private static final int NFULA_PAYLOAD = 9;
  private static final int NFULA_PREFIX = 10;

  /** What a packet may bring along at most, whatever was asked for. */
  private static final int MAX_PACKET = 65_535;

  private String prefix = "";
  private int etherType;
  private int inInterface;
  private int outInterface;
  private int mark;
  private @Nullable Instant time;
  private Octets packet = Octets.EMPTY;

  private NflogMessage() {}

  static int type(int message) {
    return NetfilterHeader.type(SUBSYSTEM_ULOG, message);
  }

  /**
   * Takes a group for this socket.
   *
   * @param copied octets of each packet
   * @param bufferSize octets of packets that are told of together
   * @param together packets that are told of together
   * @param hundredths of a second after which they are told of, however few they are
   */
  static void encodeBind(
      NetlinkWriter out,
      int sequence,
      int group,
      int copied,
      int bufferSize,
      int together,
      int hundredths) {
    out.begin(type(NFULNL_MSG_CONFIG), Netlink.NLM_F_ACK, sequence);
    new NetfilterHeader(0, group).encode(out);
    out.attribute(NFULA_CFG_CMD, new byte[] {NFULNL_CFG_CMD_BIND});
    // struct nfulnl_msg_config_mode: copy range (32), copy mode (8), padding (8).
    byte[] range = bigEndian(copied);
    out.attribute(
        NFULA_CFG_MODE, new byte[] {range[0], range[1], range[2], range[3], NFULNL_COPY_PACKET, 0});
    out.attribute(NFULA_CFG_NLBUFSIZ, bigEndian(bufferSize));
    out.attribute(NFULA_CFG_TIMEOUT, bigEndian(hundredths));
    out.attribute(NFULA_CFG_QTHRESH, bigEndian(together));
    out.end();
  }

  private static byte[] bigEndian(int value) {
    return new Ipv4Address(value).toBytes();
  }

  static Decoded<LoggedPacket> decode(WireReader in) {
    NetfilterHeader.decode(in);
    NflogMessage message = new NflogMessage();
    NetlinkMessage.attributes(in, message::attribute);
    return in.finish(message::packet);
  }

  private void attribute(int type, WireReader value) {
    switch (type) {
      case NFULA_PACKET_HDR -> etherType = value.u16("hw_protocol");
      case NFULA_MARK -> mark = value.u32("NFULA_MARK");
      case NFULA_TIMESTAMP -> time = time(value);
      case NFULA_IFINDEX_INDEV -> inInterface = value.u32("NFULA_IFINDEX_INDEV");
      case NFULA_IFINDEX_OUTDEV -> outInterface = value.u32("NFULA_IFINDEX_OUTDEV");
      case NFULA_PAYLOAD ->
          packet = value.octets(Math.min(value.remaining(), MAX_PACKET), "NFULA_PAYLOAD");
      case NFULA_PREFIX -> prefix = Acknowledgment.text(value);
      default -> {
        // The link layer's, and whose process sent it.
      }
    }
  }

  private LoggedPacket packet() {
    return new LoggedPacket(prefix, etherType, inInterface, outInterface, mark, time, packet);
  }

  /** Seconds and microseconds since 1970; null for what no clock says. */
  private static @Nullable Instant time(WireReader in) {
    long seconds = in.u64("sec");
    long microseconds = in.u64("usec");
    boolean sensible =
        seconds >= 0 && seconds <= Integer.MAX_VALUE * 16L && microseconds < 1_000_000;
    in.require(sensible && microseconds >= 0, "NFULA_TIMESTAMP", "is no time");
    return in.isPoisoned() ? null : Instant.ofEpochSecond(seconds, microseconds * 1000);
  }
}
