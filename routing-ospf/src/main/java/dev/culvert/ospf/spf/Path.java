package dev.culvert.ospf.spf;

import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RouteDetail.OspfPathType;
import java.util.List;

/**
 * How to reach a destination.
 *
 * @param cost the cost inside the AS, with a type 1 metric added
 * @param type2Metric 0 unless the type is {@code TYPE_2_EXTERNAL}
 * @param nextHops equal-cost, in a fixed order; empty for what this router is attached to itself
 */
public record Path(
    OspfPathType type,
    long cost,
    long type2Metric,
    long tag,
    RouterId advertisingRouter,
    List<NextHop.Via> nextHops) {
  public Path {
    nextHops = List.copyOf(nextHops);
  }

  public boolean isConnected() {
    return nextHops.isEmpty();
  }

  /** What {@code show route} prints: the type 2 metric alone, otherwise the cost. */
  public long metric() {
    return type == OspfPathType.TYPE_2_EXTERNAL ? type2Metric : cost;
  }
}
