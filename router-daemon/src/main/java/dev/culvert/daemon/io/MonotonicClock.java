package dev.culvert.daemon.io;

import java.time.Instant;
import java.time.InstantSource;

/** Instants that read like wall time but follow {@link System#nanoTime}: they never step back. */
public final class MonotonicClock implements InstantSource {
  private final Instant start = Instant.now();
  private final long startNanos = System.nanoTime();

  @Override
  public Instant instant() {
    return start.plusNanos(System.nanoTime() - startNanos);
  }
}
