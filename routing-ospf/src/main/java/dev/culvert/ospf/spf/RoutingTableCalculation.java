package dev.culvert.ospf.spf;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RouteDetail.OspfPathType;
import dev.culvert.ospf.packet.ExternalLsa;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import dev.culvert.ospf.packet.NetworkLsa;
import dev.culvert.ospf.packet.RouterLsa;
import dev.culvert.ospf.packet.RouterLsa.Link;
import dev.culvert.ospf.packet.RouterLsa.LinkType;
import dev.culvert.ospf.packet.SummaryLsa;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The routing table of RFC 2328 §16, computed whole: intra-area routes by the shortest path tree,
 * inter-area routes from summary-LSAs, then AS externals. A pure function of its inputs.
 */
public final class RoutingTableCalculation {
  /** A router or network reachable by no path keeps out of the result. */
  public record Result(
      SortedMap<Ipv4Prefix, Path> prefixes,
      SortedMap<RouterId, Path> areaBorderRouters,
      SortedMap<RouterId, Path> asBoundaryRouters) {}

  private final RouterId self;
  private final TreeMap<RouterId, RouterLsa> routers = new TreeMap<>();
  private final TreeMap<Ipv4Address, NetworkLsa> networks = new TreeMap<>();
  private final TreeMap<Ipv4Address, RouterId> networkOriginators = new TreeMap<>();
  private final TreeMap<LsaKey, SummaryLsa> summaries = new TreeMap<>();
  private final TreeMap<LsaKey, ExternalLsa> externals = new TreeMap<>();
  private final TreeMap<Ipv4Prefix, InterfaceName> connected = new TreeMap<>();
  private final TreeMap<Ipv4Prefix, Path> prefixes = new TreeMap<>();
  private final TreeMap<RouterId, Path> borderRouters = new TreeMap<>();
  private final TreeMap<RouterId, Path> boundaryRouters = new TreeMap<>();

  private RoutingTableCalculation(RouterId self) {
    this.self = self;
  }

  /**
   * @param database every LSA below MaxAge
   */
  public static Result compute(
      RouterId self, SortedMap<LsaKey, LsaBody> database, List<RootLink> links) {
    RoutingTableCalculation calculation = new RoutingTableCalculation(self);
    calculation.sort(database);
    calculation.intraArea(links);
    calculation.interArea();
    calculation.externals();
    return new Result(calculation.prefixes, calculation.borderRouters, calculation.boundaryRouters);
  }

  private void sort(SortedMap<LsaKey, LsaBody> database) {
    for (Map.Entry<LsaKey, LsaBody> entry : database.entrySet()) {
      LsaKey key = entry.getKey();
      switch (entry.getValue()) {
        case RouterLsa router -> routers.put(key.advertisingRouter(), router);
        case NetworkLsa network -> putNetwork(key, network);
        case SummaryLsa summary -> summaries.put(key, summary);
        case ExternalLsa external -> externals.put(key, external);
      }
    }
  }

  /**
   * After a Designated Router was restarted under another id, two network-LSAs may bear one Link
   * State ID until the older ages out; the one whose originator has the address wins.
   */
  private void putNetwork(LsaKey key, NetworkLsa network) {
    RouterLsa originator = routers.get(key.advertisingRouter());
    boolean ownsAddress =
        originator != null
            && originator.links().stream()
                .anyMatch(l -> l.type() == LinkType.TRANSIT && l.data().equals(key.linkStateId()));
    if (ownsAddress || !networks.containsKey(key.linkStateId())) {
      networks.put(key.linkStateId(), network);
      networkOriginators.put(key.linkStateId(), key.advertisingRouter());
    }
  }

  private void intraArea(List<RootLink> links) {
    ShortestPathTree tree = new ShortestPathTree(self, routers, networks);
    tree.compute(links);
    for (RootLink link : links) {
      if (link instanceof RootLink.Connected(Ipv4Prefix prefix, int cost, InterfaceName out)) {
        connected.putIfAbsent(prefix, out);
        offer(prefix, new Path(OspfPathType.INTRA_AREA, cost, 0, 0, self, List.of()));
      }
    }
    networks.forEach((id, lsa) -> {
      Long cost = tree.costOf(id);
      if (cost != null) {
        RouterId originator = networkOriginators.getOrDefault(id, self);
        offer(new Ipv4Prefix(id, lsa.prefixLength()), intra(cost, originator, tree.hopsTo(id)));
      }
    });
    routers.forEach((id, lsa) -> {
      Long cost = id.equals(self) ? null : tree.costOf(id);
      if (cost != null) {
        reachedRouter(id, lsa, cost, tree.hopsTo(id));
      }
    });
  }

