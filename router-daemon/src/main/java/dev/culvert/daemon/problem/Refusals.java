package dev.culvert.daemon.problem;

import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What one part of the router wants and the machine refuses: told when it changes, tried again less
 * and less often, shown for as long as it lasts. Safe to share.
 */
public final class Refusals {
  static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final int MOST_DOUBLINGS = 6;

  /**
   * What follows from a refusal.
   *
   * @param isNews it is the first of its subject, or for another reason than the last
   * @param pause until it is tried again
   */
  public record Refusal(boolean isNews, Duration pause) {}

  /**
   * @param inARow how many there have been without a success
   */
  private record State(String reason, int inARow) {}

  private final String part;
  private final String what;
  private final Map<Object, State> states = new ConcurrentHashMap<>();
  private final LongAdder errors = new LongAdder();

  Refusals(String part, String what) {
    this.part = part;
    this.what = what;
  }

  String part() {
    return part;
  }

  /** The subject's {@code toString} tells the operator which of them it is. */
  public Refusal refused(Object subject, @Nullable String reason) {
    errors.increment();
    String text = String.valueOf(reason);
    State before = states.get(subject);
    int earlier = before == null ? 0 : before.inARow();
    states.put(subject, new State(text, earlier + 1));
    return new Refusal(
        before == null || !before.reason().equals(text),
        FIRST_PAUSE.multipliedBy(1L << Math.min(earlier, MOST_DOUBLINGS)));
  }

  /** It is to be had, or nobody wants it any more; false if it had not been refused. */
  public boolean mended(Object subject) {
    return states.remove(subject) != null;
  }

  SortedMap<String, String> current() {
    SortedMap<String, String> current = new TreeMap<>();
    states.forEach((subject, state) -> current.put(what + " " + subject, state.reason()));
    return current;
  }

  long errors() {
    return errors.sum();
  }
}
