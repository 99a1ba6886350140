package dev.culvert.firewall.path;

import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;

/** Whether a policy is about a flow, and how it is written. */
public final class PolicyMatch {
  private PolicyMatch() {}

  /**
   * @param flow with its destination translated and its source as it came
   */
  public static boolean matches(Policy policy, Flow flow) {
    return policy.active()
        && policy.source().effective().contains(flow.source())
        && policy.destination().effective().contains(flow.destination())
        && policy.applications().stream()
            .flatMap(a -> a.terms().stream())
            .anyMatch(t -> NatWalk.matches(t.match(), flow));
  }

  /** The statement, without {@code set}. */
  static String path(Policy policy) {
    return switch (policy.context()) {
      case ZonePair(String from, String to) ->
          "security policies from-zone " + from + " to-zone " + to + " policy " + policy.name();
      case PolicyContext.Global global -> "security policies global policy " + policy.name();
    };
  }

  static String statementToPermit(ZonePair zones) {
    return "set security policies from-zone "
        + zones.from()
        + " to-zone "
        + zones.to()
        + " policy NAME then permit";
  }
}
