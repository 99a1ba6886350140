package dev.culvert.ipsec.monitor;

import dev.culvert.core.net.InterfaceName;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One monitored VPN for {@code show} and the metrics.
 *
 * @param detail what is waited for, or has gone wrong, in words; empty where nothing
 * @param lostInARow requests without a reply since the last reply
 * @param failures times its path was declared down
 * @param roundTrip of the last reply; null before there was one
 */
public record VpnMonitorStatus(
    String vpn,
    InterfaceName tunnel,
    State state,
    Instant since,
    String detail,
    long sent,
    long received,
    long lost,
    int lostInARow,
    long failures,
    @Nullable Duration roundTrip) {
  public enum State {
    /** There is no SA pair, and nothing is held against the path. */
    IDLE,
    /** There is an SA pair, and nobody has answered yet who must before routes use it. */
    VERIFYING,
    UP,
    /** The threshold was reached; it stays so until there are replies again. */
    DOWN
  }

  /** Routes do not use the tunnel, whatever its SA pairs. */
  public boolean isHeld() {
    return state == State.VERIFYING || state == State.DOWN;
  }
}
