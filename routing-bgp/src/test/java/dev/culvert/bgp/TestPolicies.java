package dev.culvert.bgp;

import dev.culvert.bgp.policy.BgpPolicy;
import dev.culvert.bgp.policy.RouteChange;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteProtocol;
import java.util.List;
import java.util.function.Predicate;

/** Policies as lambdas. */
record TestPolicies(String name, Predicate<Route> when, Verdict then) implements BgpPolicy {
  @Override
  public Verdict apply(Route route) {
    return when.test(route) ? then : Verdict.NEXT_POLICY;
  }

  static BgpPolicy acceptStatic() {
    return new TestPolicies(
        "accept-static", r -> r.protocol() == RouteProtocol.STATIC, Verdict.ACCEPT);
  }

  static BgpPolicy rejectAll() {
    return new TestPolicies("reject-all", r -> true, Verdict.REJECT);
  }

  /** Accepts with changes. */
  static BgpPolicy accept(String name, Predicate<Route> when, RouteChange... changes) {
    return new TestPolicies(name, when, new Verdict(Decision.ACCEPT, List.of(changes)));
  }

  /** Changes and leaves the decision to the next policy. */
  static BgpPolicy change(String name, RouteChange... changes) {
    return new TestPolicies(name, r -> true, new Verdict(Decision.NEXT_POLICY, List.of(changes)));
  }
}
