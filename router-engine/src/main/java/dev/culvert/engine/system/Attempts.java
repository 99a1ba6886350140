package dev.culvert.engine.system;

import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.TimerTable;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * When changes may be tried again: those that failed, and those that somebody undoes as often as
 * they are made, after a pause that doubles.
 */
final class Attempts {
  static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  static final Duration LAST_RETRY = Duration.ofSeconds(64);

  /** A change made again within this time counts as undone by somebody. */
  static final Duration CONTEST = Duration.ofSeconds(10);

  /** So often in a row it is made again at once. */
  static final int AT_ONCE = 3;

  /** Why it failed last. */
  record Failure(int errno, String reason) {}

  private record Failing(Failure failure, int count, Duration nextRetry) {}

  private record Made(Instant at, int count, Duration nextPause) {}

  private final TimerTable<SystemOperation.Change> timers = new TimerTable<>();
  private final SequencedMap<SystemOperation.Change, Failing> failing = new LinkedHashMap<>();
  private final Map<SystemOperation.Change, Made> made = new LinkedHashMap<>();

  /**
   * True if the change is to be made now; otherwise it waits, if it did not before, until {@link
   * #pollDue} names it.
   */
  boolean begin(SystemOperation.Change change, Instant now) {
    if (timers.isRunning(change)) {
      return false;
    }
    Made before = made.get(change);
    if (before == null || !now.isBefore(before.at().plus(CONTEST).plus(before.nextPause()))) {
      made.put(change, new Made(now, 1, Duration.ZERO));
      return true;
    }
    boolean hasWaited =
        !before.nextPause().isZero() && !now.isBefore(before.at().plus(before.nextPause()));
    if (before.count() < AT_ONCE || hasWaited) {
      made.put(change, new Made(now, before.count() + 1, before.nextPause()));
      return true;
    }
    Duration pause = doubled(before.nextPause());
    made.put(change, new Made(now, before.count(), pause));
    timers.start(change, now.plus(pause));
    return false;
  }

  /** As {@link #begin}, for what nobody but this router has a hand in. */
  boolean mayBegin(SystemOperation.Change change) {
    return !timers.isRunning(change);
  }

  static Duration doubled(Duration pause) {
    if (pause.isZero()) {
      return FIRST_RETRY;
    }
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
  }

  /** Notes a failure; the change waits from here on. */
  void failed(SystemOperation.Change change, Failure failure, Instant now) {
    Failing before = failing.get(change);
    Duration wait = before == null ? FIRST_RETRY : before.nextRetry();
    int count =
        before == null || before.failure().errno() != failure.errno() ? 1 : before.count() + 1;
    failing.put(change, new Failing(failure, count, doubled(wait)));
    made.remove(change);
    timers.start(change, now.plus(wait));
  }

  /** How often in a row it has failed for its last reason. */
  int failures(SystemOperation.Change change) {
    Failing each = failing.get(change);
    return each == null ? 0 : each.count();
  }

  /** It was made, or is not wanted any more. True if it had failed. */
  boolean forgetFailure(SystemOperation.Change change) {
    return failing.remove(change) != null;
  }

  /** It is not wanted any more. */
  void drop(SystemOperation.Change change) {
    timers.stop(change);
    failing.remove(change);
  }

  /** Why it failed is no more: it need not wait. */
  void wake(SystemOperation.Change change) {
    timers.stop(change);
  }

  /** A fresh wish: what waits is tried at once. */
  void restart() {
    failing.keySet().forEach(timers::stop);
    made.keySet().forEach(timers::stop);
    made.clear();
  }

  /** Forgets what was made long ago. */
  void prune(Instant now) {
    made.values().removeIf(m -> !now.isBefore(m.at().plus(CONTEST).plus(LAST_RETRY)));
  }

  SystemOperation.@Nullable Change pollDue(Instant now) {
    return timers.pollDue(now);
  }

  @Nullable Deadline next() {
    return timers.next();
  }

  /** What failed last time, and why. */
  SequencedMap<SystemOperation.Change, Failure> failing() {
    SequencedMap<SystemOperation.Change, Failure> all = new LinkedHashMap<>();
    failing.forEach((change, each) -> all.put(change, each.failure()));
    return Collections.unmodifiableSequencedMap(all);
  }
}
