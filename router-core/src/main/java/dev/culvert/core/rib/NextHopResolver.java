package dev.culvert.core.rib;

import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.PrefixTrie;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Resolves an address through the table down to interfaces, over any number of recursive routes.
 *
 * <p>The search reads what is offered, not what is active, and so depends on nothing but the
 * offers: at each prefix, longest first, the first candidate that leads somewhere is taken. A next
 * hop whose chain comes back to the prefix it belongs to is no next hop of that prefix. Thus two
 * routes that need each other never take turns in being active.
 */
final class NextHopResolver {
  /** Recursive routes a packet's next hop may hang on; real networks need two or three. */
  private static final int MAX_DEPTH = 16;

  /** Prefixes looked at in one search: peers choose the routes, we choose what that may cost. */
  private static final int MAX_STEPS = 256;

  enum Outcome {
    REACHED,
    NO_ROUTE,
    OWN_ADDRESS,
    /** The network or broadcast address of a connected subnet, or no address of a host at all. */
    NOT_A_HOST,
    LOOP
  }

  /** Which routes a search may use. */
  private enum Scope {
    ANY,
    /** Direct routes and those of interior protocols: what carries a static route's next hop. */
    INTERIOR,
    /** All that does not come from BGP. */
    WITH_INTERIOR_COST
  }

  /**
   * @param examined every prefix the search looked at: a route to one of them must not use it
   * @param shortest length of the shortest prefix looked at for the address itself: changes of
   *     still shorter ones do not matter; -1 if there was none to end the search
   */
  record Resolution(Outcome outcome, List<NextHop> hops, List<IpPrefix> examined, int shortest) {}

  /**
   * @param metric the interior cost, 0 unless reached
   * @param shortest as of a {@link Resolution}
   */
  record Interior(Outcome outcome, long metric, int shortest) {}

  private final PrefixTrie<Destination> destinations;
  private final InterfaceTable interfaces;

  NextHopResolver(PrefixTrie<Destination> destinations, InterfaceTable interfaces) {
    this.destinations = destinations;
    this.interfaces = interfaces;
  }

  /**
   * @param interiorOnly for static routes: only direct and IGP routes carry their next hops
   */
  Resolution resolve(IpAddress address, boolean interiorOnly) {
    Search search = new Search(true);
    Found found = search.find(address, interiorOnly ? Scope.INTERIOR : Scope.ANY);
    return new Resolution(
        found.outcome, List.copyOf(found.hops), List.copyOf(search.examined), found.shortest);
  }

  /** As if there were no BGP, and no route hidden by the {@link TunnelGuard}. */
  Interior interior(IpAddress address, boolean interiorOnly) {
    Scope scope = interiorOnly ? Scope.INTERIOR : Scope.WITH_INTERIOR_COST;
    Found found = new Search(false).find(address, scope);
    return new Interior(found.outcome, found.metric, found.shortest);
  }

  private record Found(
      Outcome outcome,
      long metric,
      SequencedSet<NextHop> hops,
      @Nullable IpPrefix loopsAt,
      int shortest) {
    static Found nothing(Outcome outcome) {
      return new Found(outcome, 0, new LinkedHashSet<>(), null, -1);
    }

    /** Closes at a prefix of the chain, or with null at none: too deep or too long a search. */
    static Found loop(@Nullable IpPrefix at) {
      return new Found(Outcome.LOOP, 0, new LinkedHashSet<>(), at, -1);
    }

    Found stoppedAt(int length) {
      return new Found(outcome, metric, hops, loopsAt, length);
    }
  }

  private final class Search {
    final SequencedSet<IpPrefix> examined = new LinkedHashSet<>();
    private final Deque<IpPrefix> chain = new ArrayDeque<>();
    private final boolean heedsVetoes;
    private int steps;

    Search(boolean heedsVetoes) {
      this.heedsVetoes = heedsVetoes;
    }

