package dev.culvert.firewall;

import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a change of policies means for the sessions they have let in.
 *
 * @param ended policies that are gone, or let nothing in any more
 * @param changed policies that let in something else; their sessions are looked at again where
 *     {@code policy-rematch} is configured
 */
record PolicyChanges(SortedSet<Integer> ended, List<Policy> changed) {
  static PolicyChanges between(PolicyTable before, PolicyTable after) {
    Map<Integer, Policy> remaining = new TreeMap<>();
    after.all().forEach(policy -> remaining.put(policy.index(), policy));
    SortedSet<Integer> ended = new TreeSet<>();
    List<Policy> changed = new ArrayList<>();
    for (Policy policy : before.all()) {
      Policy successor = remaining.get(policy.index());
      if (successor == null || (denies(successor) && !denies(policy))) {
        ended.add(policy.index());
      } else if (after.rematch() != PolicyTable.Rematch.DELETED_ONLY
          && !lets(policy).equals(lets(successor))) {
        changed.add(successor);
      }
    }
    return new PolicyChanges(ended, changed);
  }

  private static boolean denies(Policy policy) {
    return policy.action() != Policy.Action.PERMIT;
  }

  /**
   * A scheduler's hours are over: the sessions go on, as on Junos, unless they are to be matched.
   */
  private static List<Object> lets(Policy policy) {
    return List.of(
        policy.active(),
        policy.source().effective(),
        policy.destination().effective(),
        policy.applications());
  }
}
