package dev.culvert.rip;

import dev.culvert.rip.operational.RipCounter;
import java.time.Duration;
import java.time.Instant;

/** A count, and how much of it fell into the last minutes, to ten seconds. */
final class WindowCounter {
  private static final long SLOT_SECONDS = 10;
  private static final int SLOTS = (int) (Duration.ofMinutes(5).toSeconds() / SLOT_SECONDS);
  private static final int SLOTS_OF_A_MINUTE = (int) (60 / SLOT_SECONDS);

  private final long[] slots = new long[SLOTS];
  private long total;

  /** The number of the slot that was written last, of all since the epoch. */
  private long newest;

  void add(Instant now) {
    advance(now);
    slots[Math.floorMod(newest, SLOTS)]++;
    total++;
  }

  RipCounter read(String name, Instant now) {
    advance(now);
    return new RipCounter(name, total, sum(SLOTS), sum(SLOTS_OF_A_MINUTE));
  }

  private void advance(Instant now) {
    long current = Math.floorDiv(now.getEpochSecond(), SLOT_SECONDS);
    long first = Math.max(newest + 1, current - SLOTS + 1);
    for (long slot = first; slot <= current; slot++) {
      slots[Math.floorMod(slot, SLOTS)] = 0;
    }
    newest = Math.max(newest, current);
  }

  private long sum(int count) {
    long sum = 0;
    for (int back = 0; back < count; back++) {
      sum += slots[Math.floorMod(newest - back, SLOTS)];
    }
    return sum;
  }
}
