package dev.culvert.firewall.ruleset;

import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * All policies in the order in which they are looked at: those of the zone pair, the global ones,
 * the default.
 *
 * @param zonePairs in the order written
 * @param defaultPermit what becomes of what no policy matches
 * @param rematch how sessions are looked at again when policies change
 */
public record PolicyTable(
    Map<ZonePair, List<Policy>> zonePairs,
    List<Policy> global,
    boolean defaultPermit,
    Rematch rematch) {
  public static final PolicyTable EMPTY =
      new PolicyTable(Map.of(), List.of(), false, Rematch.DELETED_ONLY);

  public enum Rematch {
    /** Sessions end whose policy is deleted or denies from here on; others go on. */
    DELETED_ONLY,
    /** {@code policy-rematch}: sessions end whose policy no longer matches them. */
    REMATCH,
    /** {@code policy-rematch extensive}: sessions move to the policy that matches them. */
    EXTENSIVE
  }

  public PolicyTable {
    Map<ZonePair, List<Policy>> copy = new LinkedHashMap<>();
    zonePairs.forEach((pair, policies) -> copy.put(pair, List.copyOf(policies)));
    zonePairs = Collections.unmodifiableMap(copy);
    global = List.copyOf(global);
  }

  /** What is looked at for packets between those zones, first to last. */
  public List<Policy> between(ZonePair zones) {
    List<Policy> policies = new ArrayList<>(zonePairs.getOrDefault(zones, List.of()));
    for (Policy policy : global) {
      if (((PolicyContext.Global) policy.context()).matches(zones)) {
        policies.add(policy);
      }
    }
    return policies;
  }

  /**
   * What is looked at for packets from or to the router itself, first to last: policies of the
   * pair, and global ones that name {@code junos-host} on the router's side. Those that say any
   * zone there are about what is forwarded.
   *
   * @param zones one of the two is {@code junos-host}
   */
  public List<Policy> ofHost(ZonePair zones) {
    List<Policy> policies = new ArrayList<>(zonePairs.getOrDefault(zones, List.of()));
    for (Policy policy : global) {
      PolicyContext.Global context = (PolicyContext.Global) policy.context();
      SortedSet<String> ofHost =
          zones.to().equals(PolicyContext.JUNOS_HOST) ? context.toZones() : context.fromZones();
      if (ofHost.contains(PolicyContext.JUNOS_HOST) && context.matches(zones)) {
        policies.add(policy);
      }
    }
    return policies;
  }

  /** Every policy once. */
  public List<Policy> all() {
    List<Policy> all = new ArrayList<>();
    zonePairs.values().forEach(all::addAll);
    all.addAll(global);
    return all;
  }
}
