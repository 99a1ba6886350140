package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.ipsec.config.DeadPeerDetection;
import java.time.Duration;
import java.time.Instant;

/**
 * When a peer is asked for a sign of life, and when it is dead ({@code dead-peer-detection}, RFC
 * 7296 §2.4). Time is measured from its last sign, whatever that was: an authentic IKE message or
 * an authentic ESP packet. Pure.
 */
final class ProbeRule {
  private ProbeRule() {}

  /**
   * @param isProbeDue the peer is to be asked at once
   * @param next when to look again
   */
  record Look(boolean isProbeDue, Instant next) {}

  /**
   * @param heard the peer's last sign
   * @param sent our last packet to it through the tunnel
   */
  static Look look(DeadPeerDetection detection, Instant now, Instant heard, Instant sent) {
    Instant silentFrom = heard.plus(detection.interval());
    boolean isSilent = !now.isBefore(silentFrom);
    boolean isProbeDue =
        switch (detection.mode()) {
          case ALWAYS_SEND -> true;
          case OPTIMIZED -> isSilent && sent.isAfter(heard);
          case PROBE_IDLE_TUNNEL -> isSilent;
        };
    boolean waitsForInterval = isSilent || detection.mode() == DeadPeerDetection.Mode.ALWAYS_SEND;
    return new Look(isProbeDue, waitsForInterval ? now.plus(detection.interval()) : silentFrom);
  }

  /**
   * A probe under way has had its transmissions, and the peer has given no other sign for as long
   * as they took.
   *
   * @param sent when it was sent first
   * @param transmissions so far
   */
  static boolean isProbedInVain(
      DeadPeerDetection detection, Instant now, Instant heard, Instant sent, int transmissions) {
    Instant last = heard.isAfter(sent) ? heard : sent;
    return transmissions >= detection.threshold() && !now.isBefore(last.plus(silence(detection)));
  }

  /** Nobody who is heard of within that time is dead. */
  public static Duration silence(DeadPeerDetection detection) {
    return detection.interval().multipliedBy(detection.threshold());
  }

  /**
   * A request that is no probe says as much as one, if the peer has given no sign since: it need
   * not have all the repetitions that it would have without {@code dead-peer-detection}.
   *
   * @param sent when it was sent first
   * @param transmissions so far
   */
  static boolean isDead(
      DeadPeerDetection detection, Instant now, Instant heard, Instant sent, int transmissions) {
    return !heard.isAfter(sent)
        && transmissions >= detection.threshold()
        && !now.isBefore(sent.plus(silence(detection)));
  }
}
