package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns {@code security nat} into records, reporting everything that is wrong. */
final class NatBinder {
  private NatBinder() {}

  /**
   * @param node {@code security nat}, or null where the configuration has none
   */
  static NatTable bind(@Nullable ConfigNode node, NatNames names, Diagnostics diagnostics) {
    if (node == null) {
      return NatTable.EMPTY;
    }
    NatAddresses addresses = new NatAddresses(names, diagnostics);
    NatPools pools = new NatPools(addresses, diagnostics);
    NatMatches matches = new NatMatches(names, addresses, diagnostics);
    NatRules rules = new NatRules(names, pools, matches, diagnostics);
    Optional<ConfigNode> source = node.child("source");
    Optional<ConfigNode> destination = node.child("destination");
    source.ifPresent(n -> pools.bindSources(n, node.has("allow-overlapping-pools")));
    destination.ifPresent(pools::bindDestinations);
    List<NatRuleSet<StaticNatRule>> statics =
        node.child("static")
            .map(new NatStaticRules(names, addresses, diagnostics)::bind)
            .orElse(List.of());
    List<NatRuleSet<SourceNatRule>> sources = source.map(rules::sources).orElse(List.of());
    List<NatRuleSet<DestinationNatRule>> destinations =
        destination.map(rules::destinations).orElse(List.of());
    pools.warnOfUnused();
    return new NatTable(
        statics,
        sources,
        destinations,
        pools.sources(),
        pools.destinations(),
        new NatProxies(addresses, diagnostics).bind(node));
  }
}
