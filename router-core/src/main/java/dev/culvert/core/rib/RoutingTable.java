package dev.culvert.core.rib;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.PrefixTrie;
import dev.culvert.core.rib.Destination.Candidate;
import dev.culvert.core.rib.NextHopResolver.Outcome;
import dev.culvert.core.rib.NextHopResolver.Resolution;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The routing table of one family in one routing instance, such as inet.0: what every protocol
 * offers, and what of it is active. Changed through {@link RoutingTables} only. Confined to the
 * routing thread.
 *
 * <p>A change runs in three steps: offers are put in ({@link #mutate}), destinations and next hops
 * that may see it are looked at again until nothing moves ({@link #settle}, possibly several times
 * as the {@link TunnelGuard} hides routes), and the difference is told ({@link #finish}).
 */
public final class RoutingTable {
  /** More equal next hops than a kernel route is given. */
  private static final int MAX_HOPS = 64;

  /** Of the martian routes of one change that many are told: a peer may send any number. */
  private static final int MAX_MARTIAN_OFFERS = 16;

  private final TableId id;
  private final InterfaceTable interfaces;
  private final PrefixTrie<Destination> destinations;
  private final NextHopTracker tracker;

  /** Destinations with a candidate straight out of the interface. */
  private final DestinationIndex<InterfaceName> byInterface = new DestinationIndex<>();

  /** Of these, those by a gateway. */
  private final DestinationIndex<IpAddress> byGateway = new DestinationIndex<>();

  private Martians martians;

  /** Martian routes offered since they were asked for; the first ones of many. */
  private final List<MartianOffer> martianOffers = new ArrayList<>();

  /** To be looked at again in the change in progress. */
  private final SequencedSet<Destination> dirty = new LinkedHashSet<>();

  /** Looked at in the change in progress. */
  private final SequencedSet<Destination> touched = new LinkedHashSet<>();

  RoutingTable(TableId id, InterfaceTable interfaces) {
    this.id = id;
    this.martians = new Martians(id.family(), List.of());
    this.interfaces = interfaces;
    this.destinations = new PrefixTrie<>(id.family());
    NextHopResolver resolver = new NextHopResolver(destinations, interfaces);
    this.tracker = new NextHopTracker(id, resolver, new NextHopReach(destinations, resolver));
  }

  public TableId id() {
    return id;
  }

  /** The active route of the longest prefix that contains the address and has one. */
  public @Nullable ActiveRoute lookup(IpAddress address) {
    for (Destination destination : destinations.covering(address)) {
      if (destination.active != null) {
        return destination.active;
      }
    }
    return null;
  }

  /** The active route of exactly that prefix. */
  public @Nullable ActiveRoute active(IpPrefix prefix) {
    Destination destination = destinations.get(prefix);
    return destination == null ? null : destination.active;
  }

  /** Visits every active route in prefix order, as a protocol that begins to export does. */
  public void forEachActive(Consumer<? super ActiveRoute> visitor) {
    destinations.forEach(destination -> {
      if (destination.active != null) {
        visitor.accept(destination.active);
      }
    });
  }

  /** Visits every destination in prefix order. */
  public void forEachEntry(Consumer<? super RouteEntry> visitor) {
    destinations.forEach(destination -> visitor.accept(destination.view()));
  }

  /**
   * A part of the prefix's destinations in prefix order: the first ones, or those that come after
   * {@code after}. The whole table may take longer than the routing thread can be spared.
   */
  public List<RouteEntry> entriesWithin(IpPrefix prefix, @Nullable IpPrefix after, int limit) {
    List<RouteEntry> entries = new ArrayList<>();
    Destination first = after == null ? destinations.get(prefix) : null;
    if (first != null) {
      entries.add(first.view());
    }
    if (entries.size() < limit) {
      destinations.after(
          after == null ? prefix : after,
          destination ->
              prefix.covers(destination.prefix)
                  && entries.add(destination.view())
                  && entries.size() < limit);
    }
    return entries;
  }

  /** Every destination in prefix order; an immutable copy. */
  public List<RouteEntry> entries() {
    List<RouteEntry> entries = new ArrayList<>(destinations.size());
    forEachEntry(entries::add);
    return List.copyOf(entries);
  }

  public @Nullable RouteEntry entry(IpPrefix prefix) {
    Destination destination = destinations.get(prefix);
    return destination == null ? null : destination.view();
  }

  public RouteCounts counts() {
    SortedMap<RouteProtocol, RouteCounts.OfProtocol> byProtocol = new TreeMap<>();
    destinations.forEach(destination -> {
      for (Candidate candidate : destination.candidates()) {
        byProtocol.merge(
            candidate.route.protocol(),
            new RouteCounts.OfProtocol(0, 0, 0)
                .plus(isActive(destination, candidate), isHidden(candidate)),
            (sum, one) -> sum.plus(isActive(destination, candidate), isHidden(candidate)));
      }
    });
    return new RouteCounts(
        id.toString(),
        destinations.size(),
        byProtocol.values().stream().mapToInt(RouteCounts.OfProtocol::routes).sum(),
        byProtocol.values().stream().mapToInt(RouteCounts.OfProtocol::active).sum(),
        0,
        byProtocol.values().stream().mapToInt(RouteCounts.OfProtocol::hidden).sum(),
        new LinkedHashMap<>(byProtocol));
  }

  private static boolean isActive(Destination destination, Candidate candidate) {
    return destination.active != null && destination.best == candidate;
  }

  private static boolean isHidden(Candidate candidate) {
    return candidate.hiddenReason != null;
  }

  @Nullable ResolvedNextHop trackNextHop(IpAddress address) {
    return tracker.watch(address);
  }

  void untrackNextHop(IpAddress address) {
    tracker.unwatch(address);
  }

  List<NextHopChange> takeNextHopChanges() {
    return tracker.takeChanges();
  }

  /** Puts one offer in or takes it out; nothing is chosen before {@link #settle}. */
  void mutate(RouteUpdate update, Instant now) {
    switch (update) {
      case RouteUpdate.Announce(TableId t, Route route) -> put(route, null, now);
      case RouteUpdate.Withhold(TableId t, Route route, String reason) -> put(route, reason, now);
      case RouteUpdate.Withdraw withdraw -> {
        Destination destination = destinations.get(update.prefix());
        Candidate before = destination == null ? null : destination.of(update.source());
        if (destination != null && before != null) {
          dirty.add(destination);
          destination.remove(before);
          unregister(destination, before);
        }
      }
    }
  }

  private void put(Route route, @Nullable String withheld, Instant now) {
    Destination destination = destinations.get(route.prefix());
    Candidate before = destination == null ? null : destination.of(route.source());
    if (before != null && before.route.equals(route) && Objects.equals(before.withheld, withheld)) {
      return;
    }
    if (destination == null) {
      destination = new Destination(route.prefix());
      destinations.put(route.prefix(), destination);
    }
    // The addresses both have stay tracked across the exchange.
    Candidate candidate = new Candidate(route, now, withheld);
    candidate.martian = martians.contain(route.prefix(), route.protocol());
    if (candidate.martian && martianOffers.size() < MAX_MARTIAN_OFFERS) {
      martianOffers.add(new MartianOffer(id, route.prefix(), route.source()));
    }
    dirty.add(destination);
    destination.add(candidate);
    register(destination, candidate);
    if (before != null) {
      destination.remove(before);
      unregister(destination, before);
    }
  }

  /** Judges every route anew, if the rules are others. */
  void setMartians(List<MartianRule> configured) {
    if (configured.equals(martians.configured())) {
      return;
    }
    martians = new Martians(id.family(), configured);
    destinations.forEach(destination -> {
      for (Candidate candidate : destination.candidates()) {
        boolean martian = martians.contain(destination.prefix, candidate.route.protocol());
        if (martian != candidate.martian) {
          candidate.martian = martian;
          dirty.add(destination);
        }
      }
    });
  }

  List<MartianOffer> takeMartianOffers() {
    List<MartianOffer> taken = List.copyOf(martianOffers);
    martianOffers.clear();
    return taken;
  }

  private void register(Destination destination, Candidate candidate) {
    boolean interiorOnly = resolvesByInteriorOnly(candidate.route);
    for (NextHop nextHop : candidate.route.nextHops()) {
      switch (nextHop) {
        case NextHop.Via(InterfaceName out, IpAddress gateway) -> {
          byInterface.add(out, destination);
          if (gateway != null) {
            byGateway.add(gateway, destination);
          }
        }
        case NextHop.Recursive(IpAddress address) ->
            tracker.acquire(address, interiorOnly, destination);
        case NextHop.Local l -> {}
        case NextHop.Discard d -> {}
        case NextHop.Reject r -> {}
      }
    }
  }

  private void unregister(Destination destination, Candidate candidate) {
    boolean interiorOnly = resolvesByInteriorOnly(candidate.route);
    for (NextHop nextHop : candidate.route.nextHops()) {
      switch (nextHop) {
        case NextHop.Via(InterfaceName out, IpAddress gateway) -> {
          byInterface.remove(out, destination);
          if (gateway != null) {
            byGateway.remove(gateway, destination);
          }
        }
        case NextHop.Recursive(IpAddress address) ->
            tracker.release(address, interiorOnly, destination);
        case NextHop.Local l -> {}
        case NextHop.Discard d -> {}
        case NextHop.Reject r -> {}
      }
    }
  }

  void interfaceTouched(InterfaceName name) {
    byInterface.copyUsers(name, dirty);
  }

  /** The address has become one of this router's own, or is none any more. */
  void ownAddressTouched(IpAddress address) {
    byGateway.copyUsers(address, dirty);
  }

  /** Sets or lifts the {@link TunnelGuard}'s veto on a candidate. */
  void setRecursionReason(Destination destination, Candidate candidate, @Nullable String reason) {
    candidate.recursionReason = reason;
    dirty.add(destination);
  }

  /** Looks at dirty destinations, and at what hangs on them, until nothing is left. */
  void settle() {
    while (!dirty.isEmpty()) {
      Destination destination = dirty.removeFirst();
      choose(destination);
      touched.add(destination);
      tracker.touched(destination.prefix, dirty::add);
    }
  }

  /** True if the change in progress has looked at a destination that contains an address. */
  boolean hasTouchedAny(NavigableSet<IpAddress> addresses) {
    for (Destination destination : touched) {
      IpAddress first = addresses.ceiling(destination.prefix.network());
      if (first != null && destination.prefix.contains(first)) {
        return true;
      }
    }
    return false;
  }

  /** The destination that carries the address by the choices of the change in progress. */
  @Nullable Destination carrierOf(IpAddress address) {
    for (Destination destination : destinations.covering(address)) {
      if (destination.best != null) {
        return destination;
      }
    }
    return null;
  }

  /** Ends the change: tells what became of every destination looked at. */
  List<RibDelta> finish(Instant now) {
    List<RibDelta> deltas = new ArrayList<>();
    for (Destination destination : touched) {
      ActiveRoute before = destination.active;
      ActiveRoute after = activeRoute(destination, before, now);
      if (!Objects.equals(after, before)) {
        destination.active = after;
        deltas.add(new RibDelta(id, destination.prefix, before, after));
      }
      if (destination.candidates().isEmpty()) {
        destinations.remove(destination.prefix);
      }
    }
    touched.clear();
    return deltas;
  }

  /** The very object of before if nothing of it changed. */
  private static @Nullable ActiveRoute activeRoute(
      Destination destination, @Nullable ActiveRoute before, Instant now) {
    Candidate best = destination.best;
    if (best == null) {
      return null;
    }
    if (before != null && before.route().equals(best.route)) {
      return before.resolved().equals(best.resolved)
          ? before
          : new ActiveRoute(best.route, best.resolved, before.since());
    }
    boolean sameButNextHops =
        before != null && withNextHopsOf(best.route, before.route()).equals(before.route());
    return new ActiveRoute(
        best.route, best.resolved, sameButNextHops && before != null ? before.since() : now);
  }

  private static Route withNextHopsOf(Route route, Route other) {
    return new Route(
        route.prefix(),
        route.source(),
        route.preference(),
        route.metric(),
        route.rank(),
        other.nextHops(),
        route.detail());
  }

  private void choose(Destination destination) {
    destination.best = null;
    for (Candidate candidate : destination.candidates()) {
      evaluate(destination, candidate);
      if (destination.best == null && candidate.hiddenReason == null) {
        destination.best = candidate;
      }
    }
  }

  private void evaluate(Destination destination, Candidate candidate) {
    candidate.resolved = List.of();
    candidate.hiddenReason = whyOutOfQuestion(candidate);
    if (candidate.hiddenReason != null) {
      return;
    }
    String reason = null;
    SequencedSet<NextHop> hops = new LinkedHashSet<>();
    for (NextHop nextHop : candidate.route.nextHops()) {
      switch (nextHop) {
        case NextHop.Via via -> {
          InterfaceState state = interfaces.get(via.out());
          reason = whyUnusable(via, state, reason);
          if (isUsable(via, state)) {
            hops.add(via);
          }
        }
        case NextHop.Recursive(IpAddress address) -> {
          Resolution found = tracker.resolution(address, resolvesByInteriorOnly(candidate.route));
          boolean usable = isUsable(found, destination.prefix);
          reason = usable ? reason : whyUnusable(found, address);
          if (usable && candidate.route.nextHops().size() == 1) {
            // One list serves every route of that next hop, a million of them if need be.
            candidate.resolved = found.hops();
            return;
          }
          hops.addAll(usable ? found.hops() : List.of());
        }
        case NextHop.Local local -> hops.add(local);
        case NextHop.Discard discard -> hops.add(discard);
        case NextHop.Reject reject -> hops.add(reject);
      }
    }
    if (hops.isEmpty()) {
      candidate.hiddenReason = reason == null ? "no next hop" : reason;
    } else {
      candidate.resolved = hops.stream().limit(MAX_HOPS).toList();
    }
  }

  private static @Nullable String whyOutOfQuestion(Candidate candidate) {
    if (candidate.martian) {
      return "martian address";
    }
    return candidate.withheld != null ? candidate.withheld : candidate.recursionReason;
  }

  private boolean isUsable(NextHop.Via via, @Nullable InterfaceState out) {
    IpAddress gateway = via.gateway();
    return out != null
        && out.up()
        && (gateway == null || interfaces.mayBeGateway(via.out(), gateway));
  }

  /** What is said if no other next hop is usable. */
  private @Nullable String whyUnusable(
      NextHop.Via via, @Nullable InterfaceState out, @Nullable String otherwise) {
    if (out == null) {
      return "no such interface: " + via.out();
    }
    if (!out.up()) {
      return "interface down: " + via.out();
    }
    IpAddress gateway = via.gateway();
    if (gateway == null || isUsable(via, out)) {
      return otherwise;
    }
    return interfaces.isOwn(via.out(), gateway) ? whyOwn(gateway) : whyNoHost(gateway);
  }

  private static String whyOwn(IpAddress address) {
    return "next hop is this router: " + address;
  }

  private static String whyNoHost(IpAddress address) {
    return "next hop is no host's address: " + address;
  }

  private static boolean isUsable(Resolution found, IpPrefix own) {
    return found.outcome() == Outcome.REACHED && !found.examined().contains(own);
  }

  private static String whyUnusable(Resolution found, IpAddress address) {
    return switch (found.outcome()) {
      case REACHED -> "next hop reached only by this route: " + address;
      case NO_ROUTE -> "next hop unreachable: " + address;
      case OWN_ADDRESS -> whyOwn(address);
      case NOT_A_HOST -> whyNoHost(address);
      case LOOP -> "next hop resolution too deep: " + address;
    };
  }

  /** Junos: a static route's next hop must be connected or known by the interior protocol. */
  private static boolean resolvesByInteriorOnly(Route route) {
    return route.protocol() == RouteProtocol.STATIC;
  }
}
