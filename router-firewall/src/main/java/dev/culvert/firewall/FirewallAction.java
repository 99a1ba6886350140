package dev.culvert.firewall;

import dev.culvert.core.notice.Notice;
import dev.culvert.firewall.path.SessionReview;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.Ruleset;

/** What the firewall asks of its surroundings. */
public sealed interface FirewallAction {
  /**
   * Replace whatever the kernel has of ours by this, at once or not at all; answered by {@link
   * FirewallEvent.Applied} with the same number.
   *
   * @param namesOnly it differs from the one in force by what name servers say alone
   */
  record Apply(long number, Ruleset ruleset, boolean namesOnly) implements FirewallAction {}

  /** Do with each session there is what the review says of it. */
  record ReviewSessions(SessionReview review) implements FirewallAction {}

  /**
   * Ask for the addresses of a name; answered by {@link FirewallEvent.NameResolved} or {@link
   * FirewallEvent.NameFailed}.
   */
  record Resolve(DnsName name) implements FirewallAction {}

  record Report(Notice notice) implements FirewallAction {}
}
