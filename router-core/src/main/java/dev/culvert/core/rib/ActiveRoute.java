package dev.culvert.core.rib;

import dev.culvert.core.net.IpPrefix;
import java.time.Instant;
import java.util.List;

/**
 * The winning route of a prefix with its next hops resolved down to interfaces.
 *
 * @param resolved never {@link NextHop.Recursive}; more than one is ECMP
 * @param since when this route became active (kept while only next hops change)
 */
public record ActiveRoute(Route route, List<NextHop> resolved, Instant since) {
  public ActiveRoute {
    resolved = List.copyOf(resolved);
  }

  public IpPrefix prefix() {
    return route.prefix();
  }
}
