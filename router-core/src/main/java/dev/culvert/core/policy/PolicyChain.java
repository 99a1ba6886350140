package dev.culvert.core.policy;

import dev.culvert.core.policy.PolicyResult.Verdict;
import dev.culvert.core.policy.RoutePolicy.Flow;
import dev.culvert.core.policy.RoutePolicy.Trail;
import dev.culvert.core.rib.Route;
import java.util.List;

/** The policies of one {@code import} or {@code export} statement, in order. Safe to share. */
public record PolicyChain(List<RoutePolicy> policies) {
  /** No policy: every route gets the protocol's own rule. */
  public static final PolicyChain EMPTY = new PolicyChain(List.of());

  public PolicyChain {
    policies = List.copyOf(policies);
  }

  public boolean isEmpty() {
    return policies.isEmpty();
  }

  public PolicyResult evaluate(Route route, RoutePolicyContext context) {
    RouteView view = new RouteView(route, context);
    Trail trail = new Trail();
    for (RoutePolicy policy : policies) {
      switch (policy.evaluate(view, trail)) {
        case ACCEPT -> {
          return new PolicyResult(Verdict.ACCEPT, view.modifications(), trail.lastMatch);
        }
        case REJECT -> {
          return new PolicyResult(Verdict.REJECT, RouteModifications.NONE, trail.lastMatch);
        }
        case NEXT_TERM, NEXT_POLICY -> {}
      }
    }
    if (trail.defaultAction == Flow.ACCEPT) {
      return new PolicyResult(Verdict.ACCEPT, view.modifications(), "default-action");
    }
    if (trail.defaultAction == Flow.REJECT) {
      return new PolicyResult(Verdict.REJECT, RouteModifications.NONE, "default-action");
    }
    return new PolicyResult(Verdict.DEFAULT, view.modifications(), "");
  }
}
