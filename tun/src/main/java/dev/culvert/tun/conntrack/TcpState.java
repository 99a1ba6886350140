package dev.culvert.tun.conntrack;

import org.jspecify.annotations.Nullable;

/** How far a TCP session has got, {@code enum tcp_conntrack}, in the order of its numbers. */
public enum TcpState {
  NONE,
  SYN_SENT,
  SYN_RECEIVED,
  ESTABLISHED,
  FIN_WAIT,
  CLOSE_WAIT,
  LAST_ACK,
  TIME_WAIT,
  CLOSE,
  /** Both sides have sent a SYN. */
  SYN_SENT_2;

  private static final TcpState[] BY_NUMBER = values();

  /** Null for a number of a later kernel. */
  static @Nullable TcpState of(int number) {
    return number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }
}
