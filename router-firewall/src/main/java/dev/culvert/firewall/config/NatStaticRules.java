package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Binds the rule-sets of static NAT; its rules are numbered from 1 in the order written. */
final class NatStaticRules {
  /** RFC 6296 §3.1: a translation that keeps checksums needs a subnet's sixteen bits to do so. */
  private static final int LONGEST_NPTV6_PREFIX = 64;

  private static final List<String> INSIDE =
      List.of("prefix", "prefix-name", "nptv6-prefix", "nptv6-prefix-name");

  private final NatNames names;
  private final NatAddresses addresses;
  private final Diagnostics diagnostics;

  NatStaticRules(NatNames names, NatAddresses addresses, Diagnostics diagnostics) {
    this.names = names;
    this.addresses = addresses;
    this.diagnostics = diagnostics;
  }

  List<NatRuleSet<StaticNatRule>> bind(ConfigNode statics) {
    NatScopes scopes = new NatScopes(names, diagnostics);
    List<NatRuleSet<StaticNatRule>> sets = new ArrayList<>();
    int index = 0;
    for (ConfigNode node : statics.children("rule-set")) {
      Optional<NatScopes.Context> context = scopes.bind(node, false);
      List<StaticNatRule> rules = new ArrayList<>();
      if (!node.has("rule")) {
        diagnostics.missing(node, "rule is missing");
      }
      for (ConfigNode statement : node.children("rule")) {
        StaticNatRule rule = rule(statement, ++index);
        if (rule != null) {
          checkBeside(statement, rule, rules);
          rules.add(rule);
        }
      }
      context.ifPresent(c ->
          sets.add(
              new NatRuleSet<>(
                  NatRules.nameOf(node), NatRules.description(node), c.from(), null, rules)));
    }
    return sets;
  }

  private @Nullable StaticNatRule rule(ConfigNode statement, int index) {
    ConfigNode match = statement.child("match").orElse(statement);
    NatRules.requireDestination(match, diagnostics);
    Optional<IpPrefix> destination = prefix(match, "destination-address");
    Optional<ConfigNode> then = statement.child("then").flatMap(n -> n.child("static-nat"));
    List<ConfigNode> actions =
        INSIDE.stream().flatMap(w -> then.flatMap(n -> n.child(w)).stream()).toList();
    if (actions.size() != 1) {
      diagnostics.missing(
          then.orElse(statement),
          "then static-nat "
              + (actions.isEmpty() ? "prefix or nptv6-prefix is missing" : "takes one prefix"));
      return null;
    }
    ConfigNode inside = actions.getFirst();
    if (inside.children().stream().noneMatch(c -> c.keyword().isEmpty())) {
      diagnostics.missing(inside, "its value is missing");
    }
    boolean nptv6 = inside.keyword().startsWith("nptv6");
    Optional<IpPrefix> translated = prefix(then.orElseThrow(), nptv6 ? "nptv6-prefix" : "prefix");
    if (destination.isEmpty() || translated.isEmpty()) {
      return null;
    }
    boolean fits = checkPrefixes(inside, destination.get(), translated.get(), nptv6);
    AddressMatch source = addresses.match(match, "source-address");
    if (source.dnsNames().isEmpty()
        && !source.addresses().isEmpty()
        && source.addresses().of(destination.get().family()).isEmpty()) {
      diagnostics.error(match, "source and destination are of different families: nothing matches");
    }
    Optional<Ports> ports = ports(match, inside, nptv6);
    if (!fits || ports.isEmpty()) {
      return null;
    }
    return new StaticNatRule(
        index,
        NatRules.nameOf(statement),
        NatRules.description(statement),
        source,
        destination.get(),
        translated.get(),
        ports.get().destination(),
        ports.get().mapped(),
        nptv6);
  }

