package dev.culvert.core.rib;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.PrefixTrie;
import dev.culvert.core.rib.NextHopReach.Reach;
import dev.culvert.core.rib.NextHopResolver.Resolution;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that routes and protocols hang on, with their resolution kept current: one search
 * serves a million routes with the same next hop, and a change re-resolves only what it touches.
 */
final class NextHopTracker {
  /** One address in one mode, and who depends on it. */
  private static final class Tracked {
    final IpAddress address;
    final boolean interiorOnly;
    Resolution resolution;
    Reach reach;

    /** Routes by destination, with how many of its candidates use the address. */
    final SequencedMap<Destination, Integer> dependents = new LinkedHashMap<>();

    int watchers;

    /** What watchers were told last. */
    @Nullable ResolvedNextHop told;

    Tracked(IpAddress address, boolean interiorOnly, Resolution resolution, Reach reach) {
      this.address = address;
      this.interiorOnly = interiorOnly;
      this.resolution = resolution;
      this.reach = reach;
    }

    /** Changes of shorter prefixes do not matter. */
    int shortest() {
      return Math.min(resolution.shortest(), reach.shortest());
    }

    boolean isUnused() {
      return dependents.isEmpty() && watchers == 0;
    }
  }

  private final TableId table;
  private final NextHopResolver resolver;
  private final NextHopReach reaches;
  private final PrefixTrie<Tracked> byAnyRoute;
  private final PrefixTrie<Tracked> byInteriorRoute;
  private final SequencedMap<IpAddress, Tracked> changed = new LinkedHashMap<>();

  NextHopTracker(TableId table, NextHopResolver resolver, NextHopReach reaches) {
    this.table = table;
    this.resolver = resolver;
    this.reaches = reaches;
    this.byAnyRoute = new PrefixTrie<>(table.family());
    this.byInteriorRoute = new PrefixTrie<>(table.family());
  }

  /** The resolution an acquired address has. */
  Resolution resolution(IpAddress address, boolean interiorOnly) {
    return Objects.requireNonNull(trie(interiorOnly).get(IpPrefix.host(address))).resolution;
  }

  void acquire(IpAddress address, boolean interiorOnly, Destination dependent) {
    tracked(address, interiorOnly).dependents.merge(dependent, 1, Integer::sum);
  }

  void release(IpAddress address, boolean interiorOnly, Destination dependent) {
    Tracked tracked = tracked(address, interiorOnly);
    tracked.dependents.computeIfPresent(dependent, (d, uses) -> uses == 1 ? null : uses - 1);
    forgetIfUnused(tracked);
  }

  @Nullable ResolvedNextHop watch(IpAddress address) {
    Tracked tracked = tracked(address, false);
    if (tracked.watchers++ == 0) {
      tracked.told = tracked.reach.resolved();
    }
    return tracked.told;
  }

  void unwatch(IpAddress address) {
    Tracked tracked = byAnyRoute.get(IpPrefix.host(address));
    if (tracked == null || tracked.watchers == 0) {
      throw new IllegalStateException(address + " is not tracked");
    }
    tracked.watchers--;
    forgetIfUnused(tracked);
  }

  /** Re-resolves what may depend on the prefix; destinations to look at again go to the sink. */
  void touched(IpPrefix prefix, Consumer<Destination> sink) {
    byAnyRoute.within(prefix, tracked -> refresh(tracked, prefix, sink));
    byInteriorRoute.within(prefix, tracked -> refresh(tracked, prefix, sink));
  }

  /** Changes for watchers since the last call, those that changed back left out. */
  List<NextHopChange> takeChanges() {
    List<NextHopChange> changes = new ArrayList<>();
    for (Tracked tracked : changed.values()) {
      ResolvedNextHop after = tracked.reach.resolved();
      if (tracked.watchers > 0 && !Objects.equals(tracked.told, after)) {
        tracked.told = after;
        changes.add(new NextHopChange(table, tracked.address, after));
      }
    }
    changed.clear();
    return changes;
  }

  private void refresh(Tracked tracked, IpPrefix prefix, Consumer<Destination> sink) {
    if (prefix.length() < tracked.shortest()) {
      return;
    }
    Resolution resolution = resolver.resolve(tracked.address, tracked.interiorOnly);
    Reach reach = reaches.of(tracked.address, tracked.interiorOnly);
    if (resolution.equals(tracked.resolution) && reach.equals(tracked.reach)) {
      return;
    }
    tracked.resolution = resolution;
    tracked.reach = reach;
    tracked.dependents.sequencedKeySet().forEach(sink);
    if (tracked.watchers > 0) {
      changed.put(tracked.address, tracked);
    }
  }

  private Tracked tracked(IpAddress address, boolean interiorOnly) {
    PrefixTrie<Tracked> trie = trie(interiorOnly);
    IpPrefix host = IpPrefix.host(address);
    Tracked tracked = trie.get(host);
    if (tracked == null) {
      tracked =
          new Tracked(
              address,
              interiorOnly,
              resolver.resolve(address, interiorOnly),
              reaches.of(address, interiorOnly));
      trie.put(host, tracked);
    }
    return tracked;
  }

  private void forgetIfUnused(Tracked tracked) {
    if (tracked.isUnused()) {
      trie(tracked.interiorOnly).remove(IpPrefix.host(tracked.address));
      changed.remove(tracked.address, tracked);
    }
  }

  private PrefixTrie<Tracked> trie(boolean interiorOnly) {
    return interiorOnly ? byInteriorRoute : byAnyRoute;
  }
}
