package dev.culvert.bgp.message;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;

/** The header of every message (RFC 4271 §4.1): sixteen octets of ones, length, type. */
public final class MessageHeader {
  public static final int LENGTH = 19;
  public static final int MAX_MESSAGE = 4096;
  static final int MARKER = 16;

  private MessageHeader() {}

  static Octets frame(int type, WireWriter body) {
    WireWriter out = new WireWriter();
    out.u64(-1L).u64(-1L).u16(LENGTH + body.position()).u8(type);
    return out.octets(body.toOctets()).toOctets();
  }
}
