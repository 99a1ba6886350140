package dev.culvert.bfd;

import java.time.Instant;

/** Instants as nanoseconds since 1970 in a long, which lasts until the year 2262. */
final class Nanos {
  private static final long PER_SECOND = 1_000_000_000;

  private Nanos() {}

  static long of(Instant instant) {
    return instant.getEpochSecond() * PER_SECOND + instant.getNano();
  }

  static Instant toInstant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, PER_SECOND), Math.floorMod(nanos, PER_SECOND));
  }
}
