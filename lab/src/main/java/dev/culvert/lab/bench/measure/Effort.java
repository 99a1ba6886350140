package dev.culvert.lab.bench.measure;

import java.time.Duration;

/**
 * How long to measure.
 *
 * @param tcp one TCP transfer
 * @param udpTrial one rate of a UDP search
 * @param pings in one series of round trips
 * @param rekeys in one run of rekeys
 * @param starts of the router, whose median counts
 * @param warmUp each of the transfers before a contender's first measurement
 * @param tries how often to measure what other programs disturb
 */
public record Effort(
    Duration tcp,
    Duration udpTrial,
    int pings,
    int rekeys,
    int starts,
    Duration warmUp,
    int tries) {
  public static final Effort FULL =
      new Effort(
          Duration.ofSeconds(6), Duration.ofMillis(700), 2000, 20, 5, Duration.ofSeconds(4), 2);

  public static final Effort QUICK =
      new Effort(
          Duration.ofSeconds(3), Duration.ofMillis(500), 500, 5, 3, Duration.ofSeconds(2), 1);

  public Effort withTcp(Duration duration) {
    return new Effort(duration, udpTrial, pings, rekeys, starts, warmUp, tries);
  }

  public Effort withRekeys(int number) {
    return new Effort(tcp, udpTrial, pings, number, starts, warmUp, tries);
  }
}
