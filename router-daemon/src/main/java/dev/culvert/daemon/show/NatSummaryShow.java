package dev.culvert.daemon.show;

import static dev.culvert.daemon.show.NatWords.kindOf;
import static dev.culvert.daemon.show.NatWords.placesOf;

import dev.culvert.cli.protocol.Element;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.operational.NatPoolView;
import dev.culvert.firewall.operational.NatRuleView;
import dev.culvert.firewall.operational.NatViews;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import java.util.ArrayList;
import java.util.List;

/** {@code show security nat source|destination summary}. */
public final class NatSummaryShow {
  private NatSummaryShow() {}

  /** {@code show security nat source summary}. */
  public static Page sourceSummary(NatViews views) {
    Page page = new Page("source-nat-summary");
    List<NatPoolView<SourceNatPool>> pools = views.sourcePools();
    page.line("Total pools: %d", pools.size());
    if (!pools.isEmpty()) {
      page.line("%-20s %-33s %-10s %-4s %s", "Pool", "Address", "Routing", "PAT", "Total");
      page.line("%-20s %-33s %-10s %-4s %s", "Name", "Range", "Instance", "", "Address");
    }
    for (NatPoolView<SourceNatPool> view : pools) {
      SourceNatPool pool = view.pool();
      String pat = pool.ports() == null ? "no" : "yes";
      List<String> ranges = new ArrayList<>();
      for (AddressRange range : pool.addresses()) {
        ranges.add(range.low() + "-" + range.high());
        page.element(
            Element.builder("source-nat-entry")
                .leaf("pool-name", pool.name())
                .leaf("address-low", range.low().toString())
                .leaf("address-high", range.high().toString())
                .leaf("port-address-translation", pat));
      }
      page.line(
          "%-20s %-33s %-10s %-4s %s",
          pool.name(), ranges.getFirst(), NatWords.INSTANCE, pat, NatWords.size(pool.addresses()));
      ranges.subList(1, ranges.size()).forEach(range -> page.line("%-20s %s", "", range));
    }
    List<NatRuleView<SourceNatRule>> rules = views.sourceRules();
    page.blank();
    page.line("Total rules: %d", rules.size());
    for (NatRuleView<SourceNatRule> view : rules) {
      summaryRule(page, view);
    }
    return page;
  }

  private static void summaryRule(Page page, NatRuleView<SourceNatRule> view) {
    SourceNatRule rule = view.rule();
    String action =
        switch (rule.action()) {
          case SourceNatRule.Action.Off off -> "off";
          case SourceNatRule.Action.Interface out -> "interface";
          case SourceNatRule.Action.Pool(SourceNatPool pool) -> pool.name();
        };
    page.line("%-22s: %s", "Rule name", rule.name());
    page.line("%-22s: %s", "Rule set", view.ruleSet());
    page.line("%-22s: %s", "Action", action);
    page.line(
        "%-22s: %s", "From", kindOf(view.from()) + " " + String.join(" ", placesOf(view.from())));
    NatScope to = view.to();
    if (to != null) {
      page.line("%-22s: %s", "To", kindOf(to) + " " + String.join(" ", placesOf(to)));
    }
  }

  /** {@code show security nat destination summary}. */
  public static Page destinationSummary(NatViews views) {
    Page page = new Page("destination-nat-summary-information");
    List<NatPoolView<DestinationNatPool>> pools = views.destinationPools();
    page.line("Total pools: %d", pools.size());
    if (!pools.isEmpty()) {
      page.line("%-20s %-34s %-8s %-5s %s", "Pool name", "Address", "Routing", "Port", "Total");
      page.line("%-20s %-34s %-8s %-5s %s", "", "Range", "Instance", "", "Address");
    }
    for (NatPoolView<DestinationNatPool> view : pools) {
      DestinationNatPool pool = view.pool();
      String range = pool.addresses().low() + " - " + pool.addresses().high();
      page.line(
          "%-20s %-34s %-8s %-5d %s",
          pool.name(),
          range,
          NatWords.INSTANCE,
          pool.port(),
          NatWords.size(List.of(pool.addresses())));
      page.element(
          Element.builder("destination-nat-entry")
              .leaf("destination-nat-pool-name", pool.name())
              .leaf("destination-address-range", range)
              .leaf("destination-port-number", pool.port()));
    }
    List<NatRuleView<DestinationNatRule>> rules = views.destinationRules();
    page.blank();
    page.line("Total rules: %d", rules.size());
    for (NatRuleView<DestinationNatRule> view : rules) {
      DestinationNatRule rule = view.rule();
      page.line("%-22s: %s", "Rule name", rule.name());
      page.line("%-22s: %s", "Rule set", view.ruleSet());
      page.line(
          "%-22s: %s",
          "Action",
          switch (rule.action()) {
            case DestinationNatRule.Action.Off off -> "off";
            case DestinationNatRule.Action.Pool(DestinationNatPool pool) -> pool.name();
          });
      page.line(
          "%-22s: %s", "From", kindOf(view.from()) + " " + String.join(" ", placesOf(view.from())));
    }
    return page;
  }
}
