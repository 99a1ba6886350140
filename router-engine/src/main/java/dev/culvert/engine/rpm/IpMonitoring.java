package dev.culvert.engine.rpm;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * {@code services ip-monitoring}: offers the preferred routes of each policy that has failed, as
 * static routes that come before configured ones. What it offers follows from the configuration and
 * the tests' findings; each method returns the way there from what was offered before. Confined to
 * the routing thread.
 */
public final class IpMonitoring {
  /** As on Junos: before any configured static route. */
  public static final long PREFERENCE = 1;

  private record RouteKey(IpPrefix prefix, RouteSource source) {}

  /**
   * One policy for {@code show services ip-monitoring status}.
   *
   * @param failed whether its routes are as of a failure
   * @param tests what each of its tests has found; absent while it has found nothing yet
   * @param applied its routes are offered
   */
  public record PolicyStatus(
      IpMonitoringPolicy policy,
      boolean failed,
      SequencedMap<RpmTest.Key, Boolean> tests,
      boolean applied) {}

  private RpmConfig config = RpmConfig.NONE;

  /** Tests that have failed, false for those that have passed. */
  private final Map<RpmTest.Key, Boolean> findings = new HashMap<>();

  /** Policies that have failed and do not come back by themselves. */
  private final Set<String> held = new HashSet<>();

  private SequencedMap<RouteKey, Route> offered = new LinkedHashMap<>();

  /** A commit lets those go that {@code no-preempt} holds. */
  public List<RouteUpdate> reconfigure(RpmConfig after) {
    Set<RpmTest> same = new HashSet<>(after.tests());
    for (RpmTest before : config.tests()) {
      if (!same.contains(before)) {
        findings.remove(before.key());
      }
    }
    config = after;
    held.clear();
    return update();
  }

  public List<RouteUpdate> testChanged(RpmTest.Key test, boolean failed) {
    // What was under way when its test was taken away is of no more interest.
    if (config.tests().stream().anyMatch(t -> t.key().equals(test))) {
      findings.put(test, failed);
    }
    return update();
  }

  private List<RouteUpdate> update() {
    SequencedMap<RouteKey, Route> routes = new LinkedHashMap<>();
    for (IpMonitoringPolicy policy : config.policies()) {
      if (isApplied(policy)) {
        RouteSource source =
            new RouteSource(RouteProtocol.STATIC, "ip-monitoring " + policy.name());
        for (IpMonitoringPolicy.PreferredRoute route : policy.routes()) {
          routes.put(new RouteKey(route.prefix(), source), offer(route, source));
        }
      }
    }
    List<RouteUpdate> updates = new ArrayList<>();
    for (RouteKey key : offered.sequencedKeySet()) {
      if (!routes.containsKey(key)) {
        updates.add(new RouteUpdate.Withdraw(table(key.prefix()), key.prefix(), key.source()));
      }
    }
    routes.forEach((key, route) -> {
      if (!route.equals(offered.get(key))) {
        updates.add(new RouteUpdate.Announce(table(key.prefix()), route));
      }
    });
    offered = routes;
    return updates;
  }

  private static TableId table(IpPrefix prefix) {
    return TableId.of(prefix.family());
  }

  private static Route offer(IpMonitoringPolicy.PreferredRoute route, RouteSource source) {
    return new Route(
        route.prefix(),
        source,
        PREFERENCE,
        route.metric(),
        0,
        route.nextHops(),
        new RouteDetail.Static(0));
  }

  /** With {@code withdraw} the routes of a policy are there while its probes are known to pass. */
  private boolean isApplied(IpMonitoringPolicy policy) {
    boolean failed = hasFailed(policy);
    return policy.withdraw()
        ? !failed && policy.probes().stream().allMatch(this::isProbePassing)
        : failed;
  }

  private boolean hasFailed(IpMonitoringPolicy policy) {
    boolean failing = policy.probes().stream().anyMatch(this::isProbeFailing);
    if (failing && policy.noPreempt()) {
      held.add(policy.name());
    }
    return failing || held.contains(policy.name());
  }

  /** A probe reaches its target by any of its tests. */
  private boolean isProbeFailing(String owner) {
    List<RpmTest.Key> tests = config.testsOf(owner);
    return !tests.isEmpty() && tests.stream().allMatch(test -> findings.getOrDefault(test, false));
  }

  private boolean isProbePassing(String owner) {
    return config.testsOf(owner).stream().anyMatch(test -> !findings.getOrDefault(test, true));
  }

  /** Every policy, in the order of the configuration. */
  public List<PolicyStatus> status() {
    List<PolicyStatus> all = new ArrayList<>();
    for (IpMonitoringPolicy policy : config.policies()) {
      SequencedMap<RpmTest.Key, Boolean> tests = new LinkedHashMap<>();
      for (String owner : policy.probes()) {
        for (RpmTest.Key test : config.testsOf(owner)) {
          Boolean found = findings.get(test);
          if (found != null) {
            tests.put(test, found);
          }
        }
      }
      all.add(new PolicyStatus(policy, hasFailed(policy), tests, isApplied(policy)));
    }
    return all;
  }
}
