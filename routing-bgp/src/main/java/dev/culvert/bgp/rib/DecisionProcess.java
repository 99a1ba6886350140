package dev.culvert.bgp.rib;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Phase 2 of RFC 4271 §9.1.2, with the steps in Junos' order.
 *
 * <p>MULTI_EXIT_DISC is compared only between paths from the same neighboring AS, which makes
 * pairwise comparison depend on the order of comparison. So paths are eliminated from the whole
 * set, as §9.1.2.2 does it, and the rest is ranked by electing again without the winner: ranks do
 * not depend on the order of arrival. Junos' preference for the oldest external path would, and is
 * left out.
 */
public final class DecisionProcess {
  /**
   * A path in its place.
   *
   * @param lostAt where it lost against the best one; null for that one
   */
  public record Ranked(Path path, @Nullable DecisionStep lostAt) {}

  private DecisionProcess() {}

  /** The paths whose next hop resolves, best first. */
  public static List<Ranked> rank(List<Path> paths) {
    List<Path> feasible = new ArrayList<>(paths.size());
    for (Path path : paths) {
      if (path.nextHop().isResolved()) {
        feasible.add(path);
      }
    }
    if (feasible.size() <= 1) {
      return feasible.stream().map(p -> new Ranked(p, null)).toList();
    }
    Election first = elect(feasible);
    List<Ranked> ranked = new ArrayList<>(feasible.size());
    Election election = first;
    while (true) {
      Path best = election.best;
      ranked.add(new Ranked(best, first.lostAt(best)));
      feasible.remove(best);
      if (feasible.isEmpty()) {
        return ranked;
      }
      election = elect(feasible);
    }
  }

  /** One run of the tie-breaking steps over a non-empty set. */
  private static Election elect(List<Path> candidates) {
    Election election = new Election(candidates);
    election.keepLowest(DecisionStep.ROUTE_PREFERENCE, Path::preference);
    election.keepLowest(DecisionStep.LOCAL_PREFERENCE, p -> -p.localPreference());
    election.keepLowest(DecisionStep.AS_PATH, p -> p.attributes().asPath().length());
    election.keepLowest(DecisionStep.ORIGIN, p -> p.attributes().origin().wireValue());
    election.keepLowestMedOfEachNeighborAs();
    election.keepLowest(DecisionStep.EXTERNAL_OVER_INTERNAL, p -> p.source().external() ? 0 : 1);
    election.keepLowest(DecisionStep.IGP_METRIC, p -> p.nextHop().igpMetric());
    election.keepLowest(
        DecisionStep.ROUTER_ID, p -> Integer.toUnsignedLong(p.originatorId().bits()));
    election.keepLowest(DecisionStep.CLUSTER_LIST, p -> p.attributes().clusterList().size());
    election.keepLowest(
        DecisionStep.UPDATE_SOURCE, p -> Integer.toUnsignedLong(p.source().peer().bits()));
    return election.finish();
  }

  private static final class Election {
    private final List<Path> remaining;
    private final List<Path> losers = new ArrayList<>();
    private final List<DecisionStep> lostAt = new ArrayList<>();
    private Path best;

    Election(List<Path> candidates) {
      remaining = new ArrayList<>(candidates);
      best = candidates.getFirst();
    }

    void keepLowest(DecisionStep step, ToLongFunction<Path> value) {
      if (remaining.size() == 1) {
        return;
      }
      long lowest = Long.MAX_VALUE;
      for (Path path : remaining) {
        lowest = Math.min(lowest, value.applyAsLong(path));
      }
      for (Path path : List.copyOf(remaining)) {
        if (value.applyAsLong(path) > lowest) {
          eliminate(path, step);
        }
      }
    }

    /** §9.1.2.2 (c). A path of our own AS has neighbor AS 0, which is a group like the others. */
    void keepLowestMedOfEachNeighborAs() {
      List<Path> before = List.copyOf(remaining);
      for (Path path : before) {
        for (Path other : before) {
          if (neighborAs(path) == neighborAs(other)
              && other.attributes().medOrLowest() < path.attributes().medOrLowest()) {
            eliminate(path, DecisionStep.MED);
            break;
          }
        }
      }
    }

    private static long neighborAs(Path path) {
      return path.attributes().asPath().neighborAs();
    }

    private void eliminate(Path path, DecisionStep step) {
      remaining.remove(path);
      losers.add(path);
      lostAt.add(step);
    }

    /** Peer addresses differ, so one path is left. */
    Election finish() {
      best = remaining.getFirst();
      return this;
    }

    @Nullable DecisionStep lostAt(Path path) {
      int index = losers.indexOf(path);
      return index < 0 ? null : lostAt.get(index);
    }
  }
}
