package dev.culvert.bgp.session;

import dev.culvert.core.net.IpAddress;

/** Names one timer of one connection; the idle hold timer is the peer's, kept under OUTGOING. */
public record TimerKey(IpAddress peer, Direction direction, Kind kind) {
  /** The timers of RFC 4271 §8 and §10. */
  public enum Kind {
    CONNECT_RETRY,
    HOLD,
    KEEPALIVE,
    DELAY_OPEN,
    IDLE_HOLD
  }
}
