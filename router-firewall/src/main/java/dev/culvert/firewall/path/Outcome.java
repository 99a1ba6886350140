package dev.culvert.firewall.path;

/** What becomes of a packet. */
public sealed interface Outcome {
  /** It leaves by an interface, translated. */
  record Forwarded(Flow flow, RouteAnswer.Out route) implements Outcome {}

  /** It reaches the router itself, translated. */
  record Delivered(Flow flow) implements Outcome {}

  /**
   * It goes no further; the last step says where.
   *
   * @param remedy the statement that would change it; empty where none would
   */
  record Denied(String reason, String remedy, Answer answer) implements Outcome {}

  /** What its sender is told. */
  enum Answer {
    NOTHING,
    TCP_RESET,
    /** ICMP "administratively prohibited". */
    PROHIBITED,
    /** ICMP "no route", of the kernel and not of a policy. */
    UNREACHABLE
  }
}
