package dev.culvert.core.policy;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Origin;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route on its way through a policy chain: later terms see what earlier ones changed. Lives for
 * one evaluation.
 */
final class RouteView {
  private final Route route;
  private final List<NextHop> resolved;
  private final RoutePolicyContext context;
  private @Nullable Long localPreference;
  private @Nullable Long metric;
  private @Nullable Long preference;
  private @Nullable Long tag;
  private PolicyAction.@Nullable NextHopChange nextHop;
  private List<Long> asPathPrepend = List.of();
  private @Nullable Communities communities;
  private @Nullable Integer externalType;
  private @Nullable Origin origin;
  private boolean modified;

  /**
   * @param resolved the route's next hops down to interfaces, as far as they are known
   */
  RouteView(Route route, List<NextHop> resolved, RoutePolicyContext context) {
    this.route = route;
    this.resolved = resolved;
    this.context = context;
  }

  void apply(PolicyAction action) {
    modified = true;
    switch (action) {
      case PolicyAction.LocalPreference(long value) -> localPreference = value;
      case PolicyAction.Metric(long value) -> metric = value;
      case PolicyAction.Preference(long value) -> preference = value;
      case PolicyAction.Tag(long value) -> tag = value;
      case PolicyAction.NextHopChange change -> nextHop = change;
      case PolicyAction.AsPathPrepend(List<Long> asNumbers) -> {
        List<Long> path = new ArrayList<>(asNumbers);
        path.addAll(asPathPrepend);
        asPathPrepend = path;
      }
      case PolicyAction.CommunityAdd(CommunityList list) ->
          communities = list.addedTo(communities());
      case PolicyAction.CommunitySet(CommunityList list) ->
          communities = list.addedTo(Communities.NONE);
      case PolicyAction.CommunityDelete(CommunityList list) ->
          communities = list.deletedFrom(communities());
      case PolicyAction.ExternalType(int type) -> externalType = type;
      case PolicyAction.SetOrigin(Origin value) -> origin = value;
    }
  }

  RouteModifications modifications() {
    return modified
        ? new RouteModifications(
            localPreference,
            metric,
            preference,
            tag,
            nextHop,
            asPathPrepend,
            communities,
            externalType,
            origin)
        : RouteModifications.NONE;
  }

  IpPrefix prefix() {
    return route.prefix();
  }

  AddressFamily family() {
    return route.prefix().family();
  }

  RouteProtocol protocol() {
    return route.protocol();
  }

  long metric() {
    return metric != null ? metric : route.metric();
  }

  long preference() {
    return preference != null ? preference : route.preference();
  }

  long tag() {
    return tag != null ? tag : route.detail().routeTag();
  }

  /** Null for a route that has none, as those of other protocols than BGP. */
  @Nullable Long localPreference() {
    RouteDetail.Bgp bgp = bgp();
    if (localPreference == null && bgp != null) {
      return bgp.localPreference();
    }
    return localPreference;
  }

  @Nullable Origin origin() {
    RouteDetail.Bgp bgp = bgp();
    if (origin == null && bgp != null) {
      return bgp.origin();
    }
    return origin;
  }

  Communities communities() {
    if (communities != null) {
      return communities;
    }
    RouteDetail.Bgp bgp = bgp();
    return bgp == null ? Communities.NONE : bgp.communities();
  }

  /** Null where there is no AS path at all; a path may also be empty. */
  @Nullable List<Long> asPath() {
    RouteDetail.Bgp bgp = bgp();
    if (bgp == null) {
      return null;
    }
    List<Long> path = new ArrayList<>(asPathPrepend);
    path.addAll(bgp.asPath().asNumbers());
    return path;
  }

  RouteDetail.@Nullable OspfPathType ospfPathType() {
    return route.detail() instanceof RouteDetail.Ospf ospf ? ospf.pathType() : null;
  }

  /** An imported route leads to its neighbor, every other out of its own next hops. */
  boolean leadsOutOf(List<InterfaceName> interfaces) {
    InterfaceName in = context.in();
    return (in != null && interfaces.contains(in))
        || resolved.stream().anyMatch(hop -> leadsOutOf(hop, interfaces));
  }

  private static boolean leadsOutOf(NextHop hop, List<InterfaceName> interfaces) {
    return switch (hop) {
      case NextHop.Via via -> interfaces.contains(via.out());
      case NextHop.Local local -> interfaces.contains(local.owner());
      case NextHop.Recursive recursive -> false;
      case NextHop.Discard discard -> false;
      case NextHop.Reject reject -> false;
    };
  }

  /** The neighbor the route came from: known from the route itself even when it is exported. */
  @Nullable IpAddress fromNeighbor() {
    RouteDetail.Bgp bgp = bgp();
    return bgp == null ? context.from() : bgp.peer();
  }

  @Nullable IpAddress toNeighbor() {
    return context.to();
  }

  /** For BGP the next hop the neighbor sent, not what it resolves to. */
  boolean hasNextHop(IpAddress address) {
    RouteDetail.Bgp bgp = bgp();
    if (bgp != null && bgp.protocolNextHop().equals(address)) {
      return true;
    }
    return route.nextHops().stream()
        .anyMatch(hop ->
            switch (hop) {
              case NextHop.Via via -> address.equals(via.gateway());
              case NextHop.Recursive recursive -> address.equals(recursive.address());
              case NextHop.Local local -> false;
              case NextHop.Discard discard -> false;
              case NextHop.Reject reject -> false;
            });
  }

  private RouteDetail.@Nullable Bgp bgp() {
    return route.detail() instanceof RouteDetail.Bgp bgp ? bgp : null;
  }
}
