package dev.culvert.firewall;

import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a change of policies means for the sessions they have let in. */
final class PolicyChanges {
  private PolicyChanges() {}

  /** What lets sessions in, by index, the default among them: those of others are to end. */
  static SortedSet<Integer> permitting(PolicyTable policies) {
    SortedSet<Integer> permitting = new TreeSet<>();
    if (policies.defaultPermit()) {
      permitting.add(Policy.DEFAULT_INDEX);
    }
    for (Policy policy : policies.all()) {
      if (policy.action() == Policy.Action.PERMIT) {
        permitting.add(policy.index());
      }
    }
    return permitting;
  }

  /**
   * Indices that name another policy than before, as two names may share a number and the second
   * takes the next: whose sessions are whose cannot be told.
   */
  static SortedSet<Integer> renamed(PolicyTable before, PolicyTable after) {
    Map<Integer, String> names = new TreeMap<>();
    before.all().forEach(policy -> names.put(policy.index(), name(policy)));
    SortedSet<Integer> renamed = new TreeSet<>();
    for (Policy policy : after.all()) {
      String earlier = names.get(policy.index());
      if (earlier != null && !earlier.equals(name(policy))) {
        renamed.add(policy.index());
      }
    }
    return renamed;
  }

  private static String name(Policy policy) {
    return switch (policy.context()) {
      case PolicyContext.ZonePair(String from, String to) ->
          from + '\0' + to + '\0' + policy.name();
      case PolicyContext.Global global -> '\0' + policy.name();
    };
  }

  /**
   * Policies that let in something else than before: their sessions are looked at again where
   * {@code policy-rematch} is configured.
   */
  static List<Policy> changed(PolicyTable before, PolicyTable after) {
    if (after.rematch() == PolicyTable.Rematch.DELETED_ONLY) {
      return List.of();
    }
    Map<Integer, Policy> earlier = new TreeMap<>();
    before.all().forEach(policy -> earlier.put(policy.index(), policy));
    List<Policy> changed = new ArrayList<>();
    for (Policy policy : after.all()) {
      Policy predecessor = earlier.get(policy.index());
      if (policy.action() == Policy.Action.PERMIT
          && predecessor != null
          && !lets(predecessor).equals(lets(policy))) {
        changed.add(policy);
      }
    }
    return changed;
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
