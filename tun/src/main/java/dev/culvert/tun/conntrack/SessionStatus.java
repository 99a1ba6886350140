package dev.culvert.tun.conntrack;

/**
 * What the kernel has noted about a session, {@code enum ip_conntrack_status}.
 *
 * @param bits IPS_*
 */
public record SessionStatus(int bits) {
  private static final int EXPECTED = 1;
  private static final int SEEN_REPLY = 1 << 1;
  private static final int ASSURED = 1 << 2;
  private static final int SRC_NAT = 1 << 4;
  private static final int DST_NAT = 1 << 5;

  /** A helper foretold it from what it read in another session, such as FTP's data connection. */
  public boolean isExpected() {
    return (bits & EXPECTED) != 0;
  }

  /** Packets have passed both ways. */
  public boolean hasSeenReply() {
    return (bits & SEEN_REPLY) != 0;
  }

  /** It is not dropped early when the table is full. */
  public boolean isAssured() {
    return (bits & ASSURED) != 0;
  }

  public boolean isSourceTranslated() {
    return (bits & SRC_NAT) != 0;
  }

  public boolean isDestinationTranslated() {
    return (bits & DST_NAT) != 0;
  }
}
