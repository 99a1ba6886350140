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

  /**
   * End the sessions that a policy has let in which is not among these: it is gone, or denies from
   * here on. Sessions that no policy has let in are not meant.
   */
  record EndSessions(SortedSet<Integer> permitting) implements FirewallAction {
    public EndSessions {
      permitting = Collections.unmodifiableSortedSet(new TreeSet<>(permitting));
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
