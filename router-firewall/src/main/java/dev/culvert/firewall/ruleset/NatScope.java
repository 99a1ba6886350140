package dev.culvert.firewall.ruleset;

import dev.culvert.core.net.InterfaceName;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Where a packet comes from or goes to, as a NAT rule-set says. Of the rule-sets that match a
 * packet the most specific counts, and only its rules: interfaces, then zones, then the routing
 * instance; first by {@code from}, then by {@code to}.
 */
public sealed interface NatScope {
  record Interfaces(SortedSet<InterfaceName> names) implements NatScope {
    public Interfaces {
      names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
    }
  }

  record Zones(SortedSet<String> names) implements NatScope {
    public Zones {
      names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
    }
  }

  /** The master instance: every interface there is. */
  record Instance() implements NatScope {}
}
