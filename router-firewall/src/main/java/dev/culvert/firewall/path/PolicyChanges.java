package dev.culvert.firewall.path;

import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.PolicyTable.Rematch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a change of policies means for the sessions they have let in.
 *
 * @param permitting what lets sessions in, by index, the default among them, and did so before
 *     under the same name: sessions of others are to end
 * @param someGone whether there may be sessions of others
 * @param modified policies that let in something else than before, by index; none unless their
 *     sessions are to be looked at again
 * @param every whether every session is to be looked at again, by the whole list
 */
record PolicyChanges(
    SortedSet<Integer> permitting,
    boolean someGone,
    SortedMap<Integer, Policy> modified,
    boolean every) {

  /**
   * @param before null where nobody knows what it was: then any policy may have gone
   */
  static PolicyChanges between(@Nullable PolicyTable before, PolicyTable after) {
    SortedSet<Integer> permitting = permitting(after);
    if (before == null) {
      return new PolicyChanges(permitting, true, new TreeMap<>(), false);
    }
    permitting.removeAll(renamed(before, after));
    return new PolicyChanges(
        permitting,
        !permitting.containsAll(permitting(before)),
        after.rematch() == Rematch.REMATCH ? modified(before, after) : new TreeMap<>(),
        after.rematch() == Rematch.EXTENSIVE && !decides(before).equals(decides(after)));
  }

  private static SortedSet<Integer> permitting(PolicyTable policies) {
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
  private static SortedSet<Integer> renamed(PolicyTable before, PolicyTable after) {
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

  private static SortedMap<Integer, Policy> modified(PolicyTable before, PolicyTable after) {
    Map<Integer, Policy> earlier = new TreeMap<>();
    before.all().forEach(policy -> earlier.put(policy.index(), policy));
    SortedMap<Integer, Policy> modified = new TreeMap<>();
    for (Policy policy : after.all()) {
      Policy predecessor = earlier.get(policy.index());
      if (policy.action() == Policy.Action.PERMIT
          && predecessor != null
          && !decides(predecessor).equals(decides(policy))) {
        modified.put(policy.index(), policy);
      }
    }
    return modified;
  }

  /** All that decides what is let in, in order. */
  private static List<Object> decides(PolicyTable policies) {
    List<Object> all = new ArrayList<>();
    all.add(policies.defaultPermit());
    // The order of zone pairs among each other decides nothing.
    new TreeMap<>(policies.zonePairs())
        .forEach((pair, list) -> list.forEach(policy -> all.add(decides(policy))));
    policies.global().forEach(policy -> all.add(decides(policy)));
    return all;
  }

  /**
   * A scheduler's hours are over: the sessions go on, as on Junos, unless they are to be matched.
   */
  private static List<Object> decides(Policy policy) {
    return List.of(
        policy.index(),
        policy.context(),
        policy.action(),
        policy.active(),
        policy.source().effective(),
        policy.destination().effective(),
        policy.applications());
  }
}
