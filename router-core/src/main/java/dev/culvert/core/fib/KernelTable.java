package dev.culvert.core.fib;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel is believed to hold: for each prefix our route and its metric, more routes of
 * ours that are too many, and at which metrics somebody else's stand. Belief errs on the safe side:
 * what may be there is taken away, what may be missing is put there again.
 */
final class KernelTable {
  /** The lowest metric that ours may have; connected routes have 0. */
  static final int LOWEST = 1;

  /** Our route to a prefix, of which there is to be one. */
  static final class Held {
    FibEntry entry;
    final int metric;

    /** It may be another, or gone. */
    boolean doubtful;

    /** It was said to be gone, or not found. */
    boolean lost;

    /** The comparison that has last found it. */
    int found;

    Held(FibEntry entry, int metric) {
      this.entry = entry;
      this.metric = metric;
    }
  }

  private final SequencedMap<FibKey, Held> held = new LinkedHashMap<>();

  /** Routes of ours, if they are there, that are to go: next hops by metric. Rarely any. */
  private final SequencedMap<FibKey, SortedMap<Integer, List<FibEntry.Hop>>> surplus =
      new LinkedHashMap<>();

  /** Bit m: somebody else's route stands at metric m. Only where ours is wanted or held. */
  private final SequencedMap<FibKey, Integer> foreign = new LinkedHashMap<>();

  /**
   * Bits as in {@link #foreign}: a route was in the way where ours was thought to be missing. It is
   * theirs, or ours after all. Rarely any.
   */
  private final SequencedMap<FibKey, Integer> suspected = new LinkedHashMap<>();

  /** News were lost: at any metric somebody else's route may stand. */
  private boolean unsure;

  int size() {
    return held.size();
  }

  @Nullable Held held(FibKey key) {
    return held.get(key);
  }

  /** Ours in the order they came. */
  void forEach(BiConsumer<FibKey, Held> visitor) {
    held.forEach(visitor);
  }

  boolean isUnsure() {
    return unsure;
  }

  void setUnsure(boolean to) {
    unsure = to;
  }

  /** True if the kernel holds exactly that of ours, and surely. */
  boolean holds(FibKey key, FibEntry entry) {
    Held ours = held.get(key);
    return ours != null
        && !ours.doubtful
        && ours.entry.equals(entry)
        && !isForeign(key, ours.metric);
  }

  /** True if nothing of ours is there, surely. */
  boolean isEmpty(FibKey key) {
    return !held.containsKey(key) && !surplus.containsKey(key);
  }

  // --- What we did -------------------------------------------------------------------------------

  /**
   * The operation that makes {@code entry} our route where another or none is. Where ours is
   * missing without a word of the kernel's, somebody else's may have come unheard, so nothing is
   * replaced; after all other news the place is known to be ours or free.
   */
  FibOperation.Install placing(FibKey key, FibEntry entry) {
    Held ours = held.get(key);
    return ours != null && !unsure && !isForeign(key, ours.metric)
        ? new FibOperation.Install(entry, ours.metric, !ours.lost)
        : new FibOperation.Install(entry, freeMetric(key), false);
  }

  /** The highest that nobody has; the kernel refuses the lowest where all are taken. */
  private int freeMetric(FibKey key) {
    Held ours = held.get(key);
    SortedMap<Integer, List<FibEntry.Hop>> more = surplus.get(key);
    for (int metric = KernelRoute.METRIC; metric > LOWEST; metric--) {
      boolean own = (ours != null && ours.metric == metric) || hasKey(more, metric);
      if (!own && !isForeign(key, metric)) {
        return metric;
      }
    }
    return LOWEST;
  }

  private static boolean hasKey(@Nullable SortedMap<Integer, List<FibEntry.Hop>> map, int key) {
    return map != null && map.containsKey(key);
  }

