package dev.culvert.ipsec.monitor;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.ipsec.config.MonitorConfig;
import dev.culvert.ipsec.config.VpnMonitorConfig;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * {@code vpn-monitor} of all VPNs: sends echo requests through their tunnels, and says of each
 * whether routes may use it. What is true of one VPN stands in {@link MonitoredPath}. Confined to
 * the thread that owns it.
 */
public final class MonitorEngine implements ProtocolEngine<MonitorEvent, MonitorAction> {
  private static final int IDENTIFIERS = 1 << 16;

  private final RandomGenerator random;
  private final TimerTable<InterfaceName> timers = new TimerTable<>();
  private final SortedMap<InterfaceName, MonitoredPath> paths = new TreeMap<>();
  private final SortedMap<InterfaceName, InterfaceState> interfaces = new TreeMap<>();

  /** Those with a usable SA pair, monitored or not. */
  private final Set<InterfaceName> tunnelsUp = new HashSet<>();

  private MonitorConfig config = MonitorConfig.NONE;
  private int nextIdentifier;

  /**
   * @param random nonces come from it: a {@link java.security.SecureRandom} in production, lest
   *     somebody makes replies up
   */
  public MonitorEngine(RandomGenerator random) {
    this.random = random;
    this.nextIdentifier = random.nextInt(IDENTIFIERS);
  }

  @Override
  public void handle(MonitorEvent event, Instant now, ActionSink<? super MonitorAction> actions) {
    switch (event) {
      case MonitorEvent.ConfigurationCommitted e -> commit(e.after(), now, actions);
      case MonitorEvent.InterfacesChanged e -> e.changes().applyTo(interfaces);
      case MonitorEvent.TunnelChanged e -> tunnelChanged(e.tunnel(), e.up(), now, actions);
      case MonitorEvent.ReplyReceived e -> {
        MonitoredPath path = paths.get(e.in());
        if (path != null && path.replied(e.reply(), now, actions)) {
          arm(path, path.next(now));
        }
      }
      case MonitorEvent.TrafficRead e -> {
        MonitoredPath path = paths.get(e.tunnel());
        if (path != null) {
          path.trafficRead(e.inboundPackets(), interfaces, now, actions);
        }
      }
    }
  }

  /** A monitor that has not changed goes on, and so does what it knows. */
  private void commit(MonitorConfig after, Instant now, ActionSink<? super MonitorAction> actions) {
    boolean sameOptions =
        after.interval().equals(config.interval()) && after.threshold() == config.threshold();
    config = after;
    SortedMap<InterfaceName, MonitoredPath> before = new TreeMap<>(paths);
    paths.clear();
    for (VpnMonitorConfig monitor : after.monitors()) {
      MonitoredPath path = before.get(monitor.tunnel());
      if (path != null && sameOptions && path.config().equals(monitor)) {
        before.remove(monitor.tunnel());
        paths.put(monitor.tunnel(), path);
        continue;
      }
      MonitoredPath fresh =
          new MonitoredPath(
              monitor, after.interval(), after.threshold(), identifier(), random, now);
      paths.put(monitor.tunnel(), fresh);
      if (path != null) {
        timers.stop(monitor.tunnel());
      }
      if (tunnelsUp.contains(monitor.tunnel())) {
        arm(fresh, fresh.tunnelUp(interfaces, now, actions));
      }
    }
    for (MonitoredPath path : before.values()) {
      if (!paths.containsKey(path.config().tunnel())) {
        timers.stop(path.config().tunnel());
        actions.add(new MonitorAction.PathChanged(path.config().tunnel(), true));
      }
    }
  }

  private int identifier() {
    nextIdentifier = (nextIdentifier + 1) % IDENTIFIERS;
    return nextIdentifier;
  }

  private void tunnelChanged(
      InterfaceName tunnel, boolean up, Instant now, ActionSink<? super MonitorAction> actions) {
    boolean isNews = up ? tunnelsUp.add(tunnel) : tunnelsUp.remove(tunnel);
    MonitoredPath path = paths.get(tunnel);
    if (isNews && path != null) {
      arm(path, up ? path.tunnelUp(interfaces, now, actions) : path.tunnelDown(now));
    }
  }

  private void arm(MonitoredPath path, @Nullable Instant next) {
    InterfaceName tunnel = path.config().tunnel();
    if (next == null) {
      timers.stop(tunnel);
    } else {
      timers.start(tunnel, next);
    }
  }

  @Override
  public void advance(Instant now, ActionSink<? super MonitorAction> actions) {
    InterfaceName due = timers.pollDue(now);
    while (due != null) {
      MonitoredPath path = paths.get(due);
      if (path != null) {
        arm(path, path.due(interfaces, now, actions));
      }
      due = timers.pollDue(now);
    }
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return timers.next();
  }

  /** Every monitored VPN, by its tunnel. */
  public List<VpnMonitorStatus> status() {
    return paths.values().stream().map(MonitoredPath::status).toList();
  }
}
