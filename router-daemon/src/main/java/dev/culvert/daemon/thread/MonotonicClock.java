package dev.culvert.daemon.thread;

import java.time.Instant;

/** Instants that read like wall time but follow {@link System#nanoTime}: they never step back. */
public final class MonotonicClock implements NanoClock {
  /** Nanoseconds since 1970 at the zero of {@link System#nanoTime}. */
  private final long offset;

  public MonotonicClock() {
    Instant start = Instant.now();
    offset = start.getEpochSecond() * PER_SECOND + start.getNano() - System.nanoTime();
  }

  @Override
  public long nanos() {
    return offset + System.nanoTime();
  }

  @Override
  public Instant instant() {
    return NanoClock.instant(nanos());
  }
}
