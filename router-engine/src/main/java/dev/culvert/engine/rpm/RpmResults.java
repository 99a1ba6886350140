package dev.culvert.engine.rpm;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One test for {@code show services rpm probe-results}.
 *
 * @param last of the last request that was settled; null before the first
 * @param current of the run that is under way
 * @param previous of the run that ended last; null before the first
 * @param all since the test was configured
 */
public record RpmResults(
    RpmTest test,
    State state,
    @Nullable Single last,
    Sample current,
    @Nullable Sample previous,
    Sample all,
    long runs,
    long failedRuns) {
  /** What the runs so far say. */
  public enum State {
    /** No run has ended or failed yet. */
    RUNNING,
    PASS,
    FAIL
  }

  /**
   * One request.
   *
   * @param roundTrip null: no reply
   */
  public record Single(Instant sent, @Nullable Duration roundTrip) {}

  /**
   * Several.
   *
   * @param squaresMicros sum of the squared round trips in microseconds
   */
  public record Sample(
      int sent, int received, Duration least, Duration most, Duration sum, double squaresMicros) {
    static final Sample NONE = new Sample(0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);

    Sample with(@Nullable Duration roundTrip) {
      if (roundTrip == null) {
        return new Sample(sent + 1, received, least, most, sum, squaresMicros);
      }
      double micros = roundTrip.toNanos() / 1e3;
      return new Sample(
          sent + 1,
          received + 1,
          received == 0 || roundTrip.compareTo(least) < 0 ? roundTrip : least,
          roundTrip.compareTo(most) > 0 ? roundTrip : most,
          sum.plus(roundTrip),
          squaresMicros + micros * micros);
    }

    public int lost() {
      return sent - received;
    }

    public double lossPercent() {
      return sent == 0 ? 0 : 100.0 * lost() / sent;
    }

    public long averageMicros() {
      return received == 0 ? 0 : sum.toNanos() / 1000 / received;
    }

    public long deviationMicros() {
      if (received == 0) {
        return 0;
      }
      double mean = sum.toNanos() / 1e3 / received;
      return Math.round(Math.sqrt(Math.max(0, squaresMicros / received - mean * mean)));
    }
  }
}
