package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.rpm.IpMonitoring;
import dev.culvert.engine.rpm.IpMonitoringPolicy;
import dev.culvert.engine.rpm.RpmResults;
import dev.culvert.engine.rpm.RpmResults.Sample;
import dev.culvert.engine.rpm.RpmTest;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code show services rpm …} and {@code show services ip-monitoring …}. */
public final class RpmShow {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("EEE MMM dd HH:mm:ss yyyy", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  private RpmShow() {}

  public static Page probeResults(List<RpmResults> all) {
    Page page = new Page("probe-results");
    for (RpmResults results : all) {
      RpmTest test = results.test();
      page.line("    Owner: %s, Test: %s", test.key().owner(), test.key().test());
      page.line(
          "    Target address: %s, Probe type: %s, Test size: %d probes",
          test.target(), probeType(test), test.probeCount());
      Element.Builder element =
          Element.builder("probe-test-results")
              .leaf("owner", test.key().owner())
              .leaf("test-name", test.key().test())
              .leaf("target-address", test.target().toString())
              .leaf("probe-type", probeType(test))
              .leaf("test-size", test.probeCount())
              .leaf("test-status", results.state().toString());
      last(page, element, results.last());
      sample(page, element, "current test", "probe-test-generic-results", results.current());
      Sample previous = results.previous();
      if (previous != null) {
        sample(page, element, "last test", "probe-last-test-results", previous);
      }
      sample(page, element, "all tests", "probe-test-global-results", results.all());
      page.line(
          "    Test status: %s, runs: %d, failed: %d",
          results.state(), results.runs(), results.failedRuns());
      page.element(element);
    }
    return page;
  }

  private static String probeType(RpmTest test) {
    return test.target().family() == AddressFamily.INET ? "icmp-ping" : "icmp6-ping";
  }

  private static void last(Page page, Element.Builder element, RpmResults.@Nullable Single last) {
    page.line("    Probe results:");
    if (last == null) {
      page.line("      No probe has been settled yet");
      return;
    }
    boolean answered = last.roundTrip() != null;
    page.line("      %s", answered ? "Response received" : "Request timed out");
    page.line("      Probe sent time: %s", TIME.format(last.sent()));
    Element.Builder single =
        Element.builder("probe-single-results")
            .leaf("probe-status", answered ? "Response received" : "Request timed out")
            .leaf("probe-sent-time", TIME.format(last.sent()));
    if (last.roundTrip() != null) {
      long micros = last.roundTrip().toNanos() / 1000;
      page.line("      Rtt: %d usec", micros);
      single.leaf("rtt", micros);
    }
    element.child(single);
  }

  private static void sample(
      Page page, Element.Builder element, String scope, String name, Sample sample) {
    page.line("    Results over %s:", scope);
    page.line(
        "      Probes sent: %d, Probes received: %d, Loss percentage: %.6f",
        sample.sent(), sample.received(), sample.lossPercent());
    Element.Builder results =
        Element.builder(name)
            .leaf("results-scope", scope)
            .leaf("probes-sent", sample.sent())
            .leaf("probe-responses", sample.received())
            .leaf("loss-percentage", String.format(Locale.ROOT, "%.6f", sample.lossPercent()));
    if (sample.received() > 0) {
      long least = sample.least().toNanos() / 1000;
      long most = sample.most().toNanos() / 1000;
      page.line("      Measurement: Round trip time");
      page.line(
          "        Samples: %d, Minimum: %d usec, Maximum: %d usec, Average: %d usec, Peak to peak:"
              + " %d usec, Stddev: %d usec, Sum: %d usec",
          sample.received(),
          least,
          most,
          sample.averageMicros(),
          most - least,
          sample.deviationMicros(),
          sample.sum().toNanos() / 1000);
      results.child(
          Element.builder("probe-summary-results")
              .leaf("samples", sample.received())
              .leaf("min-delay", least)
              .leaf("max-delay", most)
              .leaf("avg-delay", sample.averageMicros())
              .leaf("stddev-delay", sample.deviationMicros()));
    }
    element.child(results);
  }

  public static Page ipMonitoring(
      List<IpMonitoring.PolicyStatus> policies, List<RpmResults> results) {
    Map<RpmTest.Key, IpAddress> targets = new TreeMap<>();
    results.forEach(r -> targets.put(r.test().key(), r.test().target()));
    Page page = new Page("ip-monitoring-status-information");
    for (IpMonitoring.PolicyStatus status : policies) {
      IpMonitoringPolicy policy = status.policy();
      String state = status.failed() ? "FAIL" : "PASS";
      page.line("Policy - %s (Status: %s)", policy.name(), state);
      Element.Builder element =
          Element.builder("ip-monitoring-policy")
              .leaf("policy-name", policy.name())
              .leaf("policy-status", state);
      page.line("  RPM Probes:");
      page.line("    Probe name             Test Name       Address          Status");
      page.line("    ---------------------- --------------- ---------------- ---------");
      targets.forEach((test, target) -> {
        if (policy.probes().contains(test.owner())) {
          Boolean failed = status.tests().get(test);
          String found = failed == null ? "RUNNING" : failed ? "FAIL" : "PASS";
          page.line("    %-22s %-15s %-16s %s", test.owner(), test.test(), target, found);
          element.child(
              Element.builder("rpm-probe")
                  .leaf("probe-name", test.owner())
                  .leaf("test-name", test.test())
                  .leaf("destination-address", target.toString())
                  .leaf("probe-status", found));
        }
      });
      page.blank();
      page.line("  Route-Action:");
      page.line("    route-instance    route             next-hop         state");
      page.line("    ----------------- ----------------- ---------------- -------------");
      String applied =
          status.applied() ? "APPLIED" : policy.withdraw() ? "WITHDRAWN" : "NOT-APPLIED";
      for (IpMonitoringPolicy.PreferredRoute route : policy.routes()) {
        String hops =
            route.nextHops().stream().map(RpmShow::nextHop).collect(Collectors.joining(", "));
        String table = TableId.of(route.prefix().family()).toString();
        page.line("    %-17s %-17s %-16s %s", table, route.prefix(), hops, applied);
        element.child(
            Element.builder("route-action")
                .leaf("route-instance", table)
                .leaf("route", route.prefix().toString())
                .leaf("next-hop", hops)
                .leaf("route-action-state", applied));
      }
      page.blank();
      page.element(element);
    }
    return page;
  }

  private static String nextHop(NextHop hop) {
    return switch (hop) {
      case NextHop.Recursive(IpAddress address) -> address.toString();
      case NextHop.Via via -> via.out().toString();
      case NextHop.Local local -> local.owner().toString();
      case NextHop.Discard discard -> "discard";
      case NextHop.Reject reject -> "reject";
    };
  }
}
