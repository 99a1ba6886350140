package dev.culvert.ipsec.config;

import java.time.Duration;

/**
 * {@code dead-peer-detection}: how an IKE SA is probed by empty INFORMATIONAL requests (RFC 7296
 * §2.4).
 *
 * @param interval between probes, and between the repetitions of an unanswered one
 * @param threshold unanswered probes in a row after which the peer is dead
 */
public record DeadPeerDetection(Mode mode, Duration interval, int threshold) {
  public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);
  public static final int DEFAULT_THRESHOLD = 5;

  /** When to probe; written in lower case with dashes. */
  public enum Mode {
    /** When packets went out and none came in. */
    OPTIMIZED,
    /** As optimized, and when nothing moves at all. */
    PROBE_IDLE_TUNNEL,
    /** Every interval, whatever the traffic. */
    ALWAYS_SEND
  }
}
