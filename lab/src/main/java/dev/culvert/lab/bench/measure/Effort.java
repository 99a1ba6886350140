package dev.culvert.lab.bench.measure;

import java.time.Duration;

/**
 * How long to measure.
 *
 * @param tcp one TCP transfer
 * @param udpTrial one rate of a UDP search
 * @param pings in one series of round trips
 * @param rekeys in one run of rekeys
 * @param warmUp the transfer before a contender's first measurement
 * @param tries how often to measure what other programs disturb
 */
public record Effort(
    Duration tcp, Duration udpTrial, int pings, int rekeys, Duration warmUp, int tries) {
  public static final Effort FULL =
      new Effort(Duration.ofSeconds(6), Duration.ofSeconds(1), 2000, 20, Duration.ofSeconds(4), 3);

  public static final Effort QUICK =
      new Effort(Duration.ofSeconds(3), Duration.ofMillis(500), 500, 5, Duration.ofSeconds(3), 1);

  public Effort withTcp(Duration duration) {
    return new Effort(duration, udpTrial, pings, rekeys, warmUp, tries);
  }
}
