package dev.culvert.rip;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.policy.PolicyResult;
import dev.culvert.core.policy.RoutePolicyContext;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.rip.config.RipConfig;
import dev.culvert.rip.config.RipGroupConfig;
import dev.culvert.rip.packet.RipFlavor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the neighbors of each group are told: active routes that the group's export policy lets out,
 * and for a while those that it does not any more, as unreachable. Confined to the routing thread.
 */
final class Exports {
  /**
   * A route as neighbors are told of it.
   *
   * @param metric 16 for one that is gone
   * @param learnedVia where RIP itself learned it: not offered there
   */
  record Advertisement(IpPrefix prefix, int metric, int tag, List<NextHop.Via> learnedVia) {
    Advertisement {
      learnedVia = List.copyOf(learnedVia);
    }

    boolean isGone() {
      return metric >= RipFlavor.INFINITY;
    }

    Advertisement gone() {
      return new Advertisement(prefix, RipFlavor.INFINITY, tag, List.of());
    }
  }

  private static final class Group {
    RipGroupConfig config;
    final TreeMap<IpPrefix, Advertisement> advertised = new TreeMap<>();

    Group(RipGroupConfig config) {
      this.config = config;
    }
  }

  private final RipInstance instance;

  /** Told of each change: the group's name and the prefix. */
  private final BiConsumer<String, IpPrefix> changed;

  private final TreeMap<IpPrefix, ActiveRoute> active = new TreeMap<>();
  private final TreeMap<String, Group> groups = new TreeMap<>();

  Exports(RipInstance instance, BiConsumer<String, IpPrefix> changed) {
    this.instance = instance;
    this.changed = changed;
  }

  /** By prefix; empty for a group that there is not. */
  SortedMap<IpPrefix, Advertisement> of(String group) {
    Group found = groups.get(group);
    return found == null
        ? Collections.emptySortedMap()
        : Collections.unmodifiableSortedMap(found.advertised);
  }

  int advertised(String group) {
    return (int) of(group).values().stream().filter(a -> !a.isGone()).count();
  }

  void ribChanged(Collection<RibDelta> deltas) {
    for (RibDelta delta : deltas) {
      ActiveRoute after = delta.after();
      if (after == null) {
        active.remove(delta.prefix());
      } else {
        active.put(delta.prefix(), after);
      }
      groups.values().forEach(group -> evaluate(group, delta.prefix(), after));
    }
  }

  /** Puts every active route to the policies that have changed. */
  void configured(RipConfig after) {
    groups
        .entrySet()
        .removeIf(entry -> {
          boolean isGone = !after.groups().containsKey(entry.getKey());
          if (isGone) {
            stopTimers(entry.getKey(), entry.getValue());
          }
          return isGone;
        });
    for (RipGroupConfig config : after.groups().values()) {
      Group group = groups.get(config.name());
      if (group == null) {
        group = new Group(config);
        groups.put(config.name(), group);
        evaluateAll(group);
      } else if (!group.config.equals(config)) {
        group.config = config;
        evaluateAll(group);
      }
    }
    if (groups.isEmpty()) {
      active.clear();
    }
  }

  private void stopTimers(String name, Group group) {
    group
        .advertised
        .keySet()
        .forEach(prefix -> instance.timers.stop(new RipTimer.Garbage(name, prefix)));
  }

  private void evaluateAll(Group group) {
    for (Map.Entry<IpPrefix, ActiveRoute> entry : active.entrySet()) {
      evaluate(group, entry.getKey(), entry.getValue());
    }
  }

  private void evaluate(Group group, IpPrefix prefix, @Nullable ActiveRoute route) {
    Advertisement before = group.advertised.get(prefix);
    Advertisement after = route == null ? null : advertisement(group.config, route);
    RipTimer.Garbage garbage = new RipTimer.Garbage(group.config.name(), prefix);
    if (after != null) {
      instance.timers.stop(garbage);
    } else if (before != null && !before.isGone()) {
      after = before.gone();
      instance.timers.start(garbage, instance.now.plus(instance.config.holddown()));
    }
    if (after != null && !after.equals(before)) {
      group.advertised.put(prefix, after);
      changed.accept(group.config.name(), prefix);
    }
  }

  /** Neighbors have been told long enough that the route is gone. */
  void garbageDue(String name, IpPrefix prefix) {
    Group group = groups.get(name);
    if (group != null) {
      group.advertised.remove(prefix);
    }
  }

  /**
   * RIP exports nothing by itself. What the group itself has learned is told with the metric it
   * has; everything else with metric-out on top, if no policy gives a metric. A policy makes a
   * learned route longer but never shorter, or loops would not count to infinity.
   */
  private @Nullable Advertisement advertisement(RipGroupConfig group, ActiveRoute active) {
    Route route = active.route();
    if (!isUseful(active.prefix())) {
      return null;
    }
    PolicyResult result = group.exported().evaluate(active, RoutePolicyContext.NONE);
    if (!result.accepts(false)) {
      return null;
    }
    boolean learned = route.protocol() == instance.flavor.protocol();
    List<NextHop.Via> learnedVia = learned ? vias(active) : List.of();
    boolean byGroup =
        learned && learnedVia.stream().allMatch(via -> group.neighbors().containsKey(via.out()));
    long least = learned ? route.metric() : 0;
    long metric = byGroup ? least : least + group.metricOut();
    metric = Math.max(RipMetrics.orElse(result.modifications().metric(), clamped(metric)), least);
    int told = RipMetrics.clamp(metric);
    int tag = RipMetrics.tagOrElse(result.modifications().tag(), route.detail().routeTag());
    return told >= RipFlavor.INFINITY
        ? null
        : new Advertisement(active.prefix(), told, tag, learnedVia);
  }

  private static int clamped(long metric) {
    return RipMetrics.clamp(metric);
  }

  /** What means something to a neighbor. */
  private static boolean isUseful(IpPrefix prefix) {
    return !prefix.network().isMulticast()
        && !prefix.network().isLoopback()
        && !RipNeighbor.isLinkLocal(prefix.network());
  }

  private static List<NextHop.Via> vias(ActiveRoute active) {
    List<NextHop.Via> vias = new ArrayList<>();
    for (NextHop hop : active.resolved()) {
      if (hop instanceof NextHop.Via via) {
        vias.add(via);
      }
    }
    return vias;
  }
}
