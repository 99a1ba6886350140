package dev.culvert.firewall.nft;

import java.util.Set;

/**
 * What is in our table, by name. What a ruleset wants of it stays and goes on: counters with what
 * they have counted, sets with what packets have put into them. Only rules are made anew.
 *
 * @param sets those with a name
 */
public record Existing(
    Set<String> chains, Set<String> sets, Set<String> counters, Set<String> helpers) {
  public Existing {
    chains = Set.copyOf(chains);
    sets = Set.copyOf(sets);
    counters = Set.copyOf(counters);
    helpers = Set.copyOf(helpers);
  }
}
