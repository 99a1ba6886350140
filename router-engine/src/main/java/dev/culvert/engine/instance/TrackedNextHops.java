package dev.culvert.engine.instance;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.NextHopChange;
import dev.culvert.core.rib.ResolvedNextHop;
import dev.culvert.core.rib.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The next hops one instance has tracked, and what of them it is yet to be told. News waits, as the
 * instance asks while it handles another event. Confined to the routing thread.
 */
final class TrackedNextHops {
  private final Surroundings surroundings;
  private final String routingInstance;
  private final SortedMap<IpAddress, Integer> tracked = new TreeMap<>();
  private final SortedMap<IpAddress, Optional<ResolvedNextHop>> untold = new TreeMap<>();

  TrackedNextHops(Surroundings surroundings, Set<TableId> tables) {
    this.surroundings = surroundings;
    this.routingInstance = tables.iterator().next().instance();
  }

  void track(IpAddress nextHop) {
    tracked.merge(nextHop, 1, Integer::sum);
    tell(nextHop, surroundings.trackNextHop(table(nextHop), nextHop));
  }

  void untrack(IpAddress nextHop) {
    if (tracked.computeIfPresent(nextHop, (hop, uses) -> uses - 1) == null) {
      throw new IllegalStateException(nextHop + " is not tracked");
    }
    if (tracked.remove(nextHop, 0)) {
      untold.remove(nextHop);
    }
    surroundings.untrackNextHop(table(nextHop), nextHop);
  }

  void changed(NextHopChange change) {
    if (change.table().instance().equals(routingInstance)
        && tracked.containsKey(change.address())) {
      tell(change.address(), change.after());
    }
  }

  private void tell(IpAddress nextHop, @Nullable ResolvedNextHop resolved) {
    untold.put(nextHop, Optional.ofNullable(resolved));
  }

  boolean hasNews() {
    return !untold.isEmpty();
  }

  /** What the instance has not been told, once. */
  SortedMap<IpAddress, Optional<ResolvedNextHop>> takeNews() {
    SortedMap<IpAddress, Optional<ResolvedNextHop>> news = new TreeMap<>(untold);
    untold.clear();
    return news;
  }

  void untrackAll() {
    List<IpAddress> held = new ArrayList<>();
    tracked.forEach((nextHop, uses) -> {
      for (int i = 0; i < uses; i++) {
        held.add(nextHop);
      }
    });
    held.forEach(this::untrack);
  }

  private TableId table(IpAddress nextHop) {
    return new TableId(routingInstance, nextHop.family());
  }
}
