package dev.culvert.bgp.session;

/** Messages of one direction since the peer was configured; octets with headers. */
public record MessageCounts(
    long total,
    long updates,
    long refreshes,
    long notifications,
    long keepalives,
    long opens,
    long octets) {
  public static final MessageCounts NONE = new MessageCounts(0, 0, 0, 0, 0, 0, 0);
}
