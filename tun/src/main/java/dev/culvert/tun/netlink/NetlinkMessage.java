package dev.culvert.tun.netlink;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import java.util.ArrayList;
import java.util.List;

/**
 * One message of a netlink datagram (RFC 3549 §2.3.2), its payload still to be decoded.
 *
 * <pre>
 *  length (32) | type (16) | flags (16) | sequence number (32) | port ID (32)
 * </pre>
 */
public record NetlinkMessage(int type, int flags, int sequence, int portId, WireReader payload) {
  public static final int HEADER_LENGTH = 16;
  private static final int MAX_ATTRIBUTES = 1024;

  /** Reads all messages of a datagram. */
  public static Decoded<List<NetlinkMessage>> decodeAll(WireReader in) {
    List<NetlinkMessage> messages = new ArrayList<>();
    while (in.remaining() > 0) {
      int length = HostOrder.u32(in, "nlmsg_len");
      int type = HostOrder.u16(in, "nlmsg_type");
      int flags = HostOrder.u16(in, "nlmsg_flags");
      int sequence = HostOrder.u32(in, "nlmsg_seq");
      int portId = HostOrder.u32(in, "nlmsg_pid");
      in.require(length >= HEADER_LENGTH, "nlmsg_len", "is shorter than the header");
      WireReader payload = in.slice(length - HEADER_LENGTH, "payload");
      skipPadding(in, length);
      messages.add(new NetlinkMessage(type, flags, sequence, portId, payload));
    }
    return in.finish(() -> messages);
  }

  /** What to do with one attribute; reads past its value's end are faults of the whole. */
  public interface AttributeHandler {
    void attribute(int type, WireReader value);
  }

  /**
   * Reads attributes to the end: {@code length (16) | type (14, two flag bits) | value, padded}.
   */
  public static void attributes(WireReader in, AttributeHandler handler) {
    for (int i = 0; i < MAX_ATTRIBUTES && in.remaining() >= 4; i++) {
      int length = HostOrder.u16(in, "rta_len");
      int type = HostOrder.u16(in, "rta_type") & 0x3FFF;
      in.require(length >= 4, "rta_len", "is shorter than its header");
      WireReader value = in.slice(length - 4, "attribute " + type);
      if (!in.isPoisoned()) {
        handler.attribute(type, value);
        in.adopt(value);
        skipPadding(in, length);
      }
    }
  }

  /** Messages and attributes begin at multiples of four; the last one's padding may be missing. */
  static void skipPadding(WireReader in, int length) {
    in.skip(Math.min(-length & 3, in.remaining()), "padding");
  }
}
