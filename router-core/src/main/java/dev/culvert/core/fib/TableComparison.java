package dev.culvert.core.fib;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the kernel's table again now and then, slice by slice, against what is believed: what
 * nobody told of, or what got lost on the way, shows here. Whatever changes meanwhile is left out,
 * for the notifications tell of it and a slice may be older or younger than they.
 */
final class TableComparison {
  /** From the end of one comparison to the next. */
  static final Duration INTERVAL = Duration.ofMinutes(1);

  /**
   * Between two slices of some hundred routes: a full table of a million takes half a minute, and
   * its comparison some percent of a processor.
   */
  static final Duration PAUSE = Duration.ofMillis(10);

  /** After a slice that could not be read. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** What the outcome is told to; each may change the table. */
  interface Differences {
    /** Ours is there, and was believed to be another, or not to be there. */
    void found(KernelRoute route);

    /** Ours is not there, or was left out of a table that changed while it was read. */
    void missing(FibKey key, int metric);

    /** Somebody else's is there that was not known. */
    void foreignFound(KernelRoute route);
  }

  private final KernelTable table;

  /** Of which places others' routes are of interest. */
  private final Predicate<FibKey> relevant;

  private final Set<FibKey> touched = new HashSet<>();
  private final Map<FibKey, Integer> foreignFound = new HashMap<>();

  /** Ours at another metric than the one believed. */
  private final List<KernelRoute> elsewhere = new ArrayList<>();

  private int round;
  private int confirmed;
  private boolean running;
  private boolean asked;
  private boolean unfit;
  private @Nullable Instant due;

  TableComparison(KernelTable table, Predicate<FibKey> relevant) {
    this.table = table;
    this.relevant = relevant;
  }

  /** The first, or another one soon: one that is under way is begun again. */
  void start(Instant at) {
    due = at;
    unfit = running;
  }

  /** When {@link #nextRead} has something to ask for. */
  @Nullable Instant due() {
    return asked ? null : due;
  }

  /** What is to be read, once it is time; to be answered by {@link #take} or {@link #failed}. */
  @Nullable FibRead nextRead(Instant now) {
    if (asked || due == null || now.isBefore(due)) {
      return null;
    }
    asked = true;
    if (running && !unfit) {
      return FibRead.NEXT;
    }
    running = true;
    unfit = false;
    round++;
    confirmed = 0;
    touched.clear();
    foreignFound.clear();
    elsewhere.clear();
    return FibRead.FIRST;
  }

  /** Something has changed, or is under way: no slice can be held against it any more. */
  void touch(FibKey key) {
    if (running) {
      touched.add(key);
    }
  }

  /**
   * Compares a slice.
   *
   * @return true if that ends the comparison
   */
  boolean take(FibSlice slice, Instant now, Differences differences) {
    asked = false;
    if (unfit) {
      return false;
    }
    for (KernelRoute route : slice.routes()) {
      if (!touched.contains(route.key())) {
        compare(route, differences);
      }
    }
    due = now.plus(slice.last() ? INTERVAL : PAUSE);
    if (slice.last()) {
      finish(slice.consistent(), differences);
    }
    return slice.last();
  }

  private void compare(KernelRoute route, Differences differences) {
    FibKey key = route.key();
    if (!route.isOurs()) {
      if (route.concernsOurs() && relevant.test(key)) {
        foreignFound.merge(key, 1 << route.metric(), (one, other) -> one | other);
        if (!table.isKnownForeign(key, route.metric())) {
          differences.foreignFound(route);
        }
      }
      return;
    }
    KernelTable.Held held = table.held(key);
    if (held != null && held.metric != route.metric()) {
      elsewhere.add(route);
      return;
    }
    boolean asBelieved =
        held != null && !held.doubtful && (held.found == round || held.entry.equals(route.entry()));
    if (!asBelieved) {
      differences.found(route);
      held = table.held(key);
    }
    if (held != null && held.metric == route.metric() && held.found != round) {
      held.found = round;
      confirmed++;
    }
  }

  private void finish(boolean consistent, Differences differences) {
    running = false;
    if (confirmed < table.size()) {
      table.forEach((key, held) -> {
        if (held.found != round && !touched.contains(key)) {
          differences.missing(key, held.metric);
        }
      });
    }
    // Whether such a route was added or ours was moved, the whole table alone tells.
    for (KernelRoute route : elsewhere) {
      if (!touched.contains(route.key())) {
        differences.found(route);
      }
    }
    for (FibKey key : table.foreignKeys()) {
      if (consistent && !touched.contains(key)) {
        table.setForeign(key, foreignFound.getOrDefault(key, 0));
      }
    }
    touched.clear();
    foreignFound.clear();
    elsewhere.clear();
  }

  /** The slice could not be read: all over again, later. */
  void failed(Instant now) {
    asked = false;
    unfit = running;
    due = now.plus(RETRY);
  }
}
