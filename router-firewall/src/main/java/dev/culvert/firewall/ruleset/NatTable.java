package dev.culvert.firewall.ruleset;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * All NAT. A packet meets static and then destination NAT before it is routed, and the policies see
 * its destination as translated and its source as it came; on its way out it meets what static NAT
 * says of its source, and then source NAT.
 */
public record NatTable(
    List<NatRuleSet<StaticNatRule>> statics,
    List<NatRuleSet<SourceNatRule>> sources,
    List<NatRuleSet<DestinationNatRule>> destinations,
    List<SourceNatPool> sourcePools,
    List<DestinationNatRule.DestinationNatPool> destinationPools,
    List<ProxyAddresses> proxies) {
  public static final NatTable EMPTY =
      new NatTable(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  public NatTable {
    statics = List.copyOf(statics);
    sources = List.copyOf(sources);
    destinations = List.copyOf(destinations);
    sourcePools = List.copyOf(sourcePools);
    destinationPools = List.copyOf(destinationPools);
    proxies = List.copyOf(proxies);
  }

  /**
   * What static NAT shows of the inside, in order. Rules that translate single ports are not among
   * them: such an address is the router's own, or somebody else's but for these ports.
   */
  public List<TranslatedPrefix> translatedPrefixes() {
    List<TranslatedPrefix> prefixes = new ArrayList<>();
    for (NatRuleSet<StaticNatRule> set : statics) {
      for (StaticNatRule rule : set.rules()) {
        if (rule.destinationPorts() == null) {
          prefixes.add(
              new TranslatedPrefix(rule.destination(), rule.translated(), set.name(), rule.name()));
        }
      }
    }
    Collections.sort(prefixes);
    return List.copyOf(prefixes);
  }

  public boolean hasRules() {
    return !statics.isEmpty() || !sources.isEmpty() || !destinations.isEmpty();
  }
}
