package dev.culvert.rip.packet;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;

/**
 * A Route Table Entry as it came, whatever it holds.
 *
 * @param addressFamily {@link #FAMILY_IP}, 0 where a request asks for the whole table, or anything;
 *     RIPng has no such field
 * @param tag 0 to 65535
 * @param length of the prefix, {@link #NO_MASK} or {@link #BAD_MASK}, and in RIPng anything up to
 *     255
 * @param nextHop unspecified for the sender itself
 * @param metric 0 to 4294967295
 */
public record RouteEntry(
    int addressFamily, int tag, IpAddress address, int length, IpAddress nextHop, long metric) {
  /** AF_INET of 4.3BSD. */
  public static final int FAMILY_IP = 2;

  /** RFC 2453 §4.3: no mask is included, as in version 1. */
  public static final int NO_MASK = -1;

  /** Ones behind zeros. */
  public static final int BAD_MASK = -2;

  /** A route that leads to whoever sends it. */
  public static RouteEntry of(IpPrefix prefix, int tag, int metric) {
    IpAddress network = prefix.network();
    IpAddress self =
        switch (prefix.family()) {
          case INET -> RipFlavor.RIP.unspecified();
          case INET6 -> RipFlavor.RIPNG.unspecified();
        };
    return new RouteEntry(FAMILY_IP, tag, network, prefix.length(), self, metric);
  }

  public RouteEntry withMetric(long other) {
    return new RouteEntry(addressFamily, tag, address, length, nextHop, other);
  }
}
