package dev.culvert.firewall;

import dev.culvert.core.notice.Notice;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.Ruleset;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** What the firewall asks of its surroundings. */
public sealed interface FirewallAction {
  /**
   * Replace whatever the kernel has of ours by this, at once or not at all; answered by {@link
   * FirewallEvent.Applied} with the same number.
   */
  record Apply(long number, Ruleset ruleset) implements FirewallAction {}

  /** End the sessions that those policies let in; they are gone, or deny from here on. */
  record EndSessions(SortedSet<Integer> policyIndices) implements FirewallAction {
    public EndSessions {
      policyIndices = Collections.unmodifiableSortedSet(new TreeSet<>(policyIndices));
    }
  }

  /** End those sessions of these policies that {@link SessionReview} no longer permits. */
  record ReviewSessions(List<Policy> changed) implements FirewallAction {
    public ReviewSessions {
      changed = List.copyOf(changed);
    }
  }

  /**
   * Ask for the addresses of a name; answered by {@link FirewallEvent.NameResolved} or {@link
   * FirewallEvent.NameFailed}.
   */
  record Resolve(DnsName name) implements FirewallAction {}

  record Report(Notice notice) implements FirewallAction {}
}
