package dev.culvert.daemon.show;

import static dev.culvert.daemon.show.NatWords.kindOf;
import static dev.culvert.daemon.show.NatWords.placesOf;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.operational.NatRuleView;
import dev.culvert.firewall.operational.NatViews;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code show security nat static|source|destination rule}. */
public final class NatRulesShow {
  private NatRulesShow() {}

  /**
   * {@code show security nat static rule}.
   *
   * @param name of a rule, or null for all
   */
  public static Page staticRules(NatViews views, @Nullable String name) {
    List<NatRuleView<StaticNatRule>> all = views.staticRules();
    Page page = new Page("static-nat-rule-information");
    page.line("Total static-nat rules: %d", all.size());
    page.element(Element.builder("total-static-nat-rules").leaf("total-rules", all.size()));
    for (NatRuleView<StaticNatRule> view : all) {
      if (name == null || view.rule().name().equals(name)) {
        staticRule(page, view);
      }
    }
    return page;
  }

  private static void staticRule(Page page, NatRuleView<StaticNatRule> view) {
    StaticNatRule rule = view.rule();
    Element.Builder entry = Element.builder("static-nat-rule-entry");
    head(page, entry, "Static NAT rule", view, rule.name(), rule.index(), rule.description());
    addresses(page, entry, "Source addresses", "static-source-address-range-entry", rule.source());
    IpPrefix outside = rule.destination();
    line(page, "Destination addresses", outside.network().toString());
    ports(page, "Destination ports", rule.destinationPorts());
    line(page, "Host addresses", rule.translated().network().toString());
    ports(page, "Host ports", rule.mappedPorts());
    line(page, "Netmask", Integer.toString(outside.length()));
    line(page, "Host routing-instance", NatWords.INSTANCE);
    if (rule.nptv6()) {
      entry
          .leaf("rule-destination-nptv6-address-prefix", outside.network().toString())
          .leaf("rule-destination-nptv6-netmask", outside.length());
    } else {
      entry.leaf("rule-destination-address-prefix", outside.network().toString());
    }
    entry
        .leaf("rule-host-address-prefix", rule.translated().network().toString())
        .leaf("rule-address-netmask", outside.length())
        .leaf("rule-host-routing-instance", NatWords.INSTANCE);
    if (rule.destinationPorts() != null && rule.mappedPorts() != null) {
      entry
          .leaf("rule-destination-port-low", rule.destinationPorts().low())
          .leaf("rule-destination-port-high", rule.destinationPorts().high())
          .leaf("rule-host-port-low", rule.mappedPorts().low())
          .leaf("rule-host-port-high", rule.mappedPorts().high());
    }
    hits(page, entry, view.hits());
    page.element(entry);
  }

  /** {@code show security nat source rule}; as {@link #staticRules}. */
  public static Page sourceRules(NatViews views, @Nullable String name) {
    List<NatRuleView<SourceNatRule>> all = views.sourceRules();
    Page page = new Page("source-nat-rule-detail-information");
    page.line("Total rules: %d", all.size());
    page.element(Element.builder("total-source-nat-rules").leaf("total-rules", all.size()));
    for (NatRuleView<SourceNatRule> view : all) {
      SourceNatRule rule = view.rule();
      if (name == null || rule.name().equals(name)) {
        Element.Builder entry = Element.builder("source-nat-rule-entry");
        head(page, entry, "source NAT rule", view, rule.name(), rule.index(), rule.description());
        match(page, entry, rule.match());
        String action =
            switch (rule.action()) {
              case SourceNatRule.Action.Off off -> "off";
              case SourceNatRule.Action.Interface out -> "interface";
              case SourceNatRule.Action.Pool(SourceNatPool pool) -> pool.name();
            };
        line(page, "Action", action);
        entry.child(
            Element.builder("source-nat-rule-action-entry").leaf("source-nat-rule-action", action));
        hits(page, entry, view.hits());
        page.element(entry);
      }
    }
    return page;
  }

