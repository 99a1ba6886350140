package dev.culvert.bgp.session;

/** What a transition of the state machine does on its way (RFC 4271 §8.2.2). */
public enum SessionEffect {
  ZERO_CONNECT_RETRY_COUNTER,
  INCREMENT_CONNECT_RETRY_COUNTER,
  /** Also "restarts": the timer begins anew with its initial value. */
  START_CONNECT_RETRY_TIMER,
  STOP_CONNECT_RETRY_TIMER,
  START_DELAY_OPEN_TIMER,
  STOP_DELAY_OPEN_TIMER,
  INITIATE_CONNECTION,
  SEND_OPEN,
  SEND_KEEPALIVE,
  /** The NOTIFICATION that goes with the event. */
  SEND_NOTIFICATION,
  /** Four minutes, until the peer's OPEN sets the real one. */
  START_LARGE_HOLD_TIMER,
  /** With the negotiated Hold Time; zero starts none. */
  START_HOLD_TIMER,
  /** With a third of the Hold Time; zero starts none. */
  START_KEEPALIVE_TIMER,
  DROP_CONNECTION,
  /** Deletes all routes of this connection and releases all BGP resources. */
  DELETE_ROUTES,
  DAMP_PEER_OSCILLATIONS,
  PROCESS_UPDATE
}
