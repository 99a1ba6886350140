package dev.culvert.engine;

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
import dev.culvert.firewall.ruleset.NatTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * Prefixes by which static NAT shows inside ones to the outside, as routes that export policies
 * match ({@code from protocol static-nat}). Each is there while a route to the inside is: an inside
 * that is gone is not to be sent for. Confined to the routing thread.
 */
final class TranslatedRoutes {
  /**
   * @param outside as seen from outside
   * @param inside what it stands for; as long
   */
  record Translation(IpPrefix outside, IpPrefix inside) {}

  /** Destinations looked at in one go. */
  private static final int SLICE = 64;

  private static final RouteSource SOURCE = new RouteSource(RouteProtocol.STATIC_NAT, "");

  /** Insides of one outside; a rule may say the same for several senders. */
  private SequencedMap<IpPrefix, SequencedSet<IpPrefix>> translations = new LinkedHashMap<>();

  private final SequencedSet<IpPrefix> offered = new LinkedHashSet<>();

  /** What static NAT shows to the outside. */
  static List<Translation> of(NatTable nat) {
    return nat.translatedPrefixes().stream()
        .map(prefix -> new Translation(prefix.outside(), prefix.inside()))
        .toList();
  }

  /** Takes the translations of a configuration. */
  List<RouteUpdate> configured(List<Translation> configured, RoutingTables tables) {
    SequencedMap<IpPrefix, SequencedSet<IpPrefix>> after = new LinkedHashMap<>();
    for (Translation translation : configured) {
      after
          .computeIfAbsent(translation.outside(), outside -> new LinkedHashSet<>())
          .add(translation.inside());
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
    translations.forEach((outside, insides) -> {
      if (insides.stream().anyMatch(inside -> isTouched(inside, deltas))) {
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
            .anyMatch(inside -> isReachable(inside, table));
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
  private static boolean isReachable(IpPrefix inside, RoutingTable table) {
    ActiveRoute covering = table.lookup(inside.network());
    if (covering != null && covering.prefix().covers(inside) && leadsInside(covering)) {
      return true;
    }
    IpPrefix after = null;
    while (true) {
      List<RouteEntry> within = table.entriesWithin(inside, after, SLICE);
      for (RouteEntry entry : within) {
        ActiveRoute active = table.active(entry.prefix());
        if (active != null && leadsInside(active)) {
          return true;
        }
        after = entry.prefix();
      }
      if (within.size() < SLICE) {
        return false;
      }
    }
  }

  private static boolean leadsInside(ActiveRoute route) {
    return !route.prefix().isDefault()
        && route.resolved().stream()
            .anyMatch(hop -> hop instanceof NextHop.Via || hop instanceof NextHop.Local);
  }
}
