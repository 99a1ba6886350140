package dev.culvert.rip.config;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.rib.RouteProtocol;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code group}: neighbors that are told the same.
 *
 * @param exported the policies that choose what neighbors are told; nothing without one
 * @param metricOut what is added to routes that were not learned in the group, 1 to 15
 * @param preference of routes learned in the group
 */
public record RipGroupConfig(
    String name,
    PolicyChain exported,
    int metricOut,
    long preference,
    SortedMap<InterfaceName, RipNeighborConfig> neighbors) {
  public static final int DEFAULT_METRIC_OUT = 1;
  public static final long DEFAULT_PREFERENCE = RouteProtocol.RIP.defaultPreference();

  public RipGroupConfig {
    neighbors = Collections.unmodifiableSortedMap(new TreeMap<>(neighbors));
  }

  /** Defaults for everything else. */
  public static RipGroupConfig of(
      String name, PolicyChain exported, RipNeighborConfig... neighbors) {
    TreeMap<InterfaceName, RipNeighborConfig> byName = new TreeMap<>();
    for (RipNeighborConfig neighbor : neighbors) {
      byName.put(neighbor.name(), neighbor);
    }
    return new RipGroupConfig(name, exported, DEFAULT_METRIC_OUT, DEFAULT_PREFERENCE, byName);
  }

  public RipGroupConfig withMetricOut(int metric) {
    return new RipGroupConfig(name, exported, metric, preference, neighbors);
  }
}
