package dev.culvert.bgp.message;

import dev.culvert.bgp.registry.BgpError;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * NOTIFICATION (RFC 4271 §4.5): why the sender ends the session.
 *
 * @param code and {@code subcode} as received, known or not
 */
public record NotificationMessage(int code, int subcode, Octets data) implements BgpMessage {
  /** RFC 9003 §2: the text's own length octet counts to 255. */
  private static final int MAX_COMMUNICATION = 255;

  public static NotificationMessage of(BgpError error) {
    return of(error, Octets.EMPTY);
  }

  public static NotificationMessage of(BgpError error, Octets data) {
    return new NotificationMessage(error.code(), error.subcode(), data);
  }

  /** Cease with a shutdown communication (RFC 9003) for the peer's operator. */
  public static NotificationMessage shutdown(BgpError error, String communication) {
    byte[] text = communication.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, MAX_COMMUNICATION);
    // A character cut in half would not be valid UTF-8: step back to where one begins.
    while (length < text.length && length > 0 && (text[length] & 0xC0) == 0x80) {
      length--;
    }
    return of(error, new WireWriter().u8(length).octets(Arrays.copyOf(text, length)).toOctets());
  }

  static NotificationMessage decode(WireReader in) {
    return new NotificationMessage(in.u8("Error code"), in.u8("Error subcode"), in.rest());
  }

  @Override
  public Octets encode() {
    return MessageHeader.frame(
        MessageType.NOTIFICATION, new WireWriter().u8(code).u8(subcode).octets(data));
  }

  /** The peer's operator's words, if this is a Cease that carries some that are valid UTF-8. */
  public Optional<String> communication() {
    boolean carriesText =
        code == BgpError.ADMINISTRATIVE_SHUTDOWN.code()
            && (subcode == BgpError.ADMINISTRATIVE_SHUTDOWN.subcode()
                || subcode == BgpError.ADMINISTRATIVE_RESET.subcode());
    if (!carriesText || data.length() < 2 || data.at(0) > data.length() - 1) {
      return Optional.empty();
    }
    byte[] text = data.slice(1, 1 + data.at(0)).toByteArray();
    try {
      String words = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
      // It will be printed: control characters must not reach a terminal (RFC 9003 §6).
      return Optional.of(words.replaceAll("\\p{Cntrl}", "?"));
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** The code in Junos' words, with the subcode's name behind it where it is known. */
  public String text() {
    String category =
        switch (code) {
          case 1 -> "Message Header Error";
          case 2 -> "Open Message Error";
          case 3 -> "Update Message Error";
          case 4 -> "Hold Timer Expired Error";
          case 5 -> "Finite State Machine Error";
          case 6 -> "Cease";
          default -> "Error " + code;
        };
    for (BgpError error : BgpError.values()) {
      if (error.code() == code && error.subcode() == subcode && subcode != 0) {
        return category + ": " + error.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
      }
    }
    return subcode == 0 ? category : category + ": subcode " + subcode;
  }
}
