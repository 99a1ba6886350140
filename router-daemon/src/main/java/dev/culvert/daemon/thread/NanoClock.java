package dev.culvert.daemon.thread;

import java.time.Instant;
import java.time.InstantSource;

/** A clock that can also be read without garbage, as nanoseconds since 1970. */
public interface NanoClock extends InstantSource {
  long PER_SECOND = 1_000_000_000;

  long nanos();

  /** The instant of that many nanoseconds since 1970. */
  static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, PER_SECOND), Math.floorMod(nanos, PER_SECOND));
  }

  /** The clock itself where it can, or one that reads it. */
  static NanoClock of(InstantSource clock) {
    return clock instanceof NanoClock nano ? nano : new Adapted(clock);
  }

  /** Reads any clock. */
  record Adapted(InstantSource clock) implements NanoClock {
    @Override
    public Instant instant() {
      return clock.instant();
    }

    @Override
    public long nanos() {
      Instant now = clock.instant();
      return Math.addExact(Math.multiplyExact(now.getEpochSecond(), PER_SECOND), now.getNano());
    }
  }
}
