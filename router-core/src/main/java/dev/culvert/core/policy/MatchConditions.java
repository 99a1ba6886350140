package dev.culvert.core.policy;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Origin;
import dev.culvert.core.rib.RouteDetail.OspfPathType;
import dev.culvert.core.rib.RouteProtocol;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code from} and {@code to} of one term: all given conditions must hold, of the values of one
 * condition any. An empty collection or null is a condition that is not given.
 *
 * @param filters null if the term has no prefix condition
 * @param externalType 1 or 2; 0 for any OSPF external; null if not given
 */
record MatchConditions(
    @Nullable AddressFamily family,
    Set<RouteProtocol> protocols,
    @Nullable RouteFilterList filters,
    List<IpAddress> neighbors,
    List<IpAddress> toNeighbors,
    List<InterfaceName> interfaces,
    List<IpAddress> nextHops,
    List<AsPathPattern> asPaths,
    List<CommunityList> communities,
    @Nullable Long metric,
    @Nullable Long tag,
    @Nullable Long preference,
    @Nullable Long localPreference,
    @Nullable Origin origin,
    @Nullable Integer externalType) {

  static final MatchConditions ANY =
      new MatchConditions(
          null, Set.of(), null, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
          null, null, null, null, null, null);

  MatchConditions withToNeighbors(List<IpAddress> neighbors) {
    return new MatchConditions(
        family,
        protocols,
        filters,
        this.neighbors,
        neighbors,
        interfaces,
        nextHops,
        asPaths,
        communities,
        metric,
        tag,
        preference,
        localPreference,
        origin,
        externalType);
  }

  /** Everything but the prefix, which the term asks last as its filter may have an action. */
  boolean matchBesidesPrefix(RouteView route) {
    return (family == null || family == route.family())
        && (protocols.isEmpty() || protocols.contains(route.protocol()))
        && (neighbors.isEmpty() || contains(neighbors, route.fromNeighbor()))
        && (toNeighbors.isEmpty() || contains(toNeighbors, route.toNeighbor()))
        && (interfaces.isEmpty() || route.leadsOutOf(interfaces))
        && (nextHops.isEmpty() || nextHops.stream().anyMatch(route::hasNextHop))
        && (asPaths.isEmpty() || asPathMatches(route.asPath()))
        && (communities.isEmpty() || communitiesMatch(route.communities()))
        && (metric == null || metric == route.metric())
        && (tag == null || tag == route.tag())
        && (preference == null || preference == route.preference())
        && (localPreference == null || localPreference.equals(route.localPreference()))
        && (origin == null || origin == route.origin())
        && (externalType == null || externalMatches(externalType, route.ospfPathType()));
  }

  private static boolean contains(List<IpAddress> addresses, @Nullable IpAddress address) {
    return address != null && addresses.contains(address);
  }

  private boolean asPathMatches(@Nullable List<Long> path) {
    return path != null && asPaths.stream().anyMatch(p -> p.matches(path));
  }

  private boolean communitiesMatch(Communities have) {
    return communities.stream().anyMatch(c -> c.matches(have));
  }

  private static boolean externalMatches(int type, @Nullable OspfPathType pathType) {
    if (pathType == null) {
      return false;
    }
    return switch (pathType) {
      case INTRA_AREA, INTER_AREA -> false;
      case TYPE_1_EXTERNAL -> type != 2;
      case TYPE_2_EXTERNAL -> type != 1;
    };
  }
}
