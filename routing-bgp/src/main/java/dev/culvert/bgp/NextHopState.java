package dev.culvert.bgp;

import dev.culvert.core.rib.NextHop;
import java.util.List;

/**
 * How the routing table resolves a tracked next hop.
 *
 * @param igpMetric the interior cost of RFC 4271 §9.1.2.2 (e)
 * @param resolved never {@link NextHop.Recursive}
 */
public record NextHopState(long igpMetric, List<NextHop> resolved) {
  public NextHopState {
    resolved = List.copyOf(resolved);
  }
}
