package dev.culvert.core.rib.statics;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.rib.statics.StaticRoute.Entry;
import dev.culvert.core.rib.statics.StaticRoute.Hop;
import dev.culvert.core.rib.statics.StaticRoute.Watch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Offers the configured static routes to the table. A next hop whose liveness detection reports a
 * loss is left out until it reports the neighbor back; a route of which nothing is left is
 * withheld, with the reason. One never heard of counts as alive, so that a neighbor without BFD is
 * still used.
 *
 * <p>What it offers follows from the configuration, the interfaces and the losses alone; each
 * method returns the way there from what was offered before. Confined to the routing thread.
 */
public final class StaticRoutes {
  /** What one event leads to; carry out both. */
  public record Changes(List<RouteUpdate> routes, List<LivenessWatch> watches) {
    static final Changes NONE = new Changes(List.of(), List.of());

    public Changes {
      routes = List.copyOf(routes);
      watches = List.copyOf(watches);
    }
  }

  private record RouteKey(IpPrefix prefix, RouteSource source) {}

  private RoutingOptionsConfig config = RoutingOptionsConfig.NONE;
  private final SortedMap<InterfaceName, InterfaceState> interfaces = new TreeMap<>();
  private final Set<LivenessTarget> lost = new HashSet<>();
  private SequencedMap<RouteKey, RouteUpdate> offered = new LinkedHashMap<>();
  private SequencedMap<LivenessTarget, LivenessConfig> watched = new LinkedHashMap<>();

  public Changes reconfigure(RoutingOptionsConfig after) {
    config = after;
    return update();
  }

  /** Takes what has become of interfaces: a watched neighbor's is found by its subnet. */
  public Changes interfacesChanged(InterfaceChanges changes) {
    boolean sameSubnets =
        changes.gone().stream().allMatch(name -> subnets(interfaces.get(name)).isEmpty())
            && changes.changed().stream()
                .allMatch(state -> subnets(interfaces.get(state.name())).equals(subnets(state)));
    changes.applyTo(interfaces);
    return sameSubnets ? Changes.NONE : update();
  }

  private static List<InterfaceAddress> subnets(@Nullable InterfaceState state) {
    return state == null ? List.of() : state.addresses();
  }

  /** The target was up and its path is lost. */
  public Changes livenessLost(LivenessTarget target) {
    if (watched.containsKey(target)) {
      lost.add(target);
    }
    return update();
  }

  /** The target is up, or was taken down on purpose by its side. */
  public Changes livenessRestored(LivenessTarget target) {
    lost.remove(target);
    return update();
  }

  private Changes update() {
    SequencedMap<RouteKey, RouteUpdate> routes = new LinkedHashMap<>();
    SequencedMap<LivenessTarget, LivenessConfig> watches = new LinkedHashMap<>();
    for (StaticRoute route : config.staticRoutes()) {
      for (Entry entry : route.entries()) {
        List<NextHop> usable = new ArrayList<>();
        LivenessTarget down = null;
        for (Hop hop : entry.hops()) {
          LivenessTarget target = target(hop.watch());
          if (hop.watch() != null && target != null) {
            watches.merge(target, hop.watch().config(), LivenessConfig::stricter);
          }
          if (target == null || !lost.contains(target)) {
            usable.add(hop.nextHop());
          } else {
            down = target;
          }
        }
        RouteUpdate offer =
            usable.isEmpty() && down != null
                ? withheld(route, entry, down)
                : new RouteUpdate.Announce(table(route), offer(route, entry, usable));
        routes.put(new RouteKey(offer.prefix(), offer.source()), offer);
      }
    }
    lost.retainAll(watches.keySet());
    Changes changes = new Changes(routeUpdates(routes), watchChanges(watches));
    offered = routes;
    watched = watches;
    return changes;
  }

  /** Nothing is left of it: it stays to be seen, with what took it away. */
  private static RouteUpdate withheld(StaticRoute route, Entry entry, LivenessTarget down) {
    List<NextHop> hops = entry.hops().stream().map(Hop::nextHop).toList();
    return new RouteUpdate.Withhold(
        table(route), offer(route, entry, hops), "BFD down: " + down.neighbor());
  }

  private static TableId table(StaticRoute route) {
    return TableId.of(route.prefix().family());
  }

  private static Route offer(StaticRoute route, Entry entry, List<NextHop> nextHops) {
    return new Route(
        route.prefix(),
        new RouteSource(RouteProtocol.STATIC, entry.instance()),
        entry.preference(),
        entry.metric(),
        0,
        nextHops,
        new RouteDetail.Static(route.tag()));
  }

  /** Null where nothing is watched, or nobody knows yet through which interface. */
  private @Nullable LivenessTarget target(@Nullable Watch watch) {
    if (watch == null) {
      return null;
    }
    InterfaceName out = watch.out() == null ? connected(watch.neighbor()) : watch.out();
    return out == null ? null : new LivenessTarget(out, watch.localAddress(), watch.neighbor());
  }

  private @Nullable InterfaceName connected(IpAddress neighbor) {
    return interfaces.values().stream()
        .flatMap(state -> state.addresses().stream().map(a -> new Subnet(a.prefix(), state.name())))
        .filter(subnet -> subnet.prefix().contains(neighbor))
        .max(Comparator.comparingInt(subnet -> subnet.prefix().length()))
        .map(Subnet::name)
        .orElse(null);
  }

  private record Subnet(IpPrefix prefix, InterfaceName name) {}

  private List<RouteUpdate> routeUpdates(SequencedMap<RouteKey, RouteUpdate> after) {
    List<RouteUpdate> updates = new ArrayList<>();
    for (RouteKey key : offered.sequencedKeySet()) {
      if (!after.containsKey(key)) {
        updates.add(
            new RouteUpdate.Withdraw(
                TableId.of(key.prefix().family()), key.prefix(), key.source()));
      }
    }
    after.forEach((key, offer) -> {
      if (!offer.equals(offered.get(key))) {
        updates.add(offer);
      }
    });
    return updates;
  }

  private List<LivenessWatch> watchChanges(SequencedMap<LivenessTarget, LivenessConfig> after) {
    List<LivenessWatch> changes = new ArrayList<>();
    for (LivenessTarget target : watched.sequencedKeySet()) {
      if (!after.containsKey(target)) {
        changes.add(new LivenessWatch.Stop(target));
      }
    }
    after.forEach((target, parameters) -> {
      if (!parameters.equals(watched.get(target))) {
        changes.add(new LivenessWatch.Start(target, parameters));
      }
    });
    return changes;
  }
}
