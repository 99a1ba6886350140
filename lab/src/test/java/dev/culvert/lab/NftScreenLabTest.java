package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Screen.Anomaly;
import dev.culvert.firewall.ruleset.Screen.Rate;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What screens find, in a kernel and with real packets; everything else passes them. */
@Lab(needs = {"nft", "ping"})
class NftScreenLabTest {
  private static final String RIGHT = "10.2.0.2";

  private NftLabSite site;

  @BeforeEach
  void wire() {
    site = new NftLabSite();
  }

  @AfterEach
  void remove() {
    site.close();
  }

  @Test
  void honestTrafficPassesEveryScreenForSinglePackets() {
    enforce(false, Set.of(Anomaly.values()), Map.of());
    assertThat(Ping.answers(site.left, RIGHT)).isTrue();
    assertThat(NftLabSite.connect(site.left, RIGHT, 80)).contains("refused");
    for (Anomaly anomaly : Anomaly.values()) {
      assertThat(found(anomaly)).as(anomaly.junosName()).isZero();
    }
  }

  @Test
  void largeAndFragmentedPingsAreFound() {
    enforce(false, Set.of(Anomaly.ICMP_LARGE), Map.of());
    assertThat(ping("-s", "1200")).isFalse();
    assertThat(found(Anomaly.ICMP_LARGE)).isEqualTo(1);

    enforce(false, Set.of(Anomaly.ICMP_FRAGMENT), Map.of());
    assertThat(ping("-s", "1200")).isTrue();
    assertThat(ping("-s", "3000")).isFalse();
    assertThat(found(Anomaly.ICMP_FRAGMENT)).isEqualTo(3);

    enforce(false, Set.of(Anomaly.IP_BLOCK_FRAG, Anomaly.IP_TEAR_DROP), Map.of());
    assertThat(ping("-s", "3000")).isFalse();
    assertThat(found(Anomaly.IP_BLOCK_FRAG)).isEqualTo(3);
    assertThat(found(Anomaly.IP_TEAR_DROP)).isZero();
  }

  @Test
  void optionsAreFound() {
    enforce(
        false,
        Set.of(
            Anomaly.IP_RECORD_ROUTE_OPTION,
            Anomaly.IP_TIMESTAMP_OPTION,
            Anomaly.IP_BAD_OPTION,
            Anomaly.IP_SOURCE_ROUTE_OPTION),
        Map.of());
    assertThat(ping("-R")).isFalse();
    assertThat(found(Anomaly.IP_RECORD_ROUTE_OPTION)).isEqualTo(1);
    assertThat(ping("-T", "tsonly")).isFalse();
    assertThat(found(Anomaly.IP_TIMESTAMP_OPTION)).isEqualTo(1);
    assertThat(found(Anomaly.IP_BAD_OPTION)).isZero();
    assertThat(found(Anomaly.IP_SOURCE_ROUTE_OPTION)).isZero();
  }

  @Test
  void aSourceThatNoRouteLeadsBackToIsFound() {
    enforce(false, Set.of(Anomaly.IP_SPOOFING), Map.of());
    site.left.address("lo", "172.16.9.9/32");
    assertThat(ping("-I", "172.16.9.9")).isFalse();
    assertThat(found(Anomaly.IP_SPOOFING)).isEqualTo(1);
    assertThat(ping()).isTrue();
  }

  @Test
  void aConnectionThatComesFromWhereItGoesIsFound() {
    enforce(false, Set.of(Anomaly.TCP_LAND), Map.of());
    site.left.address("lo", RIGHT + "/32");
    site.left.route(RIGHT, "via", "10.1.0.1", "src", RIGHT);
    site.left.ip("route", "del", "local", RIGHT, "dev", "lo", "table", "local");
    NftLabSite.watch(site.right, "arrived", "tcp dport 80");
    assertThat(NftLabSite.connect(site.left, RIGHT, 80)).doesNotContain("refused");
    assertThat(found(Anomaly.TCP_LAND)).isPositive();
    assertThat(NftLabSite.packets(site.right, "arrived")).isZero();
    // Nothing of it is left behind for others.
    long before = found(Anomaly.TCP_LAND);
    site.left.ip("addr", "del", RIGHT + "/32", "dev", "lo");
    assertThat(NftLabSite.connect(site.left, RIGHT, 80)).contains("refused");
    assertThat(NftLabSite.connect(site.right, "10.1.0.2", 80)).contains("refused");
    assertThat(found(Anomaly.TCP_LAND)).isEqualTo(before);
  }

