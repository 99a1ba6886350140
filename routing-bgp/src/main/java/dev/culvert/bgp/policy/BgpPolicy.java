package dev.culvert.bgp.policy;

import dev.culvert.core.rib.Route;
import java.util.List;

/**
 * One policy statement as BGP sees it. A chain is asked in order; each policy sees the route with
 * the changes of those before it, and the first that accepts or rejects decides. Implementations
 * are immutable and have no memory.
 */
public interface BgpPolicy {
  /** As the operator named it, for {@code show bgp neighbor}. */
  String name();

  Verdict apply(Route route);

  /** What becomes of a route; changes of a rejected one are of no interest. */
  record Verdict(Decision decision, List<RouteChange> changes) {
    public static final Verdict ACCEPT = new Verdict(Decision.ACCEPT, List.of());
    public static final Verdict REJECT = new Verdict(Decision.REJECT, List.of());
    public static final Verdict NEXT_POLICY = new Verdict(Decision.NEXT_POLICY, List.of());

    public Verdict {
      changes = List.copyOf(changes);
    }
  }

  enum Decision {
    ACCEPT,
    REJECT,
    /** Neither: the next policy of the chain, and at its end BGP's default, decides. */
    NEXT_POLICY
  }
}
