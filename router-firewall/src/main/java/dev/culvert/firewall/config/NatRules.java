package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Binds the rule-sets of source and destination NAT. The rules of each kind are numbered from 1 in
 * the order written.
 */
final class NatRules {
  private final NatNames names;
  private final NatPools pools;
  private final NatMatches matches;
  private final Diagnostics diagnostics;

  NatRules(NatNames names, NatPools pools, NatMatches matches, Diagnostics diagnostics) {
    this.names = names;
    this.pools = pools;
    this.matches = matches;
    this.diagnostics = diagnostics;
  }

  List<NatRuleSet<SourceNatRule>> sources(ConfigNode source) {
    NatScopes scopes = new NatScopes(names, diagnostics);
    List<NatRuleSet<SourceNatRule>> sets = new ArrayList<>();
    int index = 0;
    for (ConfigNode node : source.children("rule-set")) {
      Optional<NatScopes.Context> context = scopes.bind(node, true);
      List<SourceNatRule> rules = new ArrayList<>();
      for (ConfigNode rule : rules(node)) {
        index++;
        NatMatch match = matches.bind(rule.child("match").orElse(rule));
        SourceNatRule.Action action = sourceAction(rule, match);
        if (action != null) {
          rules.add(new SourceNatRule(index, nameOf(rule), description(rule), match, action));
        }
      }
      context.ifPresent(c ->
          sets.add(
              new NatRuleSet<>(
                  nameOf(node), description(node), c.from(), c.to().orElse(null), rules)));
    }
    return sets;
  }

  List<NatRuleSet<DestinationNatRule>> destinations(ConfigNode destination) {
    NatScopes scopes = new NatScopes(names, diagnostics);
    List<NatRuleSet<DestinationNatRule>> sets = new ArrayList<>();
    int index = 0;
    for (ConfigNode node : destination.children("rule-set")) {
      Optional<NatScopes.Context> context = scopes.bind(node, false);
      List<DestinationNatRule> rules = new ArrayList<>();
      for (ConfigNode rule : rules(node)) {
        index++;
        ConfigNode where = rule.child("match").orElse(rule);
        requireDestination(where, diagnostics);
        NatMatch match = matches.bind(where);
        DestinationNatRule.Action action = destinationAction(rule, match);
        if (action != null) {
          rules.add(new DestinationNatRule(index, nameOf(rule), description(rule), match, action));
        }
      }
      context.ifPresent(
          c -> sets.add(new NatRuleSet<>(nameOf(node), description(node), c.from(), null, rules)));
    }
    return sets;
  }

  /** Of destination and static NAT: what is translated must be said, by address or by name. */
  static void requireDestination(ConfigNode match, Diagnostics diagnostics) {
    boolean literal = match.has("destination-address");
    if (literal && match.has("destination-address-name")) {
      diagnostics.error(
          match, "destination-address and destination-address-name exclude each other");
    } else if (!literal && !match.has("destination-address-name")) {
      diagnostics.missing(match, "destination-address or destination-address-name is missing");
    }
    for (String keyword : List.of("destination-address", "destination-address-name")) {
      match
          .child(keyword)
          .filter(n -> n.children().isEmpty())
          .ifPresent(n -> diagnostics.missing(n, "its value is missing"));
    }
  }

  /** The rules of a rule-set, which has at least one. */
  private List<ConfigNode> rules(ConfigNode ruleSet) {
    List<ConfigNode> rules = ruleSet.children("rule");
    if (rules.isEmpty()) {
      diagnostics.missing(ruleSet, "rule is missing");
    }
    return rules;
  }

  static String nameOf(ConfigNode node) {
    return node.key(NatSchema.NAME);
  }

  static @Nullable String description(ConfigNode node) {
    return node.leaf("description", NatSchema.TEXT).orElse(null);
  }

  private SourceNatRule.@Nullable Action sourceAction(ConfigNode rule, NatMatch match) {
    ConfigNode action = action(rule, "source-nat", List.of("off", "interface", "pool"));
    if (action == null) {
      return null;
    }
    return switch (action.keyword()) {
      case "off" -> new SourceNatRule.Action.Off();
      case "interface" -> new SourceNatRule.Action.Interface();
      default -> {
        SourceNatPool pool = poolName(action).flatMap(n -> pools.source(action, n)).orElse(null);
        if (pool != null) {
          requireFamily(action, pool.name(), NatPools.familyOf(pool), match);
        }
        yield pool == null ? null : new SourceNatRule.Action.Pool(pool);
      }
    };
  }

  private DestinationNatRule.@Nullable Action destinationAction(ConfigNode rule, NatMatch match) {
    ConfigNode action = action(rule, "destination-nat", List.of("off", "pool"));
    if (action == null) {
      return null;
    }
    if (action.keyword().equals("off")) {
      return new DestinationNatRule.Action.Off();
    }
    DestinationNatPool pool =
        poolName(action).flatMap(n -> pools.destination(action, n)).orElse(null);
    if (pool == null) {
      return null;
    }
    requireFamily(action, pool.name(), pool.addresses().low().family(), match);
    return new DestinationNatRule.Action.Pool(pool);
  }

  private Optional<String> poolName(ConfigNode action) {
    Optional<String> name = action.leaf("", NatSchema.NAME);
    if (name.isEmpty()) {
      diagnostics.missing(action, "the name of the pool is missing");
    }
    return name;
  }

  private void requireFamily(ConfigNode action, String pool, AddressFamily family, NatMatch match) {
    List<AddressFamily> families = NatMatches.families(match);
    if (!families.isEmpty() && !families.contains(family)) {
      diagnostics.error(
          action,
          "the rule matches no "
              + nameOf(family)
              + ", which pool '"
              + pool
              + "' has: the kernel does not translate between IPv4 and IPv6");
    }
  }

  static String nameOf(AddressFamily family) {
    return family == AddressFamily.INET ? "IPv4" : "IPv6";
  }

  /** The one statement of those below {@code then KIND}, or null after a report. */
  private @Nullable ConfigNode action(ConfigNode rule, String kind, List<String> words) {
    Optional<ConfigNode> then = rule.child("then").flatMap(n -> n.child(kind));
    List<ConfigNode> actions =
        words.stream().flatMap(w -> then.flatMap(n -> n.child(w)).stream()).toList();
    String choice =
        String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
    if (actions.isEmpty()) {
      diagnostics.missing(then.orElse(rule), "then " + kind + " " + choice + " is missing");
      return null;
    }
    if (actions.size() > 1) {
      diagnostics.error(then.orElse(rule), "then " + kind + " takes one of " + choice);
    }
    return actions.getFirst();
  }
}
