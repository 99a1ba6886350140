package dev.culvert.firewall.ruleset;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/** Where a policy stands. */
public sealed interface PolicyContext {
  /** The zone of what the router itself sends, and of what is for it. */
  String JUNOS_HOST = "junos-host";

  /** {@code from-zone A to-zone B}; the two may be the same. */
  record ZonePair(String from, String to) implements PolicyContext, Comparable<ZonePair> {
    @Override
    public int compareTo(ZonePair other) {
      int byFrom = from.compareTo(other.from);
      return byFrom != 0 ? byFrom : to.compareTo(other.to);
    }
  }

  /**
   * {@code global}: looked at when no policy of the zone pair has matched.
   *
   * @param fromZones empty for any
   * @param toZones empty for any
   */
  record Global(SortedSet<String> fromZones, SortedSet<String> toZones) implements PolicyContext {
    public Global {
      fromZones = Collections.unmodifiableSortedSet(new TreeSet<>(fromZones));
      toZones = Collections.unmodifiableSortedSet(new TreeSet<>(toZones));
    }

    public boolean matches(ZonePair zones) {
      return (fromZones.isEmpty() || fromZones.contains(zones.from()))
          && (toZones.isEmpty() || toZones.contains(zones.to()));
    }
  }
}
