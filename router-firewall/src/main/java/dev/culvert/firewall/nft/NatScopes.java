package dev.culvert.firewall.nft;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import java.util.List;
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
    ruleset.zones().forEach(zone -> zone.interfaces().forEach(m -> named.add(m.name())));
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
  <R> @Nullable NatRuleSet<R> of(List<NatRuleSet<R>> sets, End from, @Nullable End to) {
    NatRuleSet<R> best = null;
    int least = Integer.MAX_VALUE;
    for (NatRuleSet<R> set : sets) {
      int byFrom = rank(set.from(), from);
      int byTo = set.to() == null || to == null ? 0 : rank(set.to(), to);
      if (byFrom != NO_MATCH && byTo != NO_MATCH && byFrom * RANKS + byTo < least) {
        best = set;
        least = byFrom * RANKS + byTo;
      }
    }
    return best;
  }

  private int rank(NatScope scope, End end) {
    return switch (scope) {
      case NatScope.Interfaces(var names) ->
          end instanceof End.Interface(var name) && names.contains(name) ? 0 : NO_MATCH;
      case NatScope.Zones(var names) -> names.contains(zone(end)) ? 1 : NO_MATCH;
      case NatScope.Instance instance -> 2;
    };
  }

  private String zone(End end) {
    return switch (end) {
      case End.Interface(var name) -> ruleset.zoneOf(name).map(Zone::name).orElse("");
      case End.Other other -> Interfaces.zoneOfOthers(ruleset).map(Zone::name).orElse("");
      case End.Self self -> PolicyContext.JUNOS_HOST;
    };
  }
}