  /** The removal of a route that is one too many; null if there is none. */
  @Nullable FibOperation surplusRemoval(FibKey key) {
    SortedMap<Integer, List<FibEntry.Hop>> more = surplus.get(key);
    if (more == null) {
      return null;
    }
    int metric = more.firstKey();
    return removal(key, metric, more.getOrDefault(metric, List.of()));
  }

  /** The removal of our route, or else of one that is too many; null if there is none. */
  @Nullable FibOperation removal(FibKey key) {
    Held ours = held.get(key);
    return ours == null ? surplusRemoval(key) : removal(key, ours.metric, ours.entry.nextHops());
  }

  private FibOperation.Remove removal(FibKey key, int metric, List<FibEntry.Hop> hops) {
    boolean joined = isForeign(key, metric) && hops.stream().allMatch(hop -> hop.gateway() != null);
    return new FibOperation.Remove(key, metric, joined ? hops : List.of());
  }

  void installed(FibOperation.Install install) {
    FibKey key = install.key();
    Held before = held.remove(key);
    if (before != null && before.metric != install.metric()) {
      tooMany(key, before.metric, before.entry.nextHops());
    }
    forgetSurplus(key, install.metric());
    held.put(key, new Held(install.entry(), install.metric()));
  }

  /** It may be there or not. */
  void perhapsInstalled(FibOperation.Install install) {
    Held ours = held.get(install.key());
    if (ours != null && ours.metric == install.metric()) {
      ours.doubtful = true;
    } else {
      tooMany(install.key(), install.metric(), install.entry().nextHops());
    }
  }

  void removed(FibOperation.Remove remove) {
    Held ours = held.get(remove.key());
    if (ours != null && ours.metric == remove.metric()) {
      held.remove(remove.key());
    }
    forgetSurplus(remove.key(), remove.metric());
  }

  /** It has been removed, and may have come back meanwhile. */
  void perhapsNotRemoved(FibOperation.Remove remove) {
    tooMany(remove.key(), remove.metric(), remove.only());
  }

  /** The removals of everything of ours. */
  List<FibOperation> allRemovals() {
    List<FibOperation> removals = new ArrayList<>();
    held.forEach((key, ours) -> removals.add(removal(key, ours.metric, ours.entry.nextHops())));
    surplus.forEach(
        (key, more) -> more.forEach((metric, hops) -> removals.add(removal(key, metric, hops))));
    return removals;
  }

  boolean holdsAt(FibKey key, int metric) {
    Held ours = held.get(key);
    return ours != null && ours.metric == metric;
  }

  boolean hasNoSurplus() {
    return surplus.isEmpty();
  }

  private void tooMany(FibKey key, int metric, List<FibEntry.Hop> hops) {
    surplus.computeIfAbsent(key, k -> new TreeMap<>()).put(metric, hops);
  }

  private void forgetSurplus(FibKey key, int metric) {
    SortedMap<Integer, List<FibEntry.Hop>> more = surplus.get(key);
    if (more != null) {
      more.remove(metric);
      if (more.isEmpty()) {
        surplus.remove(key);
      }
    }
  }

  // --- What others did ---------------------------------------------------------------------------

  /** A route with our protocol number is there. */
  void oursFound(KernelRoute route) {
    Held ours = held.get(route.key());
    if (ours == null && !surplus.containsKey(route.key())) {
      held.put(route.key(), new Held(route.entry(), route.metric()));
    } else if (ours != null && ours.metric == route.metric()) {
      ours.entry = route.entry();
      ours.doubtful = false;
      ours.lost = false;
      clear(suspected, route.key(), route.metric());
    } else {
      tooMany(route.key(), route.metric(), route.entry().nextHops());
    }
  }

  /** A route with our protocol number is gone, or a part of it, as IPv6 does. */
  void oursLost(KernelRoute route) {
    missing(route.key(), route.metric());
  }

  /** Our route is gone, or a comparison has not found it. */
  void missing(FibKey key, int metric) {
    Held ours = held.get(key);
    if (ours != null && ours.metric == metric) {
      ours.doubtful = true;
      ours.lost = true;
    }
  }

