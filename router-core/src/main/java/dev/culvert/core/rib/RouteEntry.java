package dev.culvert.core.rib;

import dev.culvert.core.net.IpPrefix;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A destination as {@code show route} prints it: every candidate, the active one first.
 *
 * @param candidates in the order of preference; hidden ones last
 */
public record RouteEntry(IpPrefix prefix, List<Candidate> candidates) {
  /**
   * @param hiddenReason why it cannot be used, or null
   * @param since when its source offered it, or for the active route when it became active
   * @param resolved the next hops down to interfaces; empty while hidden
   */
  public record Candidate(
      Route route,
      boolean active,
      @Nullable String hiddenReason,
      Instant since,
      List<NextHop> resolved) {
    public Candidate {
      resolved = List.copyOf(resolved);
    }
  }

  public RouteEntry {
    candidates = List.copyOf(candidates);
  }
}
