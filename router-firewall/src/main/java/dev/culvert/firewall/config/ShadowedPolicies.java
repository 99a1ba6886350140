package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/**
 * Policies that never match, as an earlier one of their context matches all that they do. Each is
 * compared with every earlier one, so the comparison begins with what tells most of them apart at
 * once: whether the earlier one has the first address of the later.
 */
record ShadowedPolicies(Diagnostics diagnostics) {

  /**
   * A policy made ready.
   *
   * @param certain false where names or the time of day have a say in what it matches
   */
  private record Ready(
      Policy policy, AddressSet source, AddressSet destination, boolean any, boolean certain) {
    static Ready of(Policy policy) {
      boolean known = isKnown(policy.source()) && isKnown(policy.destination());
      return new Ready(
          policy,
          policy.source().effective(),
          policy.destination().effective(),
          policy.applications().stream().anyMatch(Application::isAny),
          known && policy.schedulerName() == null);
    }

    private static boolean isKnown(AddressMatch match) {
      return match.dnsNames().isEmpty();
    }

    boolean covers(Ready later) {
      return holdsFirst(destination, later.destination)
          && holdsFirst(source, later.source)
          && coversApplications(later)
          && destination.covers(later.destination)
          && source.covers(later.source)
          && coversZones(later.policy);
    }

    private static boolean holdsFirst(AddressSet set, AddressSet later) {
      if (later.isEmpty()) {
        return false;
      }
      IpAddress first = later.ranges().getFirst().low();
      return set.contains(first);
    }

    private boolean coversApplications(Ready later) {
      return any
          || later.policy.applications().stream()
              .flatMap(application -> application.terms().stream())
              .allMatch(this::coversTerm);
    }

    private boolean coversTerm(ApplicationTerm term) {
      return policy.applications().stream()
          .flatMap(application -> application.terms().stream())
          .anyMatch(own -> own.match().covers(term.match()));
    }

    private boolean coversZones(Policy later) {
      return !(policy.context() instanceof PolicyContext.Global mine)
          || !(later.context() instanceof PolicyContext.Global its)
          || (covers(mine.fromZones(), its.fromZones()) && covers(mine.toZones(), its.toZones()));
    }

    /** No zones at all are every one. */
    private static boolean covers(SortedSet<String> mine, SortedSet<String> its) {
      return mine.isEmpty() || (!its.isEmpty() && mine.containsAll(its));
    }
  }

  /**
   * Warns of each that never matches.
   *
   * @param policies of one context, in order
   * @param nodes their statements
   */
  void warn(List<Policy> policies, List<ConfigNode> nodes) {
    List<Ready> earlier = new ArrayList<>();
    for (int i = 0; i < policies.size(); i++) {
      Ready ready = Ready.of(policies.get(i));
      boolean known =
          Ready.isKnown(ready.policy.source()) && Ready.isKnown(ready.policy.destination());
      for (Ready before : earlier) {
        if (known && before.covers(ready)) {
          diagnostics.warning(
              nodes.get(i),
              "policy never matches: policy '"
                  + before.policy.name()
                  + "' before it matches all that it does");
          break;
        }
      }
      if (ready.certain) {
        earlier.add(ready);
      }
    }
  }
}