  /** {@code keyword PREFIX} or {@code keyword-name NAME} of the node; empty after a report. */
  private Optional<IpPrefix> prefix(ConfigNode node, String keyword) {
    Optional<IpPrefix> literal = node.child(keyword).flatMap(n -> n.leaf("", NatSchema.ADDRESSES));
    if (literal.isPresent()) {
      return literal;
    }
    Optional<ConfigNode> named = node.child(keyword + "-name");
    Optional<String> name = named.flatMap(n -> n.leaf("", NatSchema.NAMED));
    Optional<AddressSet> set = name.flatMap(n -> addresses.fixed(named.orElseThrow(), n));
    Optional<IpPrefix> prefix =
        set.filter(s -> s.ranges().size() == 1).flatMap(s -> s.ranges().getFirst().asPrefix());
    if (set.isPresent() && prefix.isEmpty()) {
      diagnostics.error(
          named.orElseThrow(), "address '" + name.orElseThrow() + "' is not one prefix");
    }
    return prefix;
  }

  private boolean checkPrefixes(
      ConfigNode inside, IpPrefix destination, IpPrefix translated, boolean nptv6) {
    if (destination.family() != translated.family()) {
      diagnostics.error(
          inside,
          destination
              + " to "
              + translated
              + ": the kernel does not translate between IPv4 and IPv6");
      return false;
    }
    if (destination.length() != translated.length()) {
      diagnostics.error(inside, destination + " and " + translated + " are not of the same length");
      return false;
    }
    if (nptv6 && destination.family() == AddressFamily.INET) {
      diagnostics.error(inside, "nptv6-prefix translates IPv6: write prefix " + translated);
      return false;
    }
    if (nptv6 && destination.length() > LONGEST_NPTV6_PREFIX) {
      diagnostics.error(inside, "the longest prefix will be supported is /64");
      return false;
    }
    return true;
  }

  private record Ports(@Nullable PortRange destination, @Nullable PortRange mapped) {}

  /** Empty after a report. */
  private Optional<Ports> ports(ConfigNode match, ConfigNode inside, boolean nptv6) {
    boolean given = match.has("destination-port");
    boolean mapped = inside.has("mapped-port");
    if (nptv6 && given) {
      diagnostics.error(inside, "nptv6-prefix translates addresses whatever the port");
      return Optional.empty();
    }
    if (given != mapped) {
      diagnostics.error(
          given ? match.child("destination-port").orElse(match) : inside,
          given
              ? "'then static-nat prefix mapped-port ...' or 'then static-nat prefix-name"
                  + " mapped-port' must be configured when configure 'destination-port'"
              : "'match destination-port ...' must be configured when configure 'mapped-port'");
      return Optional.empty();
    }
    if (!given) {
      return Optional.of(new Ports(null, null));
    }
    Optional<PortRange> outer = addresses.portRange(match, "destination-port", NatSchema.PORT);
    Optional<PortRange> inner = addresses.portRange(inside, "mapped-port", NatSchema.PORT);
    if (outer.isPresent() && inner.isPresent() && outer.get().size() != inner.get().size()) {
      diagnostics.error(
          inside,
          "destination-port "
              + outer.get()
              + " and mapped-port "
              + inner.get()
              + " are not as many ports");
      return Optional.empty();
    }
    return outer.flatMap(o -> inner.map(i -> new Ports(o, i)));
  }

  /** Whether the rule and those before it of its rule-set leave each packet one reading. */
  private void checkBeside(ConfigNode statement, StaticNatRule rule, List<StaticNatRule> before) {
    for (StaticNatRule other : before) {
      boolean sources = rule.source().addresses().overlaps(other.source().addresses());
      if (sources
          && overlap(rule.destination(), other.destination())
          && overlap(rule.destinationPorts(), other.destinationPorts())) {
        diagnostics.error(
            statement,
            rule.destination()
                + " overlaps "
                + other.destination()
                + " of rule '"
                + other.name()
                + "'");
        return;
      }
      if (sources
          && overlap(rule.translated(), other.translated())
          && rule.mappedPorts() == null
          && other.mappedPorts() == null) {
        diagnostics.warning(
            statement,
            "what "
                + rule.translated()
                + " begins itself is translated by rule '"
                + other.name()
                + "', which comes first");
      }
    }
  }

  private static boolean overlap(IpPrefix one, IpPrefix other) {
    return one.covers(other) || other.covers(one);
  }

  private static boolean overlap(@Nullable PortRange one, @Nullable PortRange other) {
    return one == null || other == null || one.overlaps(other);
  }
}
