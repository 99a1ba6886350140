package dev.culvert.ospf;

import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.ospf.lsdb.DatabaseCopy;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import dev.culvert.ospf.packet.ExternalLsa;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.spf.Path;
import dev.culvert.ospf.spf.RootLink;
import dev.culvert.ospf.spf.RoutingTableCalculation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** When to calculate the routing table, and what of it the RIB has to hear. */
final class Routing {
  /**
   * The first change is calculated at once, so that a lost link costs no waiting; further ones wait
   * for a hold time that doubles while changes keep coming. It stays short: a path may fail right
   * after the network has come up, and a calculation takes milliseconds.
   */
  private static final Duration FIRST_HOLD = Duration.ofMillis(50);

  private static final Duration LONGEST_HOLD = Duration.ofMillis(200);

  private final OspfInstance instance;
  private final TreeMap<Ipv4Prefix, Route> announced = new TreeMap<>();
  private boolean needed;
  private boolean waited;
  private Duration hold = FIRST_HOLD;
  private Instant lastRun = Instant.MIN;
  int areaBorderRouters;
  int asBoundaryRouters;

  Routing(OspfInstance instance) {
    this.instance = instance;
  }

  void databaseChanged() {
    needed = true;
  }

  int size() {
    return announced.size();
  }

  /** Calculates if something changed and the hold time is over, else sets the timer. */
  void settle() {
    if (!needed) {
      return;
    }
    Instant earliest = lastRun.equals(Instant.MIN) ? instance.now : lastRun.plus(hold);
    if (instance.now.isBefore(earliest)) {
      waited = true;
      instance.timers.start(new OspfTimer.Spf(), earliest);
      return;
    }
    Duration doubled = hold.multipliedBy(2);
    hold = !waited ? FIRST_HOLD : doubled.compareTo(LONGEST_HOLD) > 0 ? LONGEST_HOLD : doubled;
    waited = false;
    lastRun = instance.now;
    needed = false;
    instance.timers.stop(new OspfTimer.Spf());
    calculate();
  }

  private void calculate() {
    long before = instance.stopwatch.getAsLong();
    TreeMap<LsaKey, LsaBody> database = new TreeMap<>();
    for (Map.Entry<LsaKey, DatabaseCopy> entry : instance.database.entries()) {
      if (!entry.getValue().isMaxAge(instance.now) && !leadsToUs(entry.getValue().body())) {
        database.put(entry.getKey(), entry.getValue().body());
      }
    }
    RoutingTableCalculation.Result result =
        RoutingTableCalculation.compute(instance.routerId(), database, rootLinks());
    areaBorderRouters = result.areaBorderRouters().size();
    asBoundaryRouters = result.asBoundaryRouters().size();
    TreeMap<Ipv4Prefix, Route> routes = new TreeMap<>();
    result
        .prefixes()
        .forEach((prefix, path) -> {
          if (!path.isConnected()) {
            routes.put(prefix, route(prefix, path));
          }
        });
    announce(routes);
    instance.counters.spfRuns++;
    instance.counters.spfNanos += instance.stopwatch.getAsLong() - before;
  }

  /** By RFC 2328 §16.4 step 3 our own address would be the gateway: a way to nowhere. */
  private boolean leadsToUs(LsaBody body) {
    return body instanceof ExternalLsa external
        && !external.forwardingAddress().isUnspecified()
        && instance.interfaces().stream()
            .flatMap(i -> i.addresses().stream())
            .anyMatch(a -> a.address().equals(external.forwardingAddress()));
  }

  private List<RootLink> rootLinks() {
    List<RootLink> links = new ArrayList<>();
    for (OspfInterface on : instance.interfaces()) {
      if (on.state == OspfInterfaceState.DOWN) {
        continue;
      }
      if (on.isPointToMultipoint()) {
        // The others of the subnet are reached by host routes, each through a router of its own.
        for (Ipv4Prefix host : Advertisement.hostPrefixes(on)) {
          links.add(new RootLink.Connected(host, 0, on.name));
        }
      } else {
        for (Ipv4Prefix prefix : Advertisement.subnets(on)) {
          links.add(new RootLink.Connected(prefix, on.cost, on.name));
        }
      }
      if (on.state == OspfInterfaceState.POINT_TO_POINT) {
        for (Neighbor neighbor : on.neighbors.values()) {
          if (neighbor.isAdjacent()) {
            links.add(
                new RootLink.ToRouter(neighbor.routerId, on.cost, on.nextHop(neighbor.address)));
          }
        }
      } else if (Advertisement.isTransit(on)) {
        links.add(
            new RootLink.ToNetwork(on.designatedRouter, on.cost, new NextHop.Via(on.name, null)));
      }
    }
    return links;
  }

  private Route route(Ipv4Prefix prefix, Path path) {
    boolean internal =
        switch (path.type()) {
          case INTRA_AREA, INTER_AREA -> true;
          case TYPE_1_EXTERNAL, TYPE_2_EXTERNAL -> false;
        };
    return new Route(
        prefix,
        new RouteSource(internal ? RouteProtocol.OSPF_INTERNAL : RouteProtocol.OSPF_EXTERNAL, ""),
        internal ? instance.config.preference() : instance.config.externalPreference(),
        path.metric(),
        0,
        List.copyOf(path.nextHops()),
        new RouteDetail.Ospf(path.type(), path.tag(), path.advertisingRouter()));
  }

  /** Takes every route back. */
  void withdrawAll() {
    needed = false;
    waited = false;
    lastRun = Instant.MIN;
    hold = FIRST_HOLD;
    areaBorderRouters = 0;
    asBoundaryRouters = 0;
    instance.timers.stop(new OspfTimer.Spf());
    announce(new TreeMap<>());
  }

  /** What is new or different first, then what is gone, so that no prefix is without a route. */
  private void announce(SortedMap<Ipv4Prefix, Route> routes) {
    List<RouteUpdate> updates = new ArrayList<>();
    List<RouteUpdate> withdrawals = new ArrayList<>();
    routes.forEach((prefix, route) -> {
      if (!route.equals(announced.get(prefix))) {
        updates.add(new RouteUpdate.Announce(TableId.INET, route));
      }
    });
    announced.forEach((prefix, before) -> {
      Route after = routes.get(prefix);
      if (after == null || !after.source().equals(before.source())) {
        withdrawals.add(new RouteUpdate.Withdraw(TableId.INET, prefix, before.source()));
      }
    });
    announced.clear();
    announced.putAll(routes);
    updates.addAll(withdrawals);
    if (!updates.isEmpty()) {
      instance.act(new OspfAction.UpdateRoutes(updates));
    }
  }
}
