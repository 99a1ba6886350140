package dev.culvert.core.rib;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.PrefixTrie;
import dev.culvert.core.rib.NextHopResolver.Interior;
import dev.culvert.core.rib.NextHopResolver.Outcome;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What BGP's decision process may know of a next hop: whether it can be reached at all, over BGP
 * routes as well, and what it costs by the interior protocols alone.
 *
 * <p>Neither depends on which of several BGP paths is the best one, nor on what the {@link
 * TunnelGuard} hides because of it. So a decision never changes what it was made from, and two
 * peers whose next hops lie in each other's routes cannot keep it turning. The {@link
 * NextHopResolver} says which interfaces a next hop leads to; it does follow the choice.
 */
final class NextHopReach {
  /** Destinations looked at in one search: peers choose the routes, we choose what they cost. */
  private static final int MAX_DESTINATIONS = 64;

  /**
   * @param resolved null if the address is not reached
   * @param shortest changes of prefixes shorter than that do not matter; -1 if all do
   */
  record Reach(@Nullable ResolvedNextHop resolved, int shortest) {}

  private final PrefixTrie<Destination> destinations;
  private final NextHopResolver resolver;

  NextHopReach(PrefixTrie<Destination> destinations, NextHopResolver resolver) {
    this.destinations = destinations;
    this.resolver = resolver;
  }

  /**
   * @param interiorOnly as static routes have it, over direct and IGP routes
   */
  Reach of(IpAddress address, boolean interiorOnly) {
    Interior interior = resolver.interior(address, interiorOnly);
    if (interior.outcome() == Outcome.REACHED) {
      return new Reach(new ResolvedNextHop(address, interior.metric()), interior.shortest());
    }
    boolean reached = !interiorOnly && leadsSomewhere(address, interior, new HashSet<>());
    return new Reach(
        reached ? new ResolvedNextHop(address, ResolvedNextHop.UNKNOWN_COST) : null, -1);
  }

  /** A walk over whatever is offered, in an order that no choice has a part in. */
  private boolean leadsSomewhere(IpAddress address, Interior interior, Set<Destination> visited) {
    if (interior.outcome() == Outcome.REACHED) {
      return true;
    }
    for (Destination destination : destinations.covering(address)) {
      // Our own address, or nobody's: shorter prefixes are not asked.
      boolean ends = interior.outcome() != Outcome.NO_ROUTE;
      if (visited.size() == MAX_DESTINATIONS
          || (ends && destination.prefix.length() <= interior.shortest())) {
        return false;
      }
      if (visited.add(destination) && leadsSomewhere(destination, visited)) {
        return true;
      }
    }
    return false;
  }

  /** The interior routes to the destination have been seen to lead nowhere. */
  private boolean leadsSomewhere(Destination destination, Set<Destination> visited) {
    TreeSet<IpAddress> further = new TreeSet<>();
    for (Destination.Candidate candidate : destination.candidates()) {
      if (!candidate.isOutOfQuestion()
          && !NextHopResolver.hasInteriorCost(candidate.route.protocol())) {
        for (NextHop nextHop : candidate.route.nextHops()) {
          if (nextHop instanceof NextHop.Recursive(IpAddress next)) {
            further.add(next);
          }
        }
      }
    }
    return further.stream()
        .anyMatch(next -> leadsSomewhere(next, resolver.interior(next, false), visited));
  }
}
