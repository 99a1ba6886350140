package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;

/** The routing table that a walk asks. */
@FunctionalInterface
public interface RouteLookup {
  /**
   * @param flow with its destination translated
   */
  RouteAnswer lookup(Flow flow);

  /** Whether answers to that address would leave by the interface that was asked about. */
  default boolean leadsBack(IpAddress source, InterfaceName in) {
    return lookup(Flow.of(source, source, 0)) instanceof RouteAnswer.Out out
        && out.out().equals(in);
  }
}