  /** Whether our route is still as it was, nobody knows. */
  void doubt(FibKey key, int metric) {
    Held ours = held.get(key);
    if (ours != null && ours.metric == metric) {
      ours.doubtful = true;
    }
  }

  /**
   * Somebody else's route is there.
   *
   * @param inPlace it may have taken the place of ours
   * @return false if that was known
   */
  boolean foreignFound(KernelRoute route, boolean inPlace) {
    FibKey key = route.key();
    Held ours = held.get(key);
    if (inPlace && ours != null && ours.metric == route.metric()) {
      held.remove(key);
      // Or of another of theirs: if ours is still there, it goes.
      tooMany(key, ours.metric, ours.entry.nextHops());
    }
    return markForeign(key, route.metric());
  }

  /** As {@link #foreignFound}, where the kernel only said that the place is taken. */
  boolean markForeign(FibKey key, int metric) {
    return mark(foreign, key, metric);
  }

  /**
   * An addition where ours was thought to be missing found a route in the way. Which, nobody knows:
   * ours goes elsewhere and then from there, if it is there.
   *
   * @return false if the operation was none of these, or that was known
   */
  boolean suspectForeign(FibOperation operation) {
    return operation instanceof FibOperation.Install install
        && !install.inPlace()
        && holdsAt(install.key(), install.metric())
        && !isForeign(install.key(), install.metric())
        && mark(suspected, install.key(), install.metric());
  }

  private static boolean mark(SequencedMap<FibKey, Integer> metrics, FibKey key, int metric) {
    int before = metrics.getOrDefault(key, 0);
    int after = before | 1 << metric;
    metrics.put(key, after);
    return before != after;
  }

  private static void clear(SequencedMap<FibKey, Integer> metrics, FibKey key, int metric) {
    // A route under our number may have any metric.
    if (metric >= 0 && metric <= KernelRoute.METRIC) {
      metrics.computeIfPresent(
          key, (k, before) -> (before & ~(1 << metric)) == 0 ? null : before & ~(1 << metric));
    }
  }

  void foreignLost(FibKey key, int metric) {
    clear(foreign, key, metric);
    clear(suspected, key, metric);
  }

  /** All but what stands beside ours, where that would be hit. */
  void forgetForeignElsewhere(FibKey key) {
    Held ours = held.get(key);
    setForeign(key, ours == null ? 0 : foreign.getOrDefault(key, 0) & 1 << ours.metric);
  }

  /** That is all there is of theirs; bits as {@link #foreign} has them. */
  void setForeign(FibKey key, int metrics) {
    suspected.remove(key);
    if (metrics == 0) {
      foreign.remove(key);
    } else {
      foreign.put(key, metrics);
    }
  }

  /** Where somebody else's routes stand, or may. */
  SequencedSet<FibKey> foreignKeys() {
    SequencedSet<FibKey> keys = new LinkedHashSet<>(foreign.sequencedKeySet());
    keys.addAll(suspected.sequencedKeySet());
    return keys;
  }

  /** True if somebody else's stands there, or may for all we know. */
  boolean isForeign(FibKey key, int metric) {
    return isKnownForeign(key, metric) || has(suspected, key, metric);
  }

  boolean isKnownForeign(FibKey key, int metric) {
    return has(foreign, key, metric);
  }

  private static boolean has(SequencedMap<FibKey, Integer> metrics, FibKey key, int metric) {
    return metric <= KernelRoute.METRIC
        && metric >= 0
        && (metrics.getOrDefault(key, 0) & 1 << metric) != 0;
  }

  /** The lowest metric of somebody else's route that prevails over ours; -1 if none does. */
  int prevailing(FibKey key) {
    Held ours = held.get(key);
    int metrics = foreign.getOrDefault(key, 0);
    int lowest = metrics == 0 ? -1 : Integer.numberOfTrailingZeros(metrics);
    return ours != null && lowest >= 0 && lowest < ours.metric ? lowest : -1;
  }
}
