package dev.culvert.daemon.diagnosis;

import java.util.List;

/**
 * One thing that is not as it should be.
 *
 * @param text a fact, and what follows from it
 * @param remedies statements to change, ours and behind {@code peer:} the peer's; the most likely
 *     first, empty where none is known to help
 */
public record Finding(Kind kind, String text, List<String> remedies) {
  public enum Kind {
    /** It is down. */
    DOWN,
    /** It is up, and nothing can pass, in one direction at least. */
    NO_TRAFFIC,
    /** It is up, and some packets are lost. */
    LOSS
  }

  public Finding {
    remedies = List.copyOf(remedies);
  }
}
