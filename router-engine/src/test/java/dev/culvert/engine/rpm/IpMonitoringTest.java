package dev.culvert.engine.rpm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.engine.rpm.IpMonitoringPolicy.PreferredRoute;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class IpMonitoringTest {
  private static final IpPrefix DEFAULT = IpPrefix.parse("0.0.0.0/0").orElseThrow();
  private static final NextHop BACKUP = new NextHop.Recursive(Ipv4Address.of("203.0.113.1"));

  private final IpMonitoring monitoring = new IpMonitoring();

  @Test
  void theRouteIsThereWhileTheProbeFails() {
    assertThat(commit(policy(false, false, "one"), "one/a")).isEmpty();
    assertThat(found("one/a", false)).isEmpty();

    List<RouteUpdate> failed = found("one/a", true);
    assertThat(failed).hasSize(1);
    RouteUpdate.Announce announced = (RouteUpdate.Announce) failed.getFirst();
    assertThat(announced.route().preference()).isEqualTo(1);
    assertThat(announced.route().metric()).isEqualTo(7);
    assertThat(announced.route().nextHops()).containsExactly(BACKUP);
    assertThat(found("one/a", true)).isEmpty();

    assertThat(found("one/a", false)).singleElement().isInstanceOf(RouteUpdate.Withdraw.class);
  }

  @Test
  void aProbeFailsWithAllItsTestsAndAPolicyWithAnyOfItsProbes() {
    commit(policy(false, false, "one", "two"), "one/a", "one/b", "two/a");
    assertThat(found("one/a", true)).isEmpty();
    assertThat(found("one/b", true)).hasSize(1);
    assertThat(found("one/a", false)).hasSize(1);
    assertThat(found("two/a", true)).hasSize(1);
    assertThat(monitoring.status().getFirst().failed()).isTrue();
    assertThat(monitoring.status().getFirst().tests()).hasSize(3);
  }

  @Test
  void noPreemptKeepsItUntilTheNextCommit() {
    IpMonitoringPolicy policy = policy(true, false, "one");
    commit(policy, "one/a");
    assertThat(found("one/a", true)).hasSize(1);
    assertThat(found("one/a", false)).isEmpty();
    assertThat(monitoring.status().getFirst().applied()).isTrue();
    assertThat(commit(policy, "one/a")).singleElement().isInstanceOf(RouteUpdate.Withdraw.class);
  }

  @Test
  void withdrawIsTheOtherWayRound() {
    assertThat(commit(policy(false, true, "one"), "one/a")).isEmpty();
    assertThat(found("one/a", false)).singleElement().isInstanceOf(RouteUpdate.Announce.class);
    assertThat(found("one/a", true)).singleElement().isInstanceOf(RouteUpdate.Withdraw.class);
  }

  @Test
  void aTestThatIsAnotherHasFoundNothingYet() {
    commit(policy(false, false, "one"), "one/a");
    found("one/a", true);
    RpmTest other = test("one/a", 2);
    List<RouteUpdate> updates =
        monitoring.reconfigure(new RpmConfig(List.of(other), List.of(policy(false, false, "one"))));
    assertThat(updates).singleElement().isInstanceOf(RouteUpdate.Withdraw.class);
  }

  @Test
  void whatIsHeardOfATestThatIsGoneChangesNothing() {
    commit(policy(false, false, "one"), "one/a");
    assertThat(found("one/z", true)).isEmpty();
    assertThat(monitoring.reconfigure(RpmConfig.NONE)).isEmpty();
    assertThat(found("one/a", true)).isEmpty();
  }

  private static IpMonitoringPolicy policy(boolean noPreempt, boolean withdraw, String... probes) {
    return new IpMonitoringPolicy(
        "p",
        List.of(probes),
        noPreempt,
        withdraw,
        List.of(new PreferredRoute(DEFAULT, List.of(BACKUP), 7)));
  }

  private List<RouteUpdate> commit(IpMonitoringPolicy policy, String... tests) {
    return monitoring.reconfigure(
        new RpmConfig(
            List.of(tests).stream().map(name -> test(name, 1)).toList(), List.of(policy)));
  }

  private List<RouteUpdate> found(String test, boolean failed) {
    return monitoring.testChanged(key(test), failed);
  }

  private static RpmTest.Key key(String name) {
    int slash = name.indexOf('/');
    return new RpmTest.Key(name.substring(0, slash), name.substring(slash + 1));
  }

  private static RpmTest test(String name, int count) {
    return new RpmTest(
        key(name),
        Ipv4Address.of("198.51.100.9"),
        count,
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        null,
        null,
        0,
        64,
        0,
        RpmTest.Thresholds.DEFAULT);
  }
}
