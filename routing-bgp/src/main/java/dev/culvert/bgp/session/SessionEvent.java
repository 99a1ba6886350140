package dev.culvert.bgp.session;

/** The events of RFC 4271 §8.1 with their numbers there, and Junos' word for each. */
public enum SessionEvent {
  MANUAL_START(1, "Start"),
  MANUAL_STOP(2, "Stop"),
  AUTOMATIC_START(3, "Start"),
  MANUAL_START_PASSIVE(4, "Start"),
  AUTOMATIC_START_PASSIVE(5, "Start"),
  AUTOMATIC_START_DAMPED(6, "Start"),
  AUTOMATIC_START_DAMPED_PASSIVE(7, "Start"),
  AUTOMATIC_STOP(8, "Stop"),
  CONNECT_RETRY_TIMER_EXPIRES(9, "ConnectRetry"),
  HOLD_TIMER_EXPIRES(10, "HoldTime"),
  KEEPALIVE_TIMER_EXPIRES(11, "KeepAlive"),
  DELAY_OPEN_TIMER_EXPIRES(12, "DelayOpen"),
  IDLE_HOLD_TIMER_EXPIRES(13, "IdleHold"),
  TCP_CONNECTION_VALID(14, "TransportValid"),
  TCP_CR_INVALID(15, "TransportInvalid"),
  TCP_CR_ACKED(16, "Open"),
  TCP_CONNECTION_CONFIRMED(17, "Open"),
  TCP_CONNECTION_FAILS(18, "Closed"),
  BGP_OPEN(19, "RecvOpen"),
  BGP_OPEN_WITH_DELAY_OPEN_TIMER(20, "RecvOpen"),
  BGP_HEADER_ERR(21, "MessageHeaderError"),
  BGP_OPEN_MSG_ERR(22, "OpenMessageError"),
  OPEN_COLLISION_DUMP(23, "CollisionDump"),
  NOTIF_MSG_VER_ERR(24, "RecvNotify"),
  NOTIF_MSG(25, "RecvNotify"),
  KEEP_ALIVE_MSG(26, "RecvKeepAlive"),
  UPDATE_MSG(27, "RecvUpdate"),
  UPDATE_MSG_ERR(28, "UpdateMessageError");

  private final int number;
  private final String junosName;

  SessionEvent(int number, String junosName) {
    this.number = number;
    this.junosName = junosName;
  }

  public int number() {
    return number;
  }

  public String junosName() {
    return junosName;
  }
}
