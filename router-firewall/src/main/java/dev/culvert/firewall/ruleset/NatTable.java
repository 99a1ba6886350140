package dev.culvert.firewall.ruleset;

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

  public boolean hasRules() {
    return !statics.isEmpty() || !sources.isEmpty() || !destinations.isEmpty();
  }
}
