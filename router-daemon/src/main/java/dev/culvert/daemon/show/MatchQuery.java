package dev.culvert.daemon.show;

import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.PolicyMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which policies are looked up for a packet.
 *
 * @param from zone; null for any, of global ones
 * @param to likewise
 * @param globalOnly without those of the pair of zones
 * @param flow with its source as it came and its destination as it is routed
 * @param count how many are wanted, of those that match
 */
public record MatchQuery(
    @Nullable String from, @Nullable String to, boolean globalOnly, Flow flow, int count) {
  /** As on Junos. */
  public static final int MOST = 16;

  /** Those that match, in the order in which they are asked; all but the first in vain. */
  List<Policy> matching(PolicyTable policies) {
    return candidates(policies).stream()
        .filter(policy -> PolicyMatch.matches(policy, flow))
        .limit(count)
        .toList();
  }

  private List<Policy> candidates(PolicyTable policies) {
    if (!globalOnly && from != null && to != null) {
      ZonePair zones = new ZonePair(from, to);
      return isOfHost() ? policies.ofHost(zones) : policies.between(zones);
    }
    return policies.global().stream()
        .filter(policy -> isAbout((PolicyContext.Global) policy.context()))
        .toList();
  }

  private boolean isAbout(PolicyContext.Global context) {
    return (from == null || context.fromZones().isEmpty() || context.fromZones().contains(from))
        && (to == null || context.toZones().isEmpty() || context.toZones().contains(to));
  }

  /** What no policy matches passes there. */
  boolean isOfHost() {
    return PolicyContext.JUNOS_HOST.equals(from) || PolicyContext.JUNOS_HOST.equals(to);
  }
}
