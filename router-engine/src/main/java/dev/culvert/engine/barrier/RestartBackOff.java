package dev.culvert.engine.barrier;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How long an instance pauses after a fault: what broke it once may be still there, and neither
 * neighbors nor the log are to suffer from a restart each second.
 */
final class RestartBackOff {
  static final Duration SHORTEST = Duration.ofSeconds(1);
  static final Duration LONGEST = Duration.ofSeconds(64);

  /** An instance that lived that long is taken for healthy. */
  static final Duration FORGIVEN_AFTER = Duration.ofMinutes(10);

  private Duration pause = Duration.ZERO;
  private @Nullable Instant lastFault;

  Duration pauseAfterFault(Instant now) {
    boolean isForgiven = lastFault == null || !now.isBefore(lastFault.plus(FORGIVEN_AFTER));
    Duration doubled = pause.multipliedBy(2);
    pause = isForgiven ? SHORTEST : doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
    lastFault = now;
    return pause;
  }
}
