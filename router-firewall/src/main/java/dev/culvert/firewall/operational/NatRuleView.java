package dev.culvert.firewall.operational;

import dev.culvert.firewall.ruleset.NatScope;
import org.jspecify.annotations.Nullable;

/**
 * A rule of NAT and how often it was used.
 *
 * @param to of source NAT only, else null
 * @param position in its rule-set, from 1
 * @param hits sessions that it has translated since the ruleset was first applied
 * @param <R> {@code StaticNatRule}, {@code SourceNatRule} or {@code DestinationNatRule}
 */
public record NatRuleView<R>(
    String ruleSet, NatScope from, @Nullable NatScope to, int position, R rule, long hits) {}