  /** {@code show security nat destination rule}; as {@link #staticRules}. */
  public static Page destinationRules(NatViews views, @Nullable String name) {
    List<NatRuleView<DestinationNatRule>> all = views.destinationRules();
    Page page = new Page("destination-nat-rule-information");
    page.line("Total destination-nat rules: %d", all.size());
    page.element(Element.builder("total-destination-nat-rules").leaf("total-rules", all.size()));
    for (NatRuleView<DestinationNatRule> view : all) {
      DestinationNatRule rule = view.rule();
      if (name == null || rule.name().equals(name)) {
        Element.Builder entry = Element.builder("destination-nat-rule-entry");
        head(
            page,
            entry,
            "Destination NAT rule",
            view,
            rule.name(),
            rule.index(),
            rule.description());
        match(page, entry, rule.match());
        String action =
            switch (rule.action()) {
              case DestinationNatRule.Action.Off off -> "off";
              case DestinationNatRule.Action.Pool(DestinationNatPool pool) -> pool.name();
            };
        line(page, "Action", action);
        entry.leaf("destination-nat-rule-action", action);
        hits(page, entry, view.hits());
        page.element(entry);
      }
    }
    return page;
  }

  private static void head(
      Page page,
      Element.Builder entry,
      String kind,
      NatRuleView<?> view,
      String name,
      int index,
      @Nullable String description) {
    page.blank();
    page.line("%-39s Rule-set: %s", kind + ": " + name, view.ruleSet());
    entry.leaf("rule-name", name).leaf("rule-set-name", view.ruleSet());
    if (description != null) {
      line(page, "Description", description);
      entry.leaf("rule-description", description);
    }
    line(page, "Rule-Id", Integer.toString(index));
    line(page, "Rule position", Integer.toString(view.position()));
    entry.leaf("rule-id", index).leaf("rule-matching-position", view.position());
    scope(page, entry, "From", "rule-from-context", view.from());
    NatScope to = view.to();
    if (to != null) {
      scope(page, entry, "To", "rule-to-context", to);
    }
  }

  private static void scope(
      Page page, Element.Builder entry, String word, String element, NatScope scope) {
    String kind = kindOf(scope);
    entry.leaf(element, kind);
    String label = word + " " + kind;
    for (String place : placesOf(scope)) {
      line(page, label, place);
      entry.leaf(element + "-name", place);
      label = "";
    }
  }

  private static void match(Page page, Element.Builder entry, NatMatch match) {
    page.line("  Match");
    addresses(page, entry, "  Source addresses", "source-address-range-entry", match.source());
    addresses(
        page,
        entry,
        "  Destination addresses",
        "destination-address-range-entry",
        match.destination());
    match.sourcePorts().forEach(ports -> ports(page, "  Source port", ports));
    match.destinationPorts().forEach(ports -> ports(page, "  Destination port", ports));
    for (PortRange ports : match.sourcePorts()) {
      entry.child(
          Element.builder("source-port-entry")
              .leaf("rule-source-port-low", ports.low())
              .leaf("rule-source-port-high", ports.high()));
    }
    for (PortRange ports : match.destinationPorts()) {
      entry.child(
          Element.builder("destination-port-entry")
              .leaf("rule-destination-port-low", ports.low())
              .leaf("rule-destination-port-high", ports.high()));
    }
    if (!match.protocols().isEmpty()) {
      String protocols =
          match.protocols().stream().map(Object::toString).collect(Collectors.joining(", "));
      line(page, "  IP protocol", protocols);
      match.protocols().forEach(protocol -> entry.leaf("rule-protocol", protocol));
    }
    if (!match.services().isEmpty()) {
      line(page, "  Application", "configured");
      entry.leaf("rule-application", "configured");
    }
  }

  /** Every range on a line of its own; what is not known yet of DNS names is not there. */
  private static void addresses(
      Page page, Element.Builder entry, String label, String element, AddressMatch match) {
    if (match.addresses().isAny()) {
      return;
    }
    String prefix =
        element.startsWith("destination") ? "rule-destination-address" : "rule-source-address";
    String head = label;
    for (AddressRange range : match.effective().ranges()) {
      line(page, head, "%-15s - %s".formatted(range.low(), range.high()));
      head = "";
      entry.child(
          Element.builder(element)
              .leaf(prefix + "-low-range", range.low().toString())
              .leaf(prefix + "-high-range", range.high().toString()));
    }
  }

  private static void ports(Page page, String label, @Nullable PortRange ports) {
    if (ports != null) {
      line(page, label, ports.low() + " - " + ports.high());
    }
  }

  private static void hits(Page page, Element.Builder entry, long hits) {
    line(page, "Translation hits", Long.toString(hits));
    entry.leaf("rule-translation-hits", hits);
  }

  private static void line(Page page, String label, String value) {
    page.line("  %-27s: %s", label, value);
  }
}
