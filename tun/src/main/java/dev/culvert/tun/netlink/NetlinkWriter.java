package dev.culvert.tun.netlink;

import dev.culvert.core.wire.WireWriter;
import java.nio.charset.StandardCharsets;

/** Builds a datagram of netlink messages; lengths are filled in when a part is ended. */
final class NetlinkWriter {
  private final WireWriter out = new WireWriter();
  private int messageStart;
  private int messageFlags;
  private int messages;

  void begin(int type, int flags, int sequence) {
    messageStart = out.position();
    messageFlags = flags | Rtnl.NLM_F_REQUEST;
    messages++;
    u32(0);
    u16(type);
    u16(messageFlags);
    u32(sequence);
    u32(0);
  }

  /** Fills in the length of the message that was begun last. */
  void end() {
    HostOrder.patchU32(out, messageStart, out.position() - messageStart);
  }

  /** Asks for an acknowledgment of the message that was begun last. */
  void acknowledgeLast() {
    HostOrder.patchU16(out, messageStart + 6, messageFlags | Rtnl.NLM_F_ACK);
  }

  int messages() {
    return messages;
  }

  int length() {
    return out.position();
  }

  void u8(int value) {
    out.u8(value);
  }

  void u16(int value) {
    HostOrder.u16(out, value);
  }

  void u32(int value) {
    HostOrder.u32(out, value);
  }

  void attribute(int type, int value) {
    u16(8);
    u16(type);
    u32(value);
  }

  void attribute(int type, String value) {
    attribute(type, (value + "\0").getBytes(StandardCharsets.US_ASCII));
  }

  void attribute(int type, byte[] value) {
    u16(4 + value.length);
    u16(type);
    out.octets(value).zeros(-value.length & 3);
  }

  /** Starts an attribute, or a structure that begins with a length of 16 bits. */
  int beginNested() {
    int start = out.position();
    u16(0);
    return start;
  }

  void endNested(int start) {
    HostOrder.patchU16(out, start, out.position() - start);
  }

  void octets(byte[] octets) {
    out.octets(octets);
  }

  /** Fills up to a multiple of four octets. */
  void align() {
    out.zeros(-out.position() & 3);
  }

  byte[] toByteArray() {
    return out.toByteArray();
  }
}
