package dev.culvert.rip;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.policy.PolicyResult;
import dev.culvert.core.policy.RoutePolicyContext;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.rip.packet.RipFlavor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What neighbors offer, and what comes of it: RFC 2453 §3.5's table, with an entry for each of the
 * neighbors that know a way. Confined to the routing thread.
 */
final class RouteTable {
  /** Destinations; a network of fifteen hops has fewer. */
  static final int MAX_DESTINATIONS = 65_536;

  /** Of all neighbors together. */
  static final int MAX_OFFERS = 262_144;

  /** Ways that are used side by side. */
  private static final int MAX_PATHS = 16;

  /** Who offers a route. */
  record From(InterfaceName on, IpAddress peer) implements Comparable<From> {
    @Override
    public int compareTo(From other) {
      int byInterface = on.compareTo(other.on);
      return byInterface != 0 ? byInterface : peer.compareTo(other.peer);
    }
  }

  /**
   * A route as a neighbor offers it.
   *
   * @param metric as it came, 1 to 15
   * @param nextHop an address of the link
   */
  record Offer(int metric, int tag, IpAddress nextHop) {}

  /** What the interface and the import policy made of an offer. */
  private record Accepted(long preference, int metric, int tag, NextHop.Via via) {
    static final Comparator<Accepted> BEST_FIRST =
        Comparator.comparingLong(Accepted::preference).thenComparingInt(Accepted::metric);
  }

  private static final class Known {
    final Offer offer;
    final @Nullable Accepted accepted;

    Known(Offer offer, @Nullable Accepted accepted) {
      this.offer = offer;
      this.accepted = accepted;
    }
  }

  private static final class Destination {
    final TreeMap<From, Known> offers = new TreeMap<>();

    /** As the routing table has it. */
    @Nullable Route announced;

    boolean heldDown;

    boolean isIdle() {
      return offers.isEmpty() && announced == null && !heldDown;
    }
  }

  private final RipInstance instance;
  private final RouteSource source;
  private final TreeMap<IpPrefix, Destination> destinations = new TreeMap<>();
  private final TreeSet<IpPrefix> touched = new TreeSet<>();
  private int offers;

  RouteTable(RipInstance instance) {
    this.instance = instance;
    this.source = new RouteSource(instance.flavor.protocol(), "");
  }

  int learned() {
    return (int) destinations.values().stream().filter(d -> d.announced != null).count();
  }

  int heldDown() {
    return (int) destinations.values().stream().filter(d -> d.heldDown).count();
  }

  /** A neighbor knows a way: RFC 2453 §3.9.2. */
  void offer(RipNeighbor on, Peer peer, IpPrefix prefix, Offer offer) {
    From from = new From(on.name, peer.address);
    Destination destination = destinations.get(prefix);
    boolean another = destination == null || !destination.offers.containsKey(from);
    if (another && isFull(destination)) {
      instance.report(
          Notice.limited(
              Notice.Level.WARN,
              instance.flavor.tag() + "_TABLE_FULL",
              "interface",
              on.name,
              "limit",
              destination == null ? MAX_DESTINATIONS : MAX_OFFERS));
      return;
    }
    if (destination == null) {
      destination = new Destination();
      destinations.put(prefix, destination);
    }
    instance.timers.start(
        new RipTimer.RouteTimeout(prefix, from), instance.now.plus(on.config.routeTimeout()));
    Known before = destination.offers.get(from);
    if (before != null && before.offer.equals(offer)) {
      return;
    }
    if (before == null) {
      offers++;
      peer.offers.add(prefix);
    }
    destination.offers.put(from, new Known(offer, accept(on, from, prefix, offer)));
    touched.add(prefix);
  }

  private boolean isFull(@Nullable Destination destination) {
    return offers >= MAX_OFFERS || (destination == null && destinations.size() >= MAX_DESTINATIONS);
  }

  /** The neighbor knows no way any more: it says so, or nothing at all. */
  void withdraw(IpPrefix prefix, From from) {
    Destination destination = destinations.get(prefix);
    if (destination == null || destination.offers.remove(from) == null) {
      return;
    }
    offers--;
    instance.timers.stop(new RipTimer.RouteTimeout(prefix, from));
    RipNeighbor on = instance.running.get(from.on());
    Peer peer = on == null ? null : on.peers.get(from.peer());
    if (peer != null) {
      peer.offers.remove(prefix);
    }
    touched.add(prefix);
  }

  /** All of a neighbor's. */
  void withdrawAll(RipNeighbor on, Peer peer) {
    From from = new From(on.name, peer.address);
    List.copyOf(peer.offers).forEach(prefix -> withdraw(prefix, from));
  }

