package dev.culvert.engine;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.RoutingTable;
import dev.culvert.core.rib.RoutingTables;
import dev.culvert.core.rib.TableId;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.StaticNatRule;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Prefixes by which static NAT shows inside ones to the outside, as routes that export policies
 * match ({@code from protocol static-nat}). Each is there while a route to the inside is: an inside
 * that is gone is not to be sent for. Confined to the routing thread.
 */
final class TranslatedRoutes {
  /**
   * @param outside as seen from outside
   * @param inside what it stands for; as long
   * @param outward interfaces beyond which it is shown: a route by one of them does not lead inside
   */
  record Translation(IpPrefix outside, IpPrefix inside, Set<InterfaceName> outward) {
    Translation {
      outward = Set.copyOf(outward);
    }
  }

  /** Destinations looked at in one go. */
  private static final int SLICE = 64;

  private static final RouteSource SOURCE = new RouteSource(RouteProtocol.STATIC_NAT, "");

  /** By outside; several rules may have the same. */
  private SequencedMap<IpPrefix, SequencedSet<Translation>> translations = new LinkedHashMap<>();

  private final SequencedSet<IpPrefix> offered = new LinkedHashSet<>();

  /**
   * What static NAT shows to the outside. Rules that translate single ports are not among them:
   * such an address is the router's own, or somebody else's but for these ports.
   */
  static List<Translation> of(Ruleset ruleset) {
    List<Translation> translations = new ArrayList<>();
    for (NatRuleSet<StaticNatRule> set : ruleset.nat().statics()) {
      Set<InterfaceName> outward = interfaces(set.from(), ruleset.zones());
      for (StaticNatRule rule : set.rules()) {
        if (rule.destinationPorts() == null) {
          translations.add(new Translation(rule.destination(), rule.translated(), outward));
        }
      }
    }
    return translations;
  }

  private static Set<InterfaceName> interfaces(NatScope scope, List<Zone> zones) {
    return switch (scope) {
      case NatScope.Interfaces(var names) -> names;
      case NatScope.Zones(var names) ->
          zones.stream()
              .filter(zone -> names.contains(zone.name()))
              .flatMap(zone -> zone.interfaces().stream())
              .map(Zone.Member::name)
              .collect(Collectors.toSet());
      case NatScope.Instance() -> Set.of();
    };
  }

  /** Takes the translations of a configuration. */
  List<RouteUpdate> configured(List<Translation> configured, RoutingTables tables) {
    SequencedMap<IpPrefix, SequencedSet<Translation>> after = new LinkedHashMap<>();
    for (Translation translation : configured) {
      after
          .computeIfAbsent(translation.outside(), outside -> new LinkedHashSet<>())
          .add(translation);
    }
    List<RouteUpdate> updates = new ArrayList<>();
    for (IpPrefix outside : List.copyOf(offered)) {
      if (!after.containsKey(outside)) {
        withdraw(outside, updates);
      }
    }
    translations = after;
    translations.keySet().forEach(outside -> review(outside, tables, updates));
    return updates;
  }

  /** Looks again at those whose inside the changes may concern. */
  List<RouteUpdate> routesChanged(List<RibDelta> deltas, RoutingTables tables) {
    List<RouteUpdate> updates = new ArrayList<>();
    translations.forEach((outside, all) -> {
      if (all.stream().anyMatch(translation -> isTouched(translation.inside(), deltas))) {
        review(outside, tables, updates);
      }
    });
    return updates;
  }

  private static boolean isTouched(IpPrefix inside, List<RibDelta> deltas) {
    for (RibDelta delta : deltas) {
      if (delta.prefix().covers(inside) || inside.covers(delta.prefix())) {
        return true;
      }
    }
    return false;
  }

  private void review(IpPrefix outside, RoutingTables tables, List<RouteUpdate> updates) {
    RoutingTable table = tables.table(TableId.of(outside.family()));
    boolean isReachable =
        translations.getOrDefault(outside, new LinkedHashSet<>()).stream()
            .anyMatch(translation -> isReachable(translation, table));
    if (!isReachable) {
      if (offered.contains(outside)) {
        withdraw(outside, updates);
      }
    } else if (offered.add(outside)) {
      updates.add(new RouteUpdate.Announce(table.id(), route(outside)));
    }
  }

  private void withdraw(IpPrefix outside, List<RouteUpdate> updates) {
    offered.remove(outside);
    updates.add(new RouteUpdate.Withdraw(TableId.of(outside.family()), outside, SOURCE));
  }

  /**
   * What is for an outside address has been translated before it is routed; the rest is dropped.
   */
  private static Route route(IpPrefix outside) {
    return new Route(
        outside,
        SOURCE,
        RouteProtocol.STATIC_NAT.defaultPreference(),
        0,
        0,
        List.of(new NextHop.Discard()),
        new RouteDetail.None());
  }

  /** A default route leads to the outside, whatever it covers. */
  private static boolean isReachable(Translation translation, RoutingTable table) {
    IpPrefix inside = translation.inside();
    ActiveRoute covering = table.lookup(inside.network());
    if (covering != null
        && covering.prefix().covers(inside)
        && leadsInside(covering, translation)) {
      return true;
    }
    IpPrefix after = null;
    while (true) {
      List<RouteEntry> within = table.entriesWithin(inside, after, SLICE);
      for (RouteEntry entry : within) {
        ActiveRoute active = table.active(entry.prefix());
        if (active != null && leadsInside(active, translation)) {
          return true;
        }
        after = entry.prefix();
      }
      if (within.size() < SLICE) {
        return false;
      }
    }
  }

  private static boolean leadsInside(ActiveRoute route, Translation translation) {
    return !route.prefix().isDefault()
        && route.resolved().stream()
            .anyMatch(hop ->
                switch (hop) {
                  case NextHop.Via(InterfaceName out, var gateway) ->
                      !translation.outward().contains(out);
                  case NextHop.Local local -> true;
                  case NextHop.Recursive r -> false;
                  case NextHop.Discard d -> false;
                  case NextHop.Reject r -> false;
                });
  }
}
