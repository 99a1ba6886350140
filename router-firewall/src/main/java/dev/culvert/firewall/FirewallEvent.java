package dev.culvert.firewall;

import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.config.FirewallConfig;
import dev.culvert.firewall.ruleset.DnsName;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What can happen to the firewall. */
public sealed interface FirewallEvent {
  /** What is to be in force; if the kernel refuses it, what was before is wanted again. */
  record Committed(FirewallConfig after) implements FirewallEvent {}

  /**
   * What became of a {@link FirewallAction.Apply}.
   *
   * @param refusal why it is not in force, or may not be; null if it is
   * @param isCertain that with a refusal the ruleset before is in force unchanged
   */
  record Applied(long number, @Nullable String refusal, boolean isCertain)
      implements FirewallEvent {}

  /** Somebody else has changed or removed our table, or may have. */
  record TableDisturbed() implements FirewallEvent {}

  /**
   * The answer to a {@link FirewallAction.Resolve}.
   *
   * @param addresses may be none: the name exists without any
   * @param timeToLive as the server says
   */
  record NameResolved(DnsName name, AddressSet addresses, Duration timeToLive)
      implements FirewallEvent {}

  /** No server has answered; what was known stays. */
  record NameFailed(DnsName name, String reason) implements FirewallEvent {}
}
