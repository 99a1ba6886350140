package dev.culvert.engine;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Routes to what lies behind traffic selectors, by the tunnel of each, while its SA pair is there.
 * Several selectors of one tunnel may lead to one prefix: the route is that of the best of them.
 * Confined to the routing thread.
 */
final class SelectorRoutes {
  private final SortedMap<Integer, RouterEvent.SelectorChanged> selectors = new TreeMap<>();

  /** By prefix and tunnel; how many selectors of each there are is no matter of this. */
  private record Place(IpPrefix prefix, InterfaceName tunnel) {}

  /** What is to be told to the tables. */
  List<RouteUpdate> changed(RouterEvent.SelectorChanged change) {
    SequencedSet<Place> touched = new LinkedHashSet<>();
    RouterEvent.SelectorChanged before =
        change.remotes().isEmpty()
            ? selectors.remove(change.selector())
            : selectors.put(change.selector(), change);
    if (before != null) {
      before.remotes().forEach(prefix -> touched.add(new Place(prefix, before.tunnel())));
    }
    change.remotes().forEach(prefix -> touched.add(new Place(prefix, change.tunnel())));
    List<RouteUpdate> updates = new ArrayList<>();
    for (Place place : touched) {
      TableId table = TableId.of(place.prefix().family());
      RouteSource source = new RouteSource(RouteProtocol.ARI_TS, place.tunnel().toString());
      updates.add(
          best(place)
              .<RouteUpdate>map(
                  selector -> new RouteUpdate.Announce(table, route(place, source, selector)))
              .orElseGet(() -> new RouteUpdate.Withdraw(table, place.prefix(), source)));
    }
    return updates;
  }

  private Optional<RouterEvent.SelectorChanged> best(Place place) {
    return selectors.values().stream()
        .filter(s -> s.tunnel().equals(place.tunnel()) && s.remotes().contains(place.prefix()))
        .min(
            Comparator.comparingLong(RouterEvent.SelectorChanged::preference)
                .thenComparingLong(RouterEvent.SelectorChanged::metric));
  }

  private static Route route(
      Place place, RouteSource source, RouterEvent.SelectorChanged selector) {
    return new Route(
        place.prefix(),
        source,
        selector.preference(),
        selector.metric(),
        0,
        List.of(new NextHop.Via(place.tunnel(), null)),
        new RouteDetail.None());
  }
}
