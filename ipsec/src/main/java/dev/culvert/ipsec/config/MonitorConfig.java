package dev.culvert.ipsec.config;

import dev.culvert.core.net.InterfaceName;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code vpn-monitor} of every VPN that has it, and {@code vpn-monitor-options}.
 *
 * @param interval between two requests
 * @param threshold requests in a row without a reply that take a path down
 */
public record MonitorConfig(Duration interval, int threshold, List<VpnMonitorConfig> monitors) {
  public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);
  public static final int DEFAULT_THRESHOLD = 10;
  public static final MonitorConfig NONE =
      new MonitorConfig(DEFAULT_INTERVAL, DEFAULT_THRESHOLD, List.of());

  public MonitorConfig {
    monitors = List.copyOf(monitors);
  }

  /** The units that are not up before somebody has answered through them. */
  public Set<InterfaceName> verified() {
    return monitors.stream()
        .filter(monitor -> monitor.verifyPath() != null)
        .map(VpnMonitorConfig::tunnel)
        .collect(Collectors.toUnmodifiableSet());
  }
}
