package dev.culvert.firewall.operational;

import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * The NAT in force beside what the kernel has counted of it.
 *
 * @param packets of the kernel's counters by their {@link CounterNames}; one that is not there has
 *     counted nothing
 */
public record NatViews(NatTable nat, Map<String, Long> packets) {
  public List<NatRuleView<StaticNatRule>> staticRules() {
    return rules(nat.statics(), CounterNames.Nat.STATIC, StaticNatRule::index);
  }

  public List<NatRuleView<SourceNatRule>> sourceRules() {
    return rules(nat.sources(), CounterNames.Nat.SOURCE, SourceNatRule::index);
  }

  public List<NatRuleView<DestinationNatRule>> destinationRules() {
    return rules(nat.destinations(), CounterNames.Nat.DESTINATION, DestinationNatRule::index);
  }

  private <R> List<NatRuleView<R>> rules(
      List<NatRuleSet<R>> sets, CounterNames.Nat kind, ToIntFunction<R> index) {
    List<NatRuleView<R>> views = new ArrayList<>();
    for (NatRuleSet<R> set : sets) {
      int position = 0;
      for (R rule : set.rules()) {
        long hits = packets.getOrDefault(kind.rule(index.applyAsInt(rule)), 0L);
        views.add(new NatRuleView<>(set.name(), set.from(), set.to(), ++position, rule, hits));
      }
    }
    return views;
  }

  public List<NatPoolView<SourceNatPool>> sourcePools() {
    return pools(
        nat.sourcePools(),
        pool ->
            sum(
                sourceRules(),
                rule ->
                    rule.action() instanceof SourceNatRule.Action.Pool used
                        && used.pool().equals(pool)));
  }

  public List<NatPoolView<DestinationNatPool>> destinationPools() {
    return pools(
        nat.destinationPools(),
        pool ->
            sum(
                destinationRules(),
                rule ->
                    rule.action() instanceof DestinationNatRule.Action.Pool used
                        && used.pool().equals(pool)));
  }

  private static <P> List<NatPoolView<P>> pools(List<P> pools, ToLongFunction<P> hits) {
    List<NatPoolView<P>> views = new ArrayList<>();
    for (P pool : pools) {
      views.add(new NatPoolView<>(views.size() + 1, pool, hits.applyAsLong(pool)));
    }
    return views;
  }

  private static <R> long sum(List<NatRuleView<R>> rules, Predicate<R> ofPool) {
    return rules.stream().filter(v -> ofPool.test(v.rule())).mapToLong(NatRuleView::hits).sum();
  }
}
