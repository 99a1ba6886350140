package dev.culvert.testbed;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;

/**
 * Virtual time: everything that is going to happen, in order; what is due at the same instant
 * happens in the order it was asked for.
 */
public final class EventQueue {
  private record Scheduled(long atNanos, long sequence, Runnable event)
      implements Comparable<Scheduled> {
    @Override
    public int compareTo(Scheduled other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  /** Any instant will do, as long as it is always the same. */
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final PriorityQueue<Scheduled> scheduled = new PriorityQueue<>();
  private long nowNanos;
  private Instant now = START;
  private long nextSequence;
  private long events;

  public Instant now() {
    return now;
  }

  /** Since {@link #START}. */
  public long nowNanos() {
    return nowNanos;
  }

  /** Events that have happened. */
  public long events() {
    return events;
  }

  public void after(Duration delay, Runnable event) {
    afterNanos(delay.toNanos(), event);
  }

  public void afterNanos(long delayNanos, Runnable event) {
    scheduled.add(new Scheduled(nowNanos + Math.max(0, delayNanos), nextSequence++, event));
  }

  /** At once if the instant has passed. */
  public void at(Instant instant, Runnable event) {
    afterNanos(Duration.between(now, instant).toNanos(), event);
  }

  /** Lets the time pass. */
  public void run(Duration duration) {
    long end = nowNanos + duration.toNanos();
    while (!scheduled.isEmpty() && scheduled.element().atNanos() <= end) {
      step();
    }
    moveTo(end);
  }

  /** Lets the next event happen; false if there is none. */
  public boolean step() {
    Scheduled next = scheduled.poll();
    if (next == null) {
      return false;
    }
    moveTo(next.atNanos());
    events++;
    next.event().run();
    return true;
  }

  private void moveTo(long nanos) {
    if (nanos != nowNanos) {
      nowNanos = nanos;
      now = START.plusNanos(nanos);
    }
  }
}
