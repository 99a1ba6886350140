package dev.culvert.tun.conntrack;

/**
 * What has passed in one direction.
 *
 * @param bytes IP headers included
 */
public record SessionCount(long packets, long bytes) {
  public static final SessionCount ZERO = new SessionCount(0, 0);
}
