package dev.culvert.ipsec.ike.admission;

import dev.culvert.core.wire.Octets;
import org.jspecify.annotations.Nullable;

/** What is to be done with a received message. */
public sealed interface Verdict {
  /**
   * The engine is to have it.
   *
   * @param of the IKE SA it names; null if it begins one, or names none
   */
  record Admitted(Lane lane, @Nullable KnownIkeSa of) implements Verdict {}

  /** It goes no further; that message is to be sent to where it came from. */
  record Answered(Octets message) implements Verdict {}

  /** It goes no further. */
  record Refused(Refusal cause) implements Verdict {}
}
