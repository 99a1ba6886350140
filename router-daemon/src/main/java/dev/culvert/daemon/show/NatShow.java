package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.operational.NatPoolView;
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
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code show security nat …}. */
public final class NatShow {
  /** The one that NAT works in. */
  private static final String INSTANCE = "default";

  private NatShow() {}

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
    line(page, "Host routing-instance", INSTANCE);
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
        .leaf("rule-host-routing-instance", INSTANCE);
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

  private static String kindOf(NatScope scope) {
    return switch (scope) {
      case NatScope.Interfaces i -> "interface";
      case NatScope.Zones z -> "zone";
      case NatScope.Instance i -> "routing-instance";
    };
  }

  private static List<String> placesOf(NatScope scope) {
    return switch (scope) {
      case NatScope.Interfaces i -> i.names().stream().map(Object::toString).toList();
      case NatScope.Zones z -> List.copyOf(z.names());
      case NatScope.Instance i -> List.of(INSTANCE);
    };
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

  /**
   * {@code show security nat source pool}.
   *
   * @param name of a pool, or null for all
   */
  public static Page sourcePools(NatViews views, @Nullable String name) {
    List<NatPoolView<SourceNatPool>> all = views.sourcePools();
    Page page = new Page("source-nat-pool-detail-information");
    page.line("Total pools: %d", all.size());
    page.element(Element.builder("total-source-nat-pools").leaf("total-pools", all.size()));
    for (NatPoolView<SourceNatPool> view : all) {
      if (name == null || view.pool().name().equals(name)) {
        sourcePool(page, view);
      }
    }
    return page;
  }

  private static void sourcePool(Page page, NatPoolView<SourceNatPool> view) {
    SourceNatPool pool = view.pool();
    AddressRange base = pool.hostAddressBase();
    String basis = base == null ? "0.0.0.0" : base.low().toString();
    String ports = portsOf(pool);
    String assignment = pool.addressPersistent() ? "paired" : "no-paired";
    String overflow = overflowOf(pool);
    page.blank();
    pool(page, "Pool name", pool.name());
    pool(page, "Pool id", Integer.toString(view.id()));
    pool(page, "Routing instance", INSTANCE);
    pool(page, "Host address base", basis);
    pool(page, "Port", ports);
    if (overflow != null) {
      pool(page, "Overflow pool", overflow);
    }
    pool(page, "Address assignment", assignment);
    pool(page, "Total addresses", size(pool.addresses()).toString());
    pool(page, "Translation hits", Long.toString(view.hits()));
    page.line("Address range");
    Element.Builder entry =
        Element.builder("source-nat-pool-info-entry")
            .leaf("pool-name", pool.name())
            .leaf("pool-id", view.id())
            .leaf("routing-instance-name", INSTANCE)
            .leaf("host-address-base", basis)
            .leaf("source-pool-port-translation", ports)
            .leaf("source-pool-address-assignment", assignment)
            .leaf("total-pool-address", size(pool.addresses()).toString())
            .leaf("source-pool-translation-hits", view.hits());
    if (overflow != null) {
      entry.leaf("source-pool-overflow-pool", overflow);
    }
    for (AddressRange range : pool.addresses()) {
      page.line("  %s - %s", range.low(), range.high());
      entry.child(
          Element.builder("source-pool-address-range")
              .leaf("address-range-low", range.low().toString())
              .leaf("address-range-high", range.high().toString()));
    }
    page.element(entry);
  }

  private static @Nullable String overflowOf(SourceNatPool pool) {
    return switch (pool.overflow()) {
      case null -> null;
      case SourceNatPool.Overflow.Interface out -> "interface";
      case SourceNatPool.Overflow.Pool(SourceNatPool other) -> other.name();
    };
  }

  private static String portsOf(SourceNatPool pool) {
    PortRange ports = pool.ports();
    return ports == null ? "no translation" : "[" + ports.low() + ", " + ports.high() + "]";
  }

  private static void pool(Page page, String label, String value) {
    page.line("%-19s: %s", label, value);
  }

  private static BigInteger size(List<AddressRange> ranges) {
    BigInteger size = BigInteger.ZERO;
    for (AddressRange range : ranges) {
      BigInteger low = new BigInteger(1, range.low().toBytes());
      size = size.add(new BigInteger(1, range.high().toBytes())).subtract(low).add(BigInteger.ONE);
    }
    return size;
  }

  /** {@code show security nat destination pool}; as {@link #sourcePools}. */
  public static Page destinationPools(NatViews views, @Nullable String name) {
    List<NatPoolView<DestinationNatPool>> all = views.destinationPools();
    Page page = new Page("destination-nat-pool-information");
    page.line("Total destination-nat pools: %d", all.size());
    page.element(
        Element.builder("total-destination-nat-pool-number").leaf("total-pools", all.size()));
    for (NatPoolView<DestinationNatPool> view : all) {
      DestinationNatPool pool = view.pool();
      if (name != null && !pool.name().equals(name)) {
        continue;
      }
      AddressRange range = pool.addresses();
      BigInteger size = size(List.of(range));
      page.blank();
      pool(page, "Pool name", pool.name());
      Element.Builder entry =
          Element.builder("destination-nat-pool-entry").leaf("pool-name", pool.name());
      if (pool.description() != null) {
        pool(page, "Description", pool.description());
        entry.leaf("pool-description", pool.description());
      }
      pool(page, "Pool id", Integer.toString(view.id()));
      pool(page, "Routing instance", INSTANCE);
      pool(page, "Total address", size.toString());
      pool(page, "Translation hits", Long.toString(view.hits()));
      page.line("%-36s %s", "Address range", "Port");
      page.line("%-36s %d", "  " + range.low() + " - " + range.high(), pool.port());
      page.element(
          entry
              .leaf("pool-id", view.id())
              .leaf("routing-instance-name", INSTANCE)
              .leaf("total-pool-address", size.toString())
              .leaf("address-pool-hits", view.hits())
              .child(
                  Element.builder("pool-address-range")
                      .leaf("address-range-low", range.low().toString())
                      .leaf("address-range-high", range.high().toString())
                      .leaf("address-port", pool.port())));
    }
    return page;
  }

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
          pool.name(), ranges.getFirst(), INSTANCE, pat, size(pool.addresses()));
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
          pool.name(), range, INSTANCE, pool.port(), size(List.of(pool.addresses())));
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