  /** What the interface adds, or the import policy, has changed. */
  void acceptAgain(RipNeighbor on) {
    for (Peer peer : on.peers.values()) {
      From from = new From(on.name, peer.address);
      for (IpPrefix prefix : peer.offers) {
        Destination destination = destinations.get(prefix);
        Known known = destination == null ? null : destination.offers.get(from);
        if (destination != null && known != null) {
          destination.offers.put(
              from, new Known(known.offer, accept(on, from, prefix, known.offer)));
          touched.add(prefix);
        }
      }
    }
  }

  /** RFC 2453 §3.9.2: the metric and the cost of the link; null if that is too far. */
  private @Nullable Accepted accept(RipNeighbor on, From from, IpPrefix prefix, Offer offer) {
    int metric = Math.min(offer.metric() + on.config.metricIn(), RipFlavor.INFINITY);
    NextHop.Via via = on.nextHop(offer.nextHop());
    long preference = on.group.preference();
    int tag = offer.tag();
    if (!on.config.imported().isEmpty()) {
      Route candidate =
          new Route(prefix, source, preference, metric, 0, List.of(via), new RouteDetail.Rip(tag));
      PolicyResult result =
          on.config
              .imported()
              .evaluate(candidate, RoutePolicyContext.importFrom(from.peer(), from.on()));
      if (!result.accepts(true)) {
        return null;
      }
      metric = RipMetrics.orElse(result.modifications().metric(), metric);
      tag = RipMetrics.tagOrElse(result.modifications().tag(), tag);
      Long preferred = result.modifications().preference();
      preference = preferred == null ? preference : preferred;
    }
    return metric < RipFlavor.INFINITY ? new Accepted(preference, metric, tag, via) : null;
  }

  /** A destination that was lost has been so for the holddown. */
  void holdDownOver(IpPrefix prefix) {
    Destination destination = destinations.get(prefix);
    if (destination != null) {
      destination.heldDown = false;
      forgetIfIdle(prefix, destination);
    }
  }

  /** Nobody is told of anything any more. */
  void forgetHeldDown() {
    for (Map.Entry<IpPrefix, Destination> entry : List.copyOf(destinations.entrySet())) {
      instance.timers.stop(new RipTimer.HoldDown(entry.getKey()));
      holdDownOver(entry.getKey());
    }
  }

  private void forgetIfIdle(IpPrefix prefix, Destination destination) {
    if (destination.isIdle()) {
      destinations.remove(prefix);
    }
  }

  /** Hands the routing table what has changed since the last call. */
  void settle() {
    if (touched.isEmpty()) {
      return;
    }
    List<RouteUpdate> updates = new ArrayList<>();
    for (IpPrefix prefix : touched) {
      Destination destination = destinations.get(prefix);
      if (destination != null) {
        settle(prefix, destination, updates);
      }
    }
    touched.clear();
    if (!updates.isEmpty()) {
      instance.act(new RipAction.UpdateRoutes(updates));
    }
  }

  private void settle(IpPrefix prefix, Destination destination, List<RouteUpdate> updates) {
    Route best = best(prefix, destination);
    Route before = destination.announced;
    destination.announced = best;
    if (best != null && !best.equals(before)) {
      updates.add(new RouteUpdate.Announce(instance.flavor.table(), best));
    }
    if (best != null && destination.heldDown) {
      destination.heldDown = false;
      instance.timers.stop(new RipTimer.HoldDown(prefix));
    }
    if (best == null && before != null) {
      updates.add(new RouteUpdate.Withdraw(instance.flavor.table(), prefix, source));
      destination.heldDown = true;
      instance.timers.start(
          new RipTimer.HoldDown(prefix), instance.now.plus(instance.config.holddown()));
    }
    forgetIfIdle(prefix, destination);
  }

  private @Nullable Route best(IpPrefix prefix, Destination destination) {
    Accepted best = null;
    List<NextHop> hops = new ArrayList<>();
    for (Known known : destination.offers.values()) {
      Accepted accepted = known.accepted;
      if (accepted == null) {
        continue;
      }
      int order = best == null ? -1 : Accepted.BEST_FIRST.compare(accepted, best);
      if (order < 0) {
        best = accepted;
        hops.clear();
      }
      if (order <= 0 && hops.size() < MAX_PATHS && !hops.contains(accepted.via())) {
        hops.add(accepted.via());
      }
    }
    return best == null
        ? null
        : new Route(
            prefix,
            source,
            best.preference(),
            best.metric(),
            0,
            hops,
            new RouteDetail.Rip(best.tag()));
  }
}
