package dev.culvert.ospf.spf;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.NextHop;
import dev.culvert.ospf.packet.NetworkLsa;
import dev.culvert.ospf.packet.RouterLsa;
import dev.culvert.ospf.packet.RouterLsa.Link;
import dev.culvert.ospf.packet.RouterLsa.LinkType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Dijkstra over router- and network-LSAs from one router (RFC 2328 §16.1, first stage). */
final class ShortestPathTree {
  /** As many as Junos keeps by default. */
  static final int MAX_EQUAL_COST_PATHS = 16;

  private static final Comparator<NextHop.Via> HOP_ORDER =
      Comparator.comparing(NextHop.Via::out)
          .thenComparing(NextHop.Via::gateway, Comparator.nullsFirst(Comparator.naturalOrder()));

  /** Next hops of a vertex; {@code attached} says which interfaces touch that very network. */
  private static final class Vertex {
    final @Nullable RouterId router;
    final Ipv4Address network;
    long cost = Long.MAX_VALUE;
    boolean settled;
    final TreeSet<NextHop.Via> hops = new TreeSet<>(HOP_ORDER);
    final TreeSet<NextHop.Via> attached = new TreeSet<>(HOP_ORDER);

    Vertex(@Nullable RouterId router, Ipv4Address network) {
      this.router = router;
      this.network = network;
    }
  }

  /** A vertex as it stood in the queue; stale ones are skipped. Networks come before routers. */
  private record Candidate(long cost, int order, Vertex vertex) {}

  private final RouterId root;
  private final SortedMap<RouterId, RouterLsa> routers;
  private final SortedMap<Ipv4Address, NetworkLsa> networks;
  private final Map<RouterId, Vertex> routerVertices = new TreeMap<>();
  private final Map<Ipv4Address, Vertex> networkVertices = new TreeMap<>();
  private final PriorityQueue<Candidate> queue =
      new PriorityQueue<>(
          Comparator.comparingLong(Candidate::cost).thenComparingInt(Candidate::order));

  ShortestPathTree(
      RouterId root,
      SortedMap<RouterId, RouterLsa> routers,
      SortedMap<Ipv4Address, NetworkLsa> networks) {
    this.root = root;
    this.routers = routers;
    this.networks = networks;
  }

  void compute(List<RootLink> links) {
    for (RootLink link : links) {
      switch (link) {
        case RootLink.ToRouter(RouterId neighbor, int cost, NextHop.Via nextHop) -> {
          RouterLsa lsa = routers.get(neighbor);
          if (lsa != null && pointsBack(lsa, root)) {
            relax(routerVertex(neighbor), cost, List.of(nextHop), List.of());
          }
        }
        case RootLink.ToNetwork(Ipv4Address dr, int cost, NextHop.Via out) -> {
          NetworkLsa lsa = networks.get(dr);
          if (lsa != null && lsa.attachedRouters().contains(root)) {
            relax(networkVertex(dr), cost, List.of(), List.of(out));
          }
        }
        case RootLink.Connected connected -> {}
      }
    }
    for (Candidate next = queue.poll(); next != null; next = queue.poll()) {
      Vertex vertex = next.vertex();
      if (!vertex.settled && next.cost() == vertex.cost) {
        vertex.settled = true;
        expand(vertex);
      }
    }
  }

  @Nullable Long costOf(RouterId router) {
    return cost(routerVertices.get(router));
  }

  @Nullable Long costOf(Ipv4Address network) {
    return cost(networkVertices.get(network));
  }

  List<NextHop.Via> hopsTo(RouterId router) {
    Vertex vertex = routerVertices.get(router);
    return vertex == null ? List.of() : limited(vertex.hops);
  }

  /** Empty if this router is attached to the network. */
  List<NextHop.Via> hopsTo(Ipv4Address network) {
    Vertex vertex = networkVertices.get(network);
    return vertex == null || !vertex.attached.isEmpty() ? List.of() : limited(vertex.hops);
  }

