package dev.culvert.bgp.policy;

import dev.culvert.bgp.attribute.AsPath;
import dev.culvert.bgp.attribute.Communities;
import dev.culvert.bgp.attribute.Origin;
import dev.culvert.core.net.Ipv4Address;
import java.util.List;

/** One {@code then} of a policy, as far as it changes a BGP route. */
public sealed interface RouteChange {
  /** {@code then local-preference}. */
  record SetLocalPreference(long value) implements RouteChange {}

  /** {@code then metric}: MULTI_EXIT_DISC. */
  record SetMetric(long value) implements RouteChange {}

  /** {@code then preference}: the route preference; import only. */
  record SetPreference(long value) implements RouteChange {}

  /** {@code then origin}. */
  record SetOrigin(Origin origin) implements RouteChange {}

  /** {@code then next-hop self}; export only. */
  record NextHopSelf() implements RouteChange {}

  /** {@code then next-hop ADDRESS}. */
  record SetNextHop(Ipv4Address address) implements RouteChange {}

  /** {@code then as-path-prepend}: put in front of the path, in this order. */
  record PrependAsPath(List<Long> asNumbers) implements RouteChange {
    public PrependAsPath {
      asNumbers = List.copyOf(asNumbers);
      if (asNumbers.size() > AsPath.MAX_PREPENDS) {
        throw new IllegalArgumentException(asNumbers.size() + " AS numbers to prepend");
      }
    }
  }

  /** {@code then community add}. */
  record AddCommunities(Communities communities) implements RouteChange {}

  /** {@code then community set}. */
  record SetCommunities(Communities communities) implements RouteChange {}

  /** {@code then community delete}. */
  record DeleteCommunities(Communities communities) implements RouteChange {}
}
