package dev.culvert.firewall;

import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.ruleset.Policy;

/** Whether a session that a policy has let in would be let in by it today. */
public final class SessionReview {
  /**
   * A session as the policies saw its first packet: the source as it came, the destination as it
   * was routed.
   *
   * @param sourcePort 0 where the protocol has none
   * @param destinationPort for ICMP {@code type << 8 | code}
   */
  public record Flow(
      IpAddress source, IpAddress destination, int protocol, int sourcePort, int destinationPort) {}

  private SessionReview() {}

  public static boolean permits(Policy policy, Flow flow) {
    return policy.active()
        && policy.action() == Policy.Action.PERMIT
        && policy.source().effective().contains(flow.source())
        && policy.destination().effective().contains(flow.destination())
        && policy.applications().stream()
            .flatMap(application -> application.terms().stream())
            .anyMatch(term ->
                term.match().matches(flow.protocol(), flow.sourcePort(), flow.destinationPort()));
  }
}
