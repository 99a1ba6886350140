package dev.culvert.tun.conntrack;

/** What {@link ConntrackEvents} hears. */
public sealed interface SessionEvent {
  /** The first packet of a session has passed; its start is not told yet. */
  record Opened(Session session) implements SessionEvent {}

  /** Its state, mark, label or helper is another. */
  record Changed(Session session) implements SessionEvent {}

  /** It is over: timed out, closed or deleted; its counts are final. */
  record Closed(Session session) implements SessionEvent {}

  /**
   * So many were not heard, since they came faster than they were read.
   *
   * @param events at least one
   */
  record Lost(int events) implements SessionEvent {}
}
