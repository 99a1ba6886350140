package dev.culvert.tun.nftables;

import java.util.Set;

/**
 * What a table holds beside its rules, by name.
 *
 * @param sets and maps, without those that rules hold themselves
 * @param helpers of connection tracking
 */
public record NftContents(
    Set<String> chains, Set<String> sets, Set<String> counters, Set<String> helpers) {
  public NftContents {
    chains = Set.copyOf(chains);
    sets = Set.copyOf(sets);
    counters = Set.copyOf(counters);
    helpers = Set.copyOf(helpers);
  }
}
