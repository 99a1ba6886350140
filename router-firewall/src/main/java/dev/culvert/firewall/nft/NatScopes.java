package dev.culvert.firewall.nft;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which rule-set is looked at for which interfaces, as {@link NatScope} says. */
final class NatScopes {
  private static final int NO_MATCH = -1;
  private static final int RANKS = 3;

  private final Ruleset ruleset;
  private final SortedSet<InterfaceName> named = new TreeSet<>();
  private final Map<InterfaceName, String> zoneOf = new HashMap<>();
  private final String zoneOfOthers;

  /** An end of a packet's way through the router. */
  sealed interface End {
    record Interface(InterfaceName name) implements End {}

    /** An interface that nothing names. */
    record Other() implements End {}

    /** The router itself. */
    record Self() implements End {}
  }

  NatScopes(Ruleset ruleset) {
    this.ruleset = ruleset;
    this.zoneOfOthers = Interfaces.zoneOfOthers(ruleset).map(Zone::name).orElse("");
    for (Zone zone : ruleset.zones()) {
      zone.interfaces().forEach(m -> zoneOf.putIfAbsent(m.name(), zone.name()));
    }
    named.addAll(zoneOf.keySet());
    ruleset.nat().statics().forEach(set -> addNames(set.from()));
    ruleset.nat().destinations().forEach(set -> addNames(set.from()));
    ruleset.nat().sources().forEach(set -> addNames(set.from()));
    ruleset.nat().sources().forEach(set -> addNames(set.to()));
  }

  private void addNames(@Nullable NatScope scope) {
    if (scope instanceof NatScope.Interfaces(var names)) {
      named.addAll(names);
    }
  }

  /** Every interface that a zone or a rule-set names. */
  Set<InterfaceName> named() {
    return named;
  }

  /** Of the rule-sets that match the most specific one, the first of several such; or null. */
  <R> @Nullable NatRuleSet<R> from(List<NatRuleSet<R>> sets, End from) {
    return mostSpecific(sets, fromRanks(sets, from), sets.stream().map(set -> 0).toList());
  }

  /** How rule-sets see an end that packets come from; ends seen alike are treated alike. */
  <R> List<Integer> fromRanks(List<NatRuleSet<R>> sets, End from) {
    return sets.stream().map(set -> rank(set.from(), from)).toList();
  }

  /** How rule-sets see an end that packets go to. */
  <R> List<Integer> toRanks(List<NatRuleSet<R>> sets, End to) {
    return sets.stream().map(set -> rank(set.to(), to)).toList();
  }

  /** As {@link #from}, of both ends. */
  static <R> @Nullable NatRuleSet<R> mostSpecific(
      List<NatRuleSet<R>> sets, List<Integer> fromRanks, List<Integer> toRanks) {
    NatRuleSet<R> best = null;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < sets.size(); i++) {
      int byFrom = fromRanks.get(i);
      int byTo = toRanks.get(i);
      if (byFrom != NO_MATCH && byTo != NO_MATCH && byFrom * RANKS + byTo < least) {
        best = sets.get(i);
        least = byFrom * RANKS + byTo;
      }
    }
    return best;
  }

  /** Whether sources of what is forwarded to an end may be translated, without zones. */
  boolean translatesSourcesToward(End to) {
    NatTable nat = ruleset.nat();
    return nat.statics().stream().anyMatch(set -> rank(set.from(), to) != NO_MATCH)
        || nat.sources().stream()
            .filter(set -> !(set.from() instanceof NatScope.Zones))
            .anyMatch(set -> rank(set.to(), to) != NO_MATCH);
  }

  private int rank(@Nullable NatScope scope, End end) {
    return switch (scope) {
      case null -> 0;
      case NatScope.Interfaces(var names) ->
          end instanceof End.Interface(var name) && names.contains(name) ? 0 : NO_MATCH;
      case NatScope.Zones(var names) -> names.contains(zone(end)) ? 1 : NO_MATCH;
      case NatScope.Instance instance -> 2;
    };
  }

  private String zone(End end) {
    return switch (end) {
      case End.Interface(var name) -> zoneOf.getOrDefault(name, zoneOfOthers);
      case End.Other other -> zoneOfOthers;
      case End.Self self -> PolicyContext.JUNOS_HOST;
    };
  }
}
