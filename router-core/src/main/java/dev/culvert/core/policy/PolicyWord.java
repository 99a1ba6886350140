package dev.culvert.core.policy;

import dev.culvert.core.config.ConfigNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A statement of a policy that means something in some uses of it only.
 *
 * @param statement where it stands
 * @param meaningful the uses in which it has an effect
 * @param why it has none in the others
 */
record PolicyWord(ConfigNode statement, Set<PolicyUse> meaningful, String why) {
  /** LSInfinity (RFC 2328 §B) is no metric, and there are none above it. */
  private static final long OSPF_LARGEST_METRIC = 0xFFFFFE;

  /** Infinity, with which a route is withdrawn (RFC 2453 §3.6). */
  private static final long RIP_LARGEST_METRIC = 16;

  /** The field has 16 bits (RFC 2453 §4). */
  private static final long RIP_LARGEST_TAG = 0xFFFF;

  private static final Set<PolicyUse> NOT_RIP =
      Set.copyOf(EnumSet.complementOf(EnumSet.of(PolicyUse.RIP_IMPORT, PolicyUse.RIP_EXPORT)));

  /** All such statements of a {@code policy-statement}. */
  static List<PolicyWord> of(ConfigNode policy) {
    List<PolicyWord> words = new ArrayList<>();
    policy.children("term").forEach(term -> collect(term, words));
    collect(policy, words);
    return words;
  }

  private static void collect(ConfigNode term, List<PolicyWord> into) {
    for (String part : List.of("from", "to", "then")) {
      term.child(part)
          .ifPresent(conditions ->
              conditions.children().stream()
                  .filter(statement -> !statement.inactive())
                  .forEach(statement -> collect(part, statement, into)));
    }
  }

  private static void collect(String part, ConfigNode statement, List<PolicyWord> into) {
    switch (part + " " + statement.keyword()) {
      case "from external" ->
          into.add(
              new PolicyWord(
                  statement,
                  PolicyUse.OF_OSPF_ROUTES,
                  "neither routes that a neighbor sends nor those that OSPF exports are OSPF"
                      + " externals"));
      case "to neighbor" ->
          into.add(
              new PolicyWord(
                  statement, PolicyUse.BGP_EXPORT, "there is no neighbor the route is sent to"));
      case "then local-preference" ->
          into.add(
              new PolicyWord(
                  statement, PolicyUse.BGP_INSIDE, "the local preference stays inside the AS"));
      case "then preference" ->
          into.add(
              new PolicyWord(
                  statement, PolicyUse.IMPORT, "the preference of a route is not announced"));
      case "then next-hop" -> into.add(nextHop(statement));
      case "then as-path-prepend" -> into.add(ofBgp(statement, "only BGP routes have an AS path"));
      case "then origin" -> into.add(ofBgp(statement, "only BGP routes have an origin"));
      case "then community" -> into.add(ofBgp(statement, "only BGP routes have communities"));
      case "then external" ->
          into.add(
              new PolicyWord(
                  statement, Set.of(PolicyUse.OSPF_EXPORT), "only OSPF knows types of externals"));
      case "then metric" -> metric(statement, into);
      case "then tag" -> {
        if (statement.value(PolicySchema.UNSIGNED_32) > RIP_LARGEST_TAG) {
          into.add(
              new PolicyWord(statement, NOT_RIP, "the largest tag of RIP is " + RIP_LARGEST_TAG));
        }
      }
      default -> {}
    }
  }

  private static void metric(ConfigNode statement, List<PolicyWord> into) {
    long metric = statement.value(PolicySchema.UNSIGNED_32);
    if (metric > OSPF_LARGEST_METRIC) {
      into.add(ofBgp(statement, "the largest metric of OSPF is " + OSPF_LARGEST_METRIC));
    } else if (metric > RIP_LARGEST_METRIC) {
      into.add(
          new PolicyWord(statement, NOT_RIP, "the largest metric of RIP is " + RIP_LARGEST_METRIC));
    }
  }

  private static PolicyWord ofBgp(ConfigNode statement, String why) {
    return new PolicyWord(statement, PolicyUse.BGP, why);
  }

  private static PolicyWord nextHop(ConfigNode statement) {
    return switch (statement.value(PolicySchema.NEXT_HOP)) {
      case PolicyAction.NextHopSelf self ->
          new PolicyWord(
              statement,
              PolicyUse.BGP_EXPORT,
              "only BGP announces a next hop, and no route leads to this router by itself");
      case PolicyAction.NextHopAddress address -> ofBgp(statement, "only BGP announces a next hop");
    };
  }
}
