package dev.culvert.core.rib;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * {@code show route summary}: {@code inet.0: 12 destinations, 14 routes (12 active, 0 holddown, 0
 * hidden)} and a line for each protocol that has routes.
 *
 * @param holddown always zero: a withdrawn route goes at once
 */
public record RouteCounts(
    String table,
    int destinations,
    int routes,
    int active,
    int holddown,
    int hidden,
    SequencedMap<RouteProtocol, OfProtocol> byProtocol) {
  public record OfProtocol(int routes, int active, int hidden) {
    OfProtocol plus(boolean isActive, boolean isHidden) {
      return new OfProtocol(routes + 1, active + (isActive ? 1 : 0), hidden + (isHidden ? 1 : 0));
    }
  }

  public RouteCounts {
    byProtocol = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(byProtocol));
  }
}
