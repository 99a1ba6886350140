package dev.culvert.rip.operational;

import dev.culvert.core.net.InterfaceName;
import java.time.Duration;
import java.util.List;

/** What {@code show rip statistics} prints of one neighbor. */
public record RipNeighborStatistics(
    InterfaceName name,
    int learned,
    int advertised,
    Duration routeTimeout,
    Duration updateInterval,
    List<RipCounter> counters) {
  public RipNeighborStatistics {
    counters = List.copyOf(counters);
  }
}
