package dev.culvert.ipsec.config;

import java.time.Duration;

/**
 * {@code advpn} of a gateway: what we do for shortcuts between those that talk through one of us.
 *
 * @param suggester we tell two of the gateway's peers of each other
 * @param partner we build tunnels of our own to those that the gateway tells us of
 * @param connectionLimit of such tunnels at a time
 * @param idleTime for how long a shortcut carries little before it goes
 * @param idleThreshold packets a second, of both directions; fewer are little
 */
public record Advpn(
    boolean suggester, boolean partner, int connectionLimit, Duration idleTime, int idleThreshold) {
  /** Whatever is configured: each costs an IKE SA. */
  public static final int MOST_CONNECTIONS = 1_000;

  public static final Duration DEFAULT_IDLE_TIME = Duration.ofMinutes(5);
  public static final int DEFAULT_IDLE_THRESHOLD = 5;
}
