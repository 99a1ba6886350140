package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.NearestWord;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.PolicyContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Binds {@code from} and {@code to} of the rule-sets of one kind of NAT. */
final class NatScopes {
  /** {@code to} is null for static and destination NAT. */
  record Context(NatScope from, Optional<NatScope> to) {}

  private final NatNames names;
  private final Diagnostics diagnostics;

  /** The rule-set of each place, or pair of places. */
  private final Map<String, String> owners = new TreeMap<>();

  NatScopes(NatNames names, Diagnostics diagnostics) {
    this.names = names;
    this.diagnostics = diagnostics;
  }

  /**
   * The rule-set's context; empty after a report. No two rule-sets have a place in common, as which
   * of them holds would be anybody's guess.
   */
  Optional<Context> bind(ConfigNode ruleSet, boolean withTo) {
    // What the router sends itself is translated on its way out only.
    Set<String> froms = new TreeSet<>(names.zones());
    if (withTo) {
      froms.add(PolicyContext.JUNOS_HOST);
    }
    Optional<NatScope> from = scope(ruleSet, "from", froms);
    Optional<NatScope> to = withTo ? scope(ruleSet, "to", names.zones()) : Optional.empty();
    if (from.isEmpty() || to.isPresent() != withTo) {
      return Optional.empty();
    }
    String name = ruleSet.key(NatSchema.NAME);
    for (String place : places(from.get())) {
      for (String toPlace : to.map(NatScopes::places).orElse(List.of(""))) {
        String pair = "from " + place + (withTo ? " to " + toPlace : "");
        String owner = owners.putIfAbsent(pair, name);
        if (owner != null) {
          diagnostics.error(ruleSet, "rule-set '" + owner + "' is " + pair + " already");
        }
      }
    }
    return Optional.of(new Context(from.get(), to));
  }

  private static List<String> places(NatScope scope) {
    return switch (scope) {
      case NatScope.Interfaces i -> i.names().stream().map(n -> "interface " + n).toList();
      case NatScope.Zones z -> z.names().stream().map(n -> "zone " + n).toList();
      case NatScope.Instance i -> List.of("routing-instance default");
    };
  }

  private Optional<NatScope> scope(ConfigNode ruleSet, String keyword, Set<String> known) {
    Optional<ConfigNode> node = ruleSet.child(keyword);
    List<NatScope> scopes = new ArrayList<>();
    List<String> zones = node.map(n -> n.leafList("zone", NatSchema.NAMED)).orElse(List.of());
    List<InterfaceName> interfaces =
        node.map(n -> n.leafList("interface", NatSchema.INTERFACE)).orElse(List.of());
    if (!zones.isEmpty()) {
      zones.forEach(zone -> requireZone(node.orElseThrow(), zone, known));
      scopes.add(new NatScope.Zones(new TreeSet<>(zones)));
    }
    if (!interfaces.isEmpty()) {
      scopes.add(new NatScope.Interfaces(new TreeSet<>(interfaces)));
    }
    if (node.filter(n -> n.has("routing-instance")).isPresent()) {
      scopes.add(new NatScope.Instance());
    }
    if (scopes.isEmpty()) {
      diagnostics.error(
          node.orElse(ruleSet), "'" + keyword + "' needs zones, interfaces or a routing-instance");
      return Optional.empty();
    }
    if (scopes.size() > 1) {
      diagnostics.error(
          node.orElse(ruleSet),
          "'" + keyword + "' takes zones, interfaces or a routing-instance, one of the three");
    }
    return Optional.of(scopes.getFirst());
  }

  private void requireZone(ConfigNode scope, String zone, Set<String> known) {
    if (!known.contains(zone)) {
      diagnostics.error(
          scope.child("zone").orElse(scope),
          "zone '" + zone + "' is not configured" + NearestWord.hint(zone, known));
    }
  }
}
