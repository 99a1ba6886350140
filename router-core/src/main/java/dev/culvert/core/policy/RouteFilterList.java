package dev.culvert.core.policy;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpPrefix;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The prefix conditions of one term. As in Junos the filter with the longest prefix that covers the
 * route decides alone: where its match type fails, shorter ones are not asked.
 */
final class RouteFilterList {
  private final Map<IpPrefix, RouteFilter> filters = new LinkedHashMap<>();
  private final NavigableSet<Integer> lengthsOfIpv4 = new TreeSet<>();
  private final NavigableSet<Integer> lengthsOfIpv6 = new TreeSet<>();

  RouteFilterList(List<RouteFilter> filters) {
    for (RouteFilter filter : filters) {
      this.filters.merge(filter.prefix(), filter, RouteFilterList::union);
      lengths(filter.prefix().family()).add(filter.prefix().length());
    }
  }

  /**
   * Of two lists that hold the same prefix a route may match either: the wider range covers both.
   */
  private static RouteFilter union(RouteFilter one, RouteFilter other) {
    return new RouteFilter(
        one.prefix(),
        Math.min(one.leastLength(), other.leastLength()),
        Math.max(one.mostLength(), other.mostLength()),
        one.action());
  }

  /** The filter that the route matches, or null. */
  @Nullable RouteFilter match(IpPrefix route) {
    for (int length : lengths(route.family()).headSet(route.length(), true).descendingSet()) {
      RouteFilter longest = filters.get(IpPrefix.of(route.network(), length));
      if (longest != null) {
        return longest.matchesLength(route) ? longest : null;
      }
    }
    return null;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RouteFilterList list && filters.equals(list.filters);
  }

  @Override
  public int hashCode() {
    return filters.hashCode();
  }

  private NavigableSet<Integer> lengths(AddressFamily family) {
    return family == AddressFamily.INET ? lengthsOfIpv4 : lengthsOfIpv6;
  }
}
