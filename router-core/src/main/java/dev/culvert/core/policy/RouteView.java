package dev.culvert.core.policy;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
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
  private final RoutePolicyContext context;
  private @Nullable Long localPreference;
  private @Nullable Long metric;
  private @Nullable Long preference;
  private @Nullable Long tag;
  private @Nullable PolicyAction nextHop;
  private List<Long> asPathPrepend = List.of();
  private @Nullable List<String> communities;
  private @Nullable Integer externalType;
  private @Nullable Character origin;
  private boolean modified;

  RouteView(Route route, RoutePolicyContext context) {
    this.route = route;
    this.context = context;
  }

  void apply(PolicyAction action) {
    modified = true;
    switch (action) {
      case PolicyAction.LocalPreference(long value) -> localPreference = value;
      case PolicyAction.Metric(long value) -> metric = value;
      case PolicyAction.Preference(long value) -> preference = value;
      case PolicyAction.Tag(long value) -> tag = value;
      case PolicyAction.NextHopSelf self -> nextHop = self;
      case PolicyAction.NextHopAddress address -> nextHop = address;
      case PolicyAction.AsPathPrepend(List<Long> asNumbers) -> {
        List<Long> path = new ArrayList<>(asNumbers);
        path.addAll(asPathPrepend);
        asPathPrepend = path;
      }
      case PolicyAction.CommunityAdd(CommunityList list) ->
          communities = list.addedTo(communities());
      case PolicyAction.CommunitySet(CommunityList list) -> communities = list.addedTo(List.of());
      case PolicyAction.CommunityDelete(CommunityList list) ->
          communities = list.deletedFrom(communities());
      case PolicyAction.ExternalType(int type) -> externalType = type;
      case PolicyAction.Origin(char value) -> origin = value;
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
    if (tag != null) {
      return tag;
    }
    return switch (route.detail()) {
      case RouteDetail.Static fixed -> fixed.tag();
      case RouteDetail.Ospf ospf -> ospf.tag();
      case RouteDetail.Bgp bgp -> 0;
      case RouteDetail.None none -> 0;
    };
  }

  /** Null for a route that has none, as those of other protocols than BGP. */
  @Nullable Long localPreference() {
    RouteDetail.Bgp bgp = bgp();
    if (localPreference == null && bgp != null) {
      return bgp.localPreference();
    }
    return localPreference;
  }

  @Nullable Character origin() {
    RouteDetail.Bgp bgp = bgp();
    if (origin == null && bgp != null) {
      return bgp.origin();
    }
    return origin;
  }

  List<String> communities() {
    if (communities != null) {
      return communities;
    }
    RouteDetail.Bgp bgp = bgp();
    return bgp == null ? List.of() : bgp.communities();
  }

  /** Null where there is no AS path at all; a path may also be empty. */
  @Nullable List<Long> asPath() {
    RouteDetail.Bgp bgp = bgp();
    if (bgp == null) {
      return null;
    }
    List<Long> path = new ArrayList<>(asPathPrepend);
    path.addAll(AsPathPattern.asNumbers(bgp.asPath()));
    return path;
  }

  RouteDetail.@Nullable OspfPathType ospfPathType() {
    return route.detail() instanceof RouteDetail.Ospf ospf ? ospf.pathType() : null;
  }

  List<NextHop> nextHops() {
    return route.nextHops();
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
