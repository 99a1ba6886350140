package dev.culvert.core.rib;

import dev.culvert.core.net.IpPrefix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One prefix of a table with its candidates, best first. Plain state; {@link RoutingTable} acts.
 */
final class Destination {
  /**
   * Preference decides; within one protocol its own rank, then the metric. The rest makes the order
   * total, so that equal offers never trade places.
   */
  private static final Comparator<Candidate> ORDER =
      Comparator.<Candidate>comparingLong(c -> c.route.preference())
          .thenComparing(c -> c.route.protocol())
          .thenComparingInt(c -> c.route.rank())
          .thenComparingLong(c -> c.route.metric())
          .thenComparing(c -> c.route.source());

  static final class Candidate {
    final Route route;
    final Instant offered;

    /** Its source knows it not to be usable, and why. */
    final @Nullable String withheld;

    /** It leads where no route may. */
    boolean martian;

    /** Set by the {@link TunnelGuard}: the route would lead a tunnel into itself. */
    @Nullable String recursionReason;

    @Nullable String hiddenReason;
    List<NextHop> resolved = List.of();

    Candidate(Route route, Instant offered, @Nullable String withheld) {
      this.route = route;
      this.offered = offered;
      this.withheld = withheld;
    }

    /** Shown, and never looked at. */
    boolean isOutOfQuestion() {
      return martian || withheld != null;
    }
  }

  final IpPrefix prefix;
  private final List<Candidate> candidates = new ArrayList<>(1);

  /** The choice of the change in progress. */
  @Nullable Candidate best;

  /** What the outside was told last. */
  @Nullable ActiveRoute active;

  Destination(IpPrefix prefix) {
    this.prefix = prefix;
  }

  List<Candidate> candidates() {
    return candidates;
  }

  @Nullable Candidate of(RouteSource source) {
    for (Candidate candidate : candidates) {
      if (candidate.route.source().equals(source)) {
        return candidate;
      }
    }
    return null;
  }

  void add(Candidate candidate) {
    int at = 0;
    while (at < candidates.size() && ORDER.compare(candidates.get(at), candidate) < 0) {
      at++;
    }
    candidates.add(at, candidate);
  }

  void remove(Candidate candidate) {
    candidates.remove(candidate);
  }

  RouteEntry view() {
    List<RouteEntry.Candidate> usable = new ArrayList<>();
    List<RouteEntry.Candidate> hidden = new ArrayList<>();
    ActiveRoute current = active;
    for (Candidate c : candidates) {
      boolean isActive = current != null && c == best;
      Instant since = isActive && current != null ? current.since() : c.offered;
      (c.hiddenReason == null ? usable : hidden)
          .add(new RouteEntry.Candidate(c.route, isActive, c.hiddenReason, since, c.resolved));
    }
    usable.addAll(hidden);
    return new RouteEntry(prefix, usable);
  }
}
