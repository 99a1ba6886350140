package dev.culvert.firewall.ruleset;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rules of one kind in the order in which they are looked at; the first that matches counts.
 *
 * @param to where the packet goes, of source NAT only, else null
 * @param <R> {@link StaticNatRule}, {@link SourceNatRule} or {@link DestinationNatRule}
 */
public record NatRuleSet<R>(
    String name,
    @Nullable String description,
    NatScope from,
    @Nullable NatScope to,
    List<R> rules) {
  public NatRuleSet {
    rules = List.copyOf(rules);
  }
}
