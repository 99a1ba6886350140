package dev.culvert.core.policy;

import dev.culvert.core.policy.PolicyResult.Verdict;
import dev.culvert.core.policy.RoutePolicy.Flow;
import dev.culvert.core.policy.RoutePolicy.Trail;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.Route;
import java.util.List;

/** The policies of one {@code import} or {@code export} statement, in order. Safe to share. */
public record PolicyChain(List<RoutePolicy> policies) {
  /** No policy: every route gets the protocol's own rule. */
  public static final PolicyChain EMPTY = new PolicyChain(List.of());

  public PolicyChain {
    policies = List.copyOf(policies);
  }

  /**
   * For constants and tests: policies of these contents, under names that do not matter.
   *
   * @param lists what they refer to, as it stands in {@code policy-options}
   * @throws IllegalArgumentException if there is anything to be said of them
   */
  public static PolicyChain of(String lists, String... contents) {
    StringBuilder text = new StringBuilder(lists);
    for (int i = 0; i < contents.length; i++) {
      text.append(" policy-statement p").append(i).append(" {").append(contents[i]).append("}");
    }
    return PolicyOptions.of(text.toString()).inOrder();
  }

  public boolean isEmpty() {
    return policies.isEmpty();
  }

  /** As the operator wrote them. */
  public List<String> names() {
    return policies.stream().map(RoutePolicy::name).toList();
  }

  /** Asks about a route that a protocol is about to take in. */
  public PolicyResult evaluate(Route route, RoutePolicyContext context) {
    return evaluate(new RouteView(route, route.nextHops(), context));
  }

  /** Asks about a route of the table that a protocol may announce. */
  public PolicyResult evaluate(ActiveRoute active, RoutePolicyContext context) {
    return evaluate(new RouteView(active.route(), active.resolved(), context));
  }

  private PolicyResult evaluate(RouteView view) {
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
