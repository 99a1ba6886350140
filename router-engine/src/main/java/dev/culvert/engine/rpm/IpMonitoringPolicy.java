package dev.culvert.engine.rpm;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.NextHop;
import java.util.List;

/**
 * {@code services ip-monitoring policy NAME}: routes of its own while a probe fails.
 *
 * @param probes by name; the policy fails when any of them does, and a probe when all its tests do
 * @param noPreempt once it has failed it stays so until it is committed anew
 * @param withdraw the other way round: the routes are there while nothing fails
 */
public record IpMonitoringPolicy(
    String name,
    List<String> probes,
    boolean noPreempt,
    boolean withdraw,
    List<PreferredRoute> routes) {
  public IpMonitoringPolicy {
    probes = List.copyOf(probes);
    routes = List.copyOf(routes);
  }

  /**
   * One route.
   *
   * @param metric {@code preferred-metric}
   */
  public record PreferredRoute(IpPrefix prefix, List<NextHop> nextHops, long metric) {
    public PreferredRoute {
      nextHops = List.copyOf(nextHops);
    }
  }
}
