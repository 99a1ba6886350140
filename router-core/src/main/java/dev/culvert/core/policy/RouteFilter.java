package dev.culvert.core.policy;

import dev.culvert.core.net.IpPrefix;
import org.jspecify.annotations.Nullable;

/**
 * One {@code route-filter} or prefix of a list: which routes under {@code prefix} match, as the
 * lengths they may have. {@code exact} is the prefix's own length, {@code longer} one more to 32 or
 * 128, {@code upto /24} its own length to 24.
 *
 * @param action what is done with a match at once, in place of the term's {@code then}; null for
 *     none of its own
 */
public record RouteFilter(
    IpPrefix prefix, int leastLength, int mostLength, RoutePolicy.@Nullable Flow action) {

  public static RouteFilter exact(IpPrefix prefix) {
    return new RouteFilter(prefix, prefix.length(), prefix.length(), null);
  }

  public static RouteFilter orLonger(IpPrefix prefix) {
    return new RouteFilter(prefix, prefix.length(), prefix.family().bits(), null);
  }

  public static RouteFilter longer(IpPrefix prefix) {
    return new RouteFilter(prefix, prefix.length() + 1, prefix.family().bits(), null);
  }

  /** {@code route} is one that the prefix covers. */
  boolean matchesLength(IpPrefix route) {
    return leastLength <= route.length() && route.length() <= mostLength;
  }
}