  static List<NextHop.Via> merge(List<NextHop.Via> some, List<NextHop.Via> others) {
    TreeSet<NextHop.Via> all = new TreeSet<>(HOP_ORDER);
    all.addAll(some);
    all.addAll(others);
    return limited(all);
  }

  private static List<NextHop.Via> limited(SortedSet<NextHop.Via> hops) {
    return hops.stream().limit(MAX_EQUAL_COST_PATHS).toList();
  }

  private static @Nullable Long cost(@Nullable Vertex vertex) {
    return vertex == null || !vertex.settled ? null : vertex.cost;
  }

  private void expand(Vertex vertex) {
    RouterId router = vertex.router;
    if (router == null) {
      expandNetwork(vertex);
      return;
    }
    RouterLsa lsa = routers.get(router);
    for (Link link : lsa == null ? Collections.<Link>emptyList() : lsa.links()) {
      switch (link.type()) {
        case POINT_TO_POINT -> {
          RouterId neighbor = new RouterId(link.id().bits());
          RouterLsa its = routers.get(neighbor);
          if (its != null && pointsBack(its, router) && !neighbor.equals(root)) {
            relax(
                routerVertex(neighbor),
                vertex.cost + link.metric(),
                vertex.hops,
                Collections.emptySet());
          }
        }
        case TRANSIT -> {
          NetworkLsa its = networks.get(link.id());
          if (its != null && its.attachedRouters().contains(router)) {
            relax(
                networkVertex(link.id()),
                vertex.cost + link.metric(),
                vertex.hops,
                Collections.emptySet());
          }
        }
        // Virtual links belong to area border routers; stubs to the second stage.
        case VIRTUAL, STUB -> {}
      }
    }
  }

  /** RFC 2328 §16.1.1: across an attached network the next hop is the router's address on it. */
  private void expandNetwork(Vertex network) {
    NetworkLsa lsa = networks.get(network.network);
    if (lsa == null) {
      return;
    }
    for (RouterId router : lsa.attachedRouters()) {
      RouterLsa its = routers.get(router);
      Ipv4Address address = its == null ? null : addressOn(its, network.network);
      if (address != null && !router.equals(root)) {
        List<NextHop.Via> hops = new ArrayList<>(network.hops);
        for (NextHop.Via out : network.attached) {
          hops.add(new NextHop.Via(out.out(), address));
        }
        relax(routerVertex(router), network.cost, hops, Collections.emptySet());
      }
    }
  }

  private void relax(
      Vertex vertex, long cost, Iterable<NextHop.Via> hops, Iterable<NextHop.Via> attached) {
    if (cost > vertex.cost || vertex.settled) {
      return;
    }
    if (cost < vertex.cost) {
      vertex.cost = cost;
      vertex.hops.clear();
      vertex.attached.clear();
      queue.add(new Candidate(cost, vertex.router == null ? 0 : 1, vertex));
    }
    hops.forEach(vertex.hops::add);
    attached.forEach(vertex.attached::add);
  }

  private static boolean pointsBack(RouterLsa lsa, RouterId to) {
    return lsa.links().stream()
        .anyMatch(l -> l.type() == LinkType.POINT_TO_POINT && l.id().bits() == to.bits());
  }

  private static @Nullable Ipv4Address addressOn(RouterLsa lsa, Ipv4Address network) {
    for (Link link : lsa.links()) {
      if (link.type() == LinkType.TRANSIT && link.id().equals(network)) {
        return link.data();
      }
    }
    return null;
  }

  private Vertex routerVertex(RouterId id) {
    return routerVertices.computeIfAbsent(id, r -> new Vertex(r, Ipv4Address.ANY));
  }

  private Vertex networkVertex(Ipv4Address id) {
    return networkVertices.computeIfAbsent(id, n -> new Vertex(null, n));
  }
}
