package dev.culvert.lab.demo;

import java.util.Locale;

/**
 * What became of a run of probes.
 *
 * @param gapNanos the longest time between one answer and the next
 * @param roundTripNanos the mean time from a probe to its answer
 */
public record ProbeReport(int sent, int answered, long gapNanos, long roundTripNanos) {
  public int lost() {
    return sent - answered;
  }

  public long gapMillis() {
    return Math.round(gapNanos / 1e6);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d pings sent, %d answered, %d lost; longest silence %d ms, mean round trip %.1f ms",
        sent,
        answered,
        lost(),
        gapMillis(),
        roundTripNanos / 1e6);
  }
}