  private void reachedRouter(RouterId id, RouterLsa lsa, long cost, List<NextHop.Via> hops) {
    Path path = intra(cost, id, hops);
    if (lsa.isAreaBorderRouter()) {
      borderRouters.put(id, path);
    }
    if (lsa.isAsBoundaryRouter()) {
      boundaryRouters.put(id, path);
    }
    for (Link link : lsa.links()) {
      int length = Integer.bitCount(link.data().bits());
      if (link.type() == LinkType.STUB && link.data().bits() == Ipv4Prefix.mask(length)) {
        offer(new Ipv4Prefix(link.id(), length), intra(cost + link.metric(), id, hops));
      }
    }
  }

  private static Path intra(long cost, RouterId advertiser, List<NextHop.Via> hops) {
    return new Path(OspfPathType.INTRA_AREA, cost, 0, 0, advertiser, hops);
  }

  /** RFC 2328 §16.2, for the backbone. */
  private void interArea() {
    for (Map.Entry<LsaKey, SummaryLsa> entry : summaries.entrySet()) {
      LsaKey key = entry.getKey();
      SummaryLsa summary = entry.getValue();
      Path border = borderRouters.get(key.advertisingRouter());
      if (border == null || summary.metric() >= ExternalLsa.LS_INFINITY) {
        continue;
      }
      Path path =
          new Path(
              OspfPathType.INTER_AREA,
              border.cost() + summary.metric(),
              0,
              0,
              key.advertisingRouter(),
              border.nextHops());
      if (key.type() == LsaType.SUMMARY_NETWORK.wireValue()) {
        offer(new Ipv4Prefix(key.linkStateId(), summary.prefixLength()), path);
      } else {
        RouterId boundary = new RouterId(key.linkStateId().bits());
        if (!boundary.equals(self)) {
          boundaryRouters.merge(boundary, path, RoutingTableCalculation::better);
        }
      }
    }
  }

  /** RFC 2328 §16.4. Internal routes are complete here and win over any external one. */
  private void externals() {
    TreeMap<Ipv4Prefix, Path> internal = new TreeMap<>(prefixes);
    for (Map.Entry<LsaKey, ExternalLsa> entry : externals.entrySet()) {
      LsaKey key = entry.getKey();
      ExternalLsa external = entry.getValue();
      RouterId originator = key.advertisingRouter();
      Path boundary = boundaryRouters.get(originator);
      if (originator.equals(self)
          || boundary == null
          || external.metric() >= ExternalLsa.LS_INFINITY) {
        continue;
      }
      Path toward = boundary;
      if (!external.forwardingAddress().isUnspecified()) {
        Path forwarding = longestMatch(internal, external.forwardingAddress());
        if (forwarding == null) {
          continue;
        }
        toward = forwarding;
      }
      offer(
          new Ipv4Prefix(key.linkStateId(), external.prefixLength()),
          external(external, originator, toward, external.forwardingAddress()));
    }
  }

  private Path external(
      ExternalLsa lsa, RouterId originator, Path toward, Ipv4Address forwardingAddress) {
    List<NextHop.Via> hops =
        toward.isConnected() ? connectedHops(forwardingAddress) : toward.nextHops();
    return lsa.type2()
        ? new Path(
            OspfPathType.TYPE_2_EXTERNAL, toward.cost(), lsa.metric(), lsa.tag(), originator, hops)
        : new Path(
            OspfPathType.TYPE_1_EXTERNAL,
            toward.cost() + lsa.metric(),
            0,
            lsa.tag(),
            originator,
            hops);
  }

  /** The forwarding address stands on a network of ours: it is the gateway itself. */
  private List<NextHop.Via> connectedHops(Ipv4Address gateway) {
    for (int length = 32; length >= 0; length--) {
      InterfaceName out = connected.get(new Ipv4Prefix(gateway, length));
      if (out != null) {
        return List.of(new NextHop.Via(out, gateway));
      }
    }
    return List.of();
  }

  private static @Nullable Path longestMatch(
      SortedMap<Ipv4Prefix, Path> internal, Ipv4Address address) {
    for (int length = 32; length >= 0; length--) {
      Path path = internal.get(new Ipv4Prefix(address, length));
      if (path != null) {
        return path;
      }
    }
    return null;
  }

  private void offer(Ipv4Prefix prefix, Path path) {
    prefixes.merge(prefix, path, RoutingTableCalculation::better);
  }

  /** RFC 2328 §11 and §16.4 step 6; equal paths become one with the next hops of both. */
  private static Path better(Path a, Path b) {
    int order = a.type().compareTo(b.type());
    order = order != 0 ? order : Long.compare(a.type2Metric(), b.type2Metric());
    order = order != 0 ? order : Long.compare(a.cost(), b.cost());
    if (order != 0) {
      return order < 0 ? a : b;
    }
    if (a.isConnected() || b.isConnected()) {
      return a.isConnected() ? a : b;
    }
    return new Path(
        a.type(),
        a.cost(),
        a.type2Metric(),
        a.tag(),
        a.advertisingRouter(),
        ShortestPathTree.merge(a.nextHops(), b.nextHops()));
  }
}
