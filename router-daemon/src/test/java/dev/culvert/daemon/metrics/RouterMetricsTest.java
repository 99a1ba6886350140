package dev.culvert.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.daemon.show.ConfigurationState;
import dev.culvert.daemon.show.FakeRouterState;
import dev.culvert.daemon.show.SampleRecords;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouterMetricsTest {
  private static final String SAMPLE =
      "[a-zA-Z_:][a-zA-Z0-9_:]*(\\{([a-z_]+=\"[^\"\\\\]*\",?)*})? (NaN|[+-]?(Inf|[0-9.eE+-]+))";

  private final FakeRouterState router = new FakeRouterState();
  private final RouterMetrics metrics = new RouterMetrics(router);

  @Test
  void everyLineIsACommentOrASampleOfOurNames() {
    assertThat(page().lines())
        .isNotEmpty()
        .allSatisfy(line ->
            assertThat(line)
                .matches(
                    "# (HELP|TYPE)"
                        + " (culvert|jvm|process|system)_.*|(culvert|jvm|process|system)_.*"))
        .filteredOn(line -> !line.startsWith("#"))
        .allSatisfy(line -> assertThat(line).matches(SAMPLE));
  }

  @Test
  void aConfiguredTunnelHasItsSeriesEvenWhenItIsDown() {
    assertThat(page().lines())
        .contains(
            "culvert_vpn_up{gateway=\"hub-a\",interface=\"st0.0\",vpn=\"to-hub-a\"} 1.0",
            "culvert_vpn_sa_pairs{gateway=\"hub-a\",interface=\"st0.0\",vpn=\"to-hub-a\"} 1.0",
            "culvert_vpn_up{gateway=\"hub-b\",interface=\"st0.1\",vpn=\"to-hub-b\"} 0.0",
            "culvert_vpn_down_reason{gateway=\"hub-b\",interface=\"st0.1\","
                + "reason=\"no-response\",vpn=\"to-hub-b\"} 1.0");
  }

  @Test
  void aTunnelsMtuIsToldByItsInterface() {
    assertThat(page().lines())
        .contains("culvert_tunnel_mtu_bytes{interface=\"st0.0\"} 1438.0")
        .noneMatch(line -> line.contains("culvert_tunnel_mtu_bytes{interface=\"eth0"));
  }

  @Test
  void negotiationsThatFailedAreCountedByReason() {
    assertThat(page().lines())
        .contains("culvert_ike_negotiation_failures_total{reason=\"no-response\"} 4.0");
  }

  @Test
  void sessionsAreCountedWhereTheKernelTracksAny() {
    assertThat(page().lines()).contains("culvert_sessions 4.0", "culvert_sessions_limit 65536.0");
    router.flowTable.refusal = "no such file";
    assertThat(page().lines()).noneMatch(line -> line.startsWith("culvert_sessions"));
  }

  @Test
  void linesOfTheSessionLogsAreCountedByOutcome() {
    assertThat(page().lines())
        .contains(
            "culvert_session_log_lines_total{outcome=\"written\"} 12.0",
            "culvert_session_log_lines_total{outcome=\"suppressed\"} 3.0",
            "culvert_session_log_lines_total{outcome=\"lost\"} 1.0");
  }

  @Test
  void cookiesAreCountedInBothRoles() {
    assertThat(page().lines())
        .contains(
            "culvert_ike_cookies_requested_total 7.0", "culvert_ike_cookies_returned_total 2.0");
  }

  @Test
  void countersStayFromScrapeToScrape() {
    String counter = "culvert_ipsec_packets_total{direction=\"in\",interface=\"st0.0\"} 10.0";
    assertThat(page().lines()).contains(counter);
    assertThat(page().lines()).contains(counter);
  }

  @Test
  void seriesOfWhatIsNoLongerConfiguredVanishAndComeBack() {
    List<VpnStateView> both = router.vpns;
    List<BgpNeighbor> peers = router.bgpNeighbors;
    assertThat(page()).contains("to-hub-b", "10.255.0.3");
    router.vpns = both.subList(0, 1);
    router.bgpNeighbors = peers.subList(0, 1);
    assertThat(page()).contains("to-hub-a").doesNotContain("to-hub-b", "10.255.0.3");
    router.vpns = both;
    router.bgpNeighbors = peers;
    assertThat(page()).contains("to-hub-b", "10.255.0.3");
  }

  @Test
  void readinessFollowsTheRouter() {
    assertThat(page().lines()).contains("culvert_ready 1.0");
    router.state = "stopping";
    assertThat(page().lines()).contains("culvert_ready 0.0");
  }

  @Test
  void faultsAreCountedByInstance() {
    assertThat(page().lines())
        .contains(
            "culvert_engine_faults_total{instance=\"ospf\"} 0.0",
            "culvert_engine_running{instance=\"ospf\"} 1.0",
            "culvert_engine_faults_total{instance=\"bgp\"} 2.0",
            "culvert_engine_running{instance=\"bgp\"} 0.0");
  }

  @Test
  void whatIsToBeMendedIsCounted() {
    router.state = "degraded";
    router.problems.put("IKE port 192.0.2.2:500", "Address already in use");
    router.failingRoutes.put("Network is unreachable", 2);
    assertThat(page().lines())
        .contains(
            "culvert_ready 1.0",
            "culvert_problems 1.0",
            "culvert_bind_errors_total{protocol=\"ike\"} 3.0",
            "culvert_bind_errors_total{protocol=\"bgp\"} 0.0",
            "culvert_fib_failing_routes{reason=\"Network is unreachable\"} 2.0");
  }

  @Test
  void eachNeighborHasAStateOfItsOwn() {
    assertThat(page().lines())
        .contains(
            "culvert_ospf_neighbor_state{interface=\"st0.0\",neighbor=\"10.0.0.2\"} 8.0",
            "culvert_bfd_session_up{interface=\"st0.0\",neighbor=\"10.0.0.2\"} 1.0",
            "culvert_bgp_neighbor_up{peer=\"10.255.0.2\"} 1.0",
            "culvert_bgp_neighbor_state{peer=\"10.255.0.2\"} 6.0",
            "culvert_bgp_neighbor_up{peer=\"10.255.0.3\"} 0.0");
  }

  @Test
  void theEndOfTheSasInUseIsToldByVpn() {
    double now = SampleRecords.NOW.toEpochMilli() / 1e3;
    assertThat(page().lines())
        .contains(
            "culvert_vpn_sa_expiry_timestamp_seconds{gateway=\"hub-a\",interface=\"st0.0\","
                + "sa=\"ike\",vpn=\"to-hub-a\"} "
                + (now + 28_200));
  }

  @Test
  void aRefusedReloadIsToldUntilAGoodOne() {
    assertThat(page().lines()).contains("culvert_configuration_last_reload_successful 1.0");
    ConfigurationState good = router.configurationState;
    router.configurationState =
        new ConfigurationState(good.file(), SampleRecords.NOW, "culvert.conf:3: [] no", null);
    assertThat(page().lines())
        .contains(
            "culvert_configuration_last_reload_successful 0.0",
            "culvert_configuration_last_reload_timestamp_seconds "
                + SampleRecords.NOW.toEpochMilli() / 1e3);
  }

  @Test
  void theAcceptHeaderChoosesTheFormat() {
    assertThat(metrics.render("application/openmetrics-text; version=1.0.0").contentType())
        .startsWith("application/openmetrics-text");
    assertThat(metrics.render("application/openmetrics-text").text()).endsWith("# EOF\n");
    assertThat(metrics.render("*/*").contentType()).startsWith("text/plain");
    assertThat(page()).doesNotContain("# EOF");
  }

  private String page() {
    return metrics.render(null).text();
  }
}