  @Test
  void anAlarmAloneLetsPass() {
    enforce(true, Set.of(Anomaly.ICMP_LARGE), Map.of());
    assertThat(ping("-s", "1200")).isTrue();
    assertThat(found(Anomaly.ICMP_LARGE)).isEqualTo(1);
  }

  @Test
  void whatIsTooMuchASecondIsFound() {
    enforce(false, Set.of(), Map.of(Rate.ICMP_FLOOD, 5));
    site.left.attempt("ping", "-n", "-q", "-c", "40", "-i", "0.002", "-W", "1", RIGHT);
    assertThat(found(Rate.ICMP_FLOOD)).isBetween(1L, 35L);

    enforce(false, Set.of(), Map.of(Rate.ICMP_FLOOD, 1000));
    site.left.attempt("ping", "-n", "-q", "-c", "40", "-i", "0.002", "-W", "1", RIGHT);
    assertThat(found(Rate.ICMP_FLOOD)).isZero();
  }

  @Test
  void aScanOfPortsAndOfAddressesIsFound() {
    enforce(false, Set.of(), Map.of(Rate.PORT_SCAN, 1_000_000, Rate.IP_SWEEP, 1_000_000));
    site.left.attempt(
        "bash",
        "-c",
        "for p in {1..40}; do (exec 3<>/dev/tcp/"
            + RIGHT
            + "/$p) 2>/dev/null & done; sleep 1;"
            + " kill $(jobs -p)");
    assertThat(found(Rate.PORT_SCAN)).isPositive();
    assertThat(found(Rate.IP_SWEEP)).isZero();
    site.left.attempt(
        "bash", "-c", "for a in {2..41}; do ping -n -c 1 -W 1 10.2.0.$a & done; wait");
    assertThat(found(Rate.IP_SWEEP)).isPositive();
  }

  @Test
  void aSourceHasOnlySoManySessions() {
    enforce(false, Set.of(), Map.of(Rate.SESSIONS_OF_SOURCE, 3));
    for (int i = 0; i < 3; i++) {
      assertThat(ping()).isTrue();
    }
    assertThat(ping()).isFalse();
    assertThat(found(Rate.SESSIONS_OF_SOURCE)).isEqualTo(1);
    // Others are not concerned.
    site.left.address("eth0", "10.1.0.3/24");
    assertThat(ping("-I", "10.1.0.3")).isTrue();
  }

  @Test
  void whatAScreenHasCountedGoesOnUnderARulesetThatDoesNotChangeIt() {
    Map<Rate, Integer> most = Map.of(Rate.SESSIONS_OF_SOURCE, 3);
    enforce(false, Set.of(), most);
    for (int i = 0; i < 3; i++) {
      assertThat(ping()).isTrue();
    }
    assertThat(ping()).isFalse();

    site.enforceOver(ruleset(false, Set.of(Anomaly.TCP_LAND), most));

    assertThat(ping()).isFalse();
    assertThat(found(Rate.SESSIONS_OF_SOURCE)).isEqualTo(2);
    // Another threshold begins anew.
    site.enforceOver(ruleset(false, Set.of(), Map.of(Rate.SESSIONS_OF_SOURCE, 2)));
    assertThat(ping()).isTrue();
    assertThat(found(Rate.SESSIONS_OF_SOURCE)).isEqualTo(2);
  }

  // --- Helpers
  // ------------------------------------------------------------------------------------

  private void enforce(boolean alarm, Set<Anomaly> anomalies, Map<Rate, Integer> thresholds) {
    site.enforce(ruleset(alarm, anomalies, thresholds));
  }

  private static Ruleset ruleset(
      boolean alarm, Set<Anomaly> anomalies, Map<Rate, Integer> thresholds) {
    Screen screen = new Screen("s", alarm, anomalies, thresholds);
    return new Ruleset(
        List.of(
            NftLabSite.zone("outside", HostInbound.NONE, screen, "eth0"),
            NftLabSite.zone("inside", HostInbound.NONE, null, "eth1")),
        new PolicyTable(Map.of(), List.of(), true, PolicyTable.Rematch.DELETED_ONLY),
        NatTable.EMPTY,
        FlowOptions.DEFAULT);
  }

  /** Whether one echo request of that kind is answered. */
  private boolean ping(String... options) {
    List<String> command = new ArrayList<>(List.of("ping", "-n", "-c", "1", "-W", "1"));
    command.addAll(List.of(options));
    command.add(RIGHT);
    return site.left.attempt(command.toArray(String[]::new)).succeeded();
  }

  private long found(Anomaly anomaly) {
    return site.counted(CounterNames.screen("outside", anomaly));
  }

  private long found(Rate rate) {
    return site.counted(CounterNames.screen("outside", rate));
  }
}
