package dev.culvert.rip.operational;

import dev.culvert.core.net.InterfaceName;
import java.time.Duration;
import java.util.List;

/**
 * {@code show rip statistics}, and what {@code general-statistics} adds.
 *
 * @param learned destinations that neighbors lead to
 * @param heldDown destinations that were lost within the holddown
 * @param badMessages datagrams that are no message, of any neighbor
 * @param noReceivingInterface datagrams from interfaces that do not listen
 */
public record RipStatistics(
    int port,
    Duration holddown,
    int learned,
    int heldDown,
    long requestsDropped,
    long responsesDropped,
    long badMessages,
    long noReceivingInterface,
    List<RipNeighborStatistics> neighbors) {
  public RipStatistics {
    neighbors = List.copyOf(neighbors);
  }

  /** With the neighbor of that name alone, if there is one. */
  public RipStatistics of(InterfaceName name) {
    return new RipStatistics(
        port,
        holddown,
        learned,
        heldDown,
        requestsDropped,
        responsesDropped,
        badMessages,
        noReceivingInterface,
        neighbors.stream().filter(n -> n.name().equals(name)).toList());
  }
}
