package dev.culvert.tun.netlink;

import dev.culvert.core.wire.WireWriter;
import java.nio.charset.StandardCharsets;

/** Builds a datagram of netlink messages; lengths are filled in when a part is ended. */
public final class NetlinkWriter {
  private static final int NLA_F_NESTED = 0x8000;

  private final WireWriter out = new WireWriter();
  private int messageStart;
  private int messageFlags;
  private int messages;

  /** Begins a message; what is written next is its payload, until {@link #end}. */
  public void begin(int type, int flags, int sequence) {
    messageStart = out.position();
    messageFlags = flags | Netlink.NLM_F_REQUEST;
    messages++;
    u32(0);
    u16(type);
    u16(messageFlags);
    u32(sequence);
    u32(0);
  }

  /** Fills in the length of the message that was begun last. */
  public void end() {
    HostOrder.patchU32(out, messageStart, out.position() - messageStart);
  }

  /** Asks for an acknowledgment of the message that was begun last. */
  public void acknowledgeLast() {
    HostOrder.patchU16(out, messageStart + 6, messageFlags | Netlink.NLM_F_ACK);
  }

  public int messages() {
    return messages;
  }

  public int length() {
    return out.position();
  }

  public void u8(int value) {
    out.u8(value);
  }

  /** In the machine's own order, as all numbers here. */
  public void u16(int value) {
    HostOrder.u16(out, value);
  }

  public void u32(int value) {
    HostOrder.u32(out, value);
  }

  public void attribute(int type, int value) {
    u16(8);
    u16(type);
    u32(value);
  }

  public void attribute(int type, String value) {
    attribute(type, (value + "\0").getBytes(StandardCharsets.US_ASCII));
  }

  public void attribute(int type, byte[] value) {
    u16(4 + value.length);
    u16(type);
    out.octets(value).zeros(-value.length & 3);
  }

  /** Starts an attribute, or a structure that begins with a length of 16 bits. */
  public int beginNested() {
    int start = out.position();
    u16(0);
    return start;
  }

  /** Starts an attribute that holds attributes. */
  public int beginNestedAttribute(int type) {
    int start = beginNested();
    u16(type | NLA_F_NESTED);
    return start;
  }

  public void endNested(int start) {
    HostOrder.patchU16(out, start, out.position() - start);
  }

  public void octets(byte[] octets) {
    out.octets(octets);
  }

  /** Fills up to a multiple of four octets. */
  public void align() {
    out.zeros(-out.position() & 3);
  }

  public byte[] toByteArray() {
    return out.toByteArray();
  }
}
