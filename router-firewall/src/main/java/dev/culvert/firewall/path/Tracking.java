package dev.culvert.firewall.path;

import org.jspecify.annotations.Nullable;

/**
 * What connection tracking says of a packet.
 *
 * @param session the one it belongs to; null for the first packet of one, and where there can be
 *     none
 * @param reply whether it goes the way of the session's answers
 */
public record Tracking(State state, @Nullable Session session, boolean reply) {
  public enum State {
    /** Begins a session, or repeats its beginning before any answer. */
    NEW,
    ESTABLISHED,
    /** An error about a session. */
    RELATED,
    /** Belongs to no session and cannot begin one. */
    INVALID,
    /** Neighbor discovery and group membership of IPv6, which are no sessions. */
    UNTRACKED
  }

  static Tracking of(State state) {
    return new Tracking(state, null, false);
  }
}
