package dev.culvert.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.daemon.show.FakeRouterState;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.operational.NatViews;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FirewallMetricsTest {
  private static final String TWO_ZONES =
      """
      set security zones security-zone trust interfaces eth1.0
      set security zones security-zone untrust interfaces eth0.0
      set security policies from-zone trust to-zone untrust policy web match source-address any
      set security policies from-zone trust to-zone untrust policy web match destination-address any
      set security policies from-zone trust to-zone untrust policy web match application junos-http
      set security policies from-zone trust to-zone untrust policy web then permit
      set security policies global policy rest match source-address any
      set security policies global policy rest match destination-address any
      set security policies global policy rest match application any
      set security policies global policy rest then reject
      """;

  private final FakeRouterState router = new FakeRouterState();

  @Test
  void eachPolicyIsCountedAndWhatIsDeniedApart() {
    router.configuration = read(TWO_ZONES);
    Map<String, Long> packets = new TreeMap<>();
    packets.put(CounterNames.DEFAULT_POLICY, 9L);
    packets.put(CounterNames.INVALID, 4L);
    for (Policy policy : router.configuration.firewall().ruleset().policies().all()) {
      packets.put(CounterNames.policy(policy.index()), policy.name().equals("web") ? 21L : 5L);
    }
    router.nat = new NatViews(NatTable.EMPTY, packets);
    assertThat(lines())
        .contains(
            "culvert_policy_hits_total{from_zone=\"trust\",policy=\"web\",to_zone=\"untrust\"} 21.0",
            "culvert_policy_hits_total{from_zone=\"global\",policy=\"rest\",to_zone=\"global\"} 5.0",
            "culvert_policy_denied_total{from_zone=\"global\",policy=\"rest\",to_zone=\"global\"} 5.0",
            "culvert_policy_denied_total{from_zone=\"\",policy=\"default-policy\",to_zone=\"\"} 9.0",
            "culvert_firewall_drops_total{cause=\"invalid\"} 4.0",
            "culvert_firewall_drops_total{cause=\"no-zone\"} 0.0")
        .noneMatch(line -> line.startsWith("culvert_policy_denied_total{from_zone=\"trust\""));
  }

  @Test
  void withoutZonesThereAreNoPoliciesToCount() {
    assertThat(lines())
        .isNotEmpty()
        .noneMatch(line -> line.startsWith("culvert_policy"))
        .noneMatch(line -> line.startsWith("culvert_firewall"));
  }

  @Test
  void natAndScreensAreCountedByRuleAndAttack() {
    assertThat(lines())
        .contains(
            "culvert_nat_hits_total{kind=\"source\",rule=\"servers\",rule_set=\"out\"} 12.0",
            "culvert_nat_hits_total{kind=\"static\",rule=\"ssh\",rule_set=\"sites\"} 0.0",
            "culvert_nat_hits_total{kind=\"destination\",rule=\"web\",rule_set=\"in\"} 5.0",
            "culvert_screen_alarms_total{attack=\"tcp land\",zone=\"untrust\"} 3.0")
        .noneMatch(line -> line.startsWith("culvert_screen_drops"));
  }

  @Test
  void whereTheKernelTellsNothingNothingIsTold() {
    router.countersRefused = "nftables is not there";
    assertThat(lines()).isNotEmpty().noneMatch(line -> line.startsWith("culvert_nat"));
  }

  private List<String> lines() {
    return new RouterMetrics(router).render(null).text().lines().toList();
  }

  private static RouterConfig read(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("m.conf", text, diagnostics);
    assertThat(diagnostics.hasErrors()).as("%s", diagnostics.findings()).isFalse();
    return config;
  }
}
