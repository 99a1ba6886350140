package dev.culvert.ipsec.ike.message;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.Arrays;

/**
 * What a partner makes of a {@link ShortcutSuggestion}, in the response to it.
 *
 * <pre>
 *   SHORTCUT_ANSWER notification data
 *   +--------+
 *   | answer |
 *   +--------+
 * </pre>
 */
public enum ShortcutAnswer {
  ACCEPTED(0),
  /** It has as many shortcuts as it may have. */
  CONNECTION_LIMIT(1),
  /** It does not take suggestions from there. */
  NOT_A_PARTNER(2),
  /** One with the same partner is being built. */
  BUSY(3),
  /** Something in the suggestion makes no sense, or must not be done. */
  UNACCEPTABLE(4),
  /** Nothing of its own leads from the one side of the shortcut to the other. */
  NO_TUNNEL(5);

  private final int wireValue;

  ShortcutAnswer(int wireValue) {
    this.wireValue = wireValue;
  }

  public int wireValue() {
    return wireValue;
  }

  public static Decoded<ShortcutAnswer> decode(Octets data) {
    WireReader in = data.reader();
    int value = in.u8("answer");
    in.require(Arrays.stream(values()).anyMatch(a -> a.wireValue == value), "answer", "is unknown");
    in.require(in.remaining() == 0, "answer", "has octets behind it");
    return in.finish(
        () -> Arrays.stream(values()).filter(a -> a.wireValue == value).findFirst().orElseThrow());
  }

  public Octets encode() {
    return new WireWriter().u8(wireValue).toOctets();
  }
}
