package dev.culvert.ipsec.ike.message;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** Tells IKE_SA_INIT requests of one attempt from those of another (RFC 7296 §2.1, §2.6). */
public final class InitRequests {
  private static final int NEXT_PAYLOAD_AT = 16;
  private static final int GENERIC_HEADER = 4;

  private InitRequests() {}

  /**
   * The message as it was before its initiator put a cookie in front of all other payloads, by
   * which it changed nothing else; itself if there is none.
   */
  public static Octets withoutCookie(Octets message) {
    WireReader in = message.reader();
    IkeHeader header = IkeHeader.read(in);
    int next = in.u8("Next Payload");
    in.u8("Critical");
    int length = in.u16("Payload Length");
    in.u8("Protocol ID");
    in.u8("SPI Size");
    boolean isCookie =
        header.nextPayload() == Payload.NOTIFY
            && in.u16("Notify Message Type") == NotifyType.COOKIE.wireValue()
            && length >= GENERIC_HEADER
            && IkeHeader.LENGTH + length <= message.length();
    if (!isCookie) {
      return message;
    }
    Octets rest = message.slice(IkeHeader.LENGTH + length, message.length());
    return new WireWriter()
        .octets(message.slice(0, NEXT_PAYLOAD_AT))
        .u8(next)
        .octets(message.slice(NEXT_PAYLOAD_AT + 1, IkeHeader.LENGTH - Integer.BYTES))
        .u32(IkeHeader.LENGTH + rest.length())
        .octets(rest)
        .toOctets();
  }
}