    Found find(IpAddress address, Scope scope) {
      if (address.isUnspecified() || address.isMulticast() || address.isLoopback()) {
        return Found.nothing(Outcome.NOT_A_HOST).stoppedAt(0);
      }
      for (Destination destination : destinations.covering(address)) {
        if (chain.contains(destination.prefix)) {
          return Found.loop(destination.prefix);
        }
        examined.add(destination.prefix);
        if (chain.size() > MAX_DEPTH || ++steps > MAX_STEPS) {
          return Found.loop(null);
        }
        Found found = at(destination, address, scope);
        if (found.outcome != Outcome.NO_ROUTE) {
          return found.stoppedAt(destination.prefix.length());
        }
      }
      return Found.nothing(Outcome.NO_ROUTE);
    }

    private Found at(Destination destination, IpAddress address, Scope scope) {
      for (Destination.Candidate candidate : destination.candidates()) {
        boolean isVetoed = heedsVetoes && candidate.recursionReason != null;
        if (isVetoed || candidate.isOutOfQuestion() || !isIn(scope, candidate.route.protocol())) {
          continue;
        }
        Found found = through(destination, candidate.route, address, scope);
        if (found.outcome != Outcome.NO_ROUTE) {
          return found;
        }
      }
      return Found.nothing(Outcome.NO_ROUTE);
    }

    private Found through(Destination destination, Route route, IpAddress address, Scope scope) {
      SequencedSet<NextHop> hops = new LinkedHashSet<>();
      long metric = isInterior(route.protocol()) ? route.metric() : 0;
      for (NextHop nextHop : route.nextHops()) {
        switch (nextHop) {
          case NextHop.Local local -> {
            return Found.nothing(Outcome.OWN_ADDRESS);
          }
          case NextHop.Via via -> {
            InterfaceState state = interfaces.get(via.out());
            if (state == null || !state.up()) {
              continue;
            }
            if (state.loopback()) {
              return Found.nothing(Outcome.OWN_ADDRESS);
            }
            if (via.gateway() != null && !interfaces.mayBeGateway(via.out(), via.gateway())) {
              continue;
            }
            boolean complete = via.gateway() != null || state.pointToPoint();
            if (!complete && interfaces.isReserved(via.out(), address)) {
              return Found.nothing(Outcome.NOT_A_HOST);
            }
            hops.add(complete ? via : new NextHop.Via(via.out(), address));
          }
          case NextHop.Recursive(IpAddress next) -> {
            chain.push(destination.prefix);
            Found found =
                find(next, route.protocol() == RouteProtocol.STATIC ? Scope.INTERIOR : scope);
            chain.pop();
            boolean closesHere = destination.prefix.equals(found.loopsAt);
            if (found.outcome == Outcome.LOOP && !closesHere) {
              return found;
            }
            hops.addAll(found.hops);
            metric = found.outcome == Outcome.REACHED ? found.metric : metric;
          }
          case NextHop.Discard discard -> hops.add(discard);
          case NextHop.Reject reject -> hops.add(reject);
        }
      }
      return hops.isEmpty()
          ? Found.nothing(Outcome.NO_ROUTE)
          : new Found(Outcome.REACHED, metric, hops, null, -1);
    }
  }

  private static boolean isIn(Scope scope, RouteProtocol protocol) {
    return switch (scope) {
      case ANY -> true;
      case INTERIOR -> isInterior(protocol);
      case WITH_INTERIOR_COST -> hasInteriorCost(protocol);
    };
  }

  /** An aggregate may stand for routes of BGP alone. */
  static boolean hasInteriorCost(RouteProtocol protocol) {
    return isInterior(protocol)
        || protocol == RouteProtocol.STATIC
        || protocol == RouteProtocol.ARI_TS;
  }

  private static boolean isInterior(RouteProtocol protocol) {
    return switch (protocol) {
      case DIRECT, LOCAL, OSPF_INTERNAL, OSPF_EXTERNAL, RIP, RIPNG -> true;
      case STATIC, STATIC_NAT, ARI_TS, AGGREGATE, BGP -> false;
    };
  }
}
