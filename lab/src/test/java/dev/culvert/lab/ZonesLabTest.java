package dev.culvert.lab;

import static dev.culvert.lab.FirewallLabSite.DARK_HOST;
import static dev.culvert.lab.FirewallLabSite.LAN_HOST;
import static dev.culvert.lab.FirewallLabSite.WAN_HOST;
import static dev.culvert.lab.FirewallLabSite.configuration;
import static dev.culvert.lab.FirewallLabSite.outward;
import static dev.culvert.lab.NftLabSite.connect;
import static dev.culvert.lab.NftLabSite.packets;
import static dev.culvert.lab.NftLabSite.watch;
import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.demo.HostPinger;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Zones and policies of a real router: what passes, and that nothing else ever does. */
@Lab(needs = "nft")
class ZonesLabTest {
  private static final String POLICIES =
      outward("echo", "echo", "permit")
          + outward("stream", "stream", "permit")
          + outward("no-ssh", "junos-ssh", "reject");

  /** How long our table may be missing. */
  private static final Duration REPAIR = Duration.ofSeconds(5);

  private static final Duration PACE = Duration.ofMillis(20);

  private FirewallLabSite site;

  @BeforeEach
  void bringUp() {
    site = new FirewallLabSite(POLICIES);
    for (NetworkNamespace host : new NetworkNamespace[] {site.lan, site.wan, site.dark}) {
      watch(host, "pings", "icmp type echo-request");
    }
    watch(site.wan, "ssh", "tcp dport 22");
  }

  @AfterEach
  void removeAll() {
    site.close();
  }

  @Test
  void whatAPolicyPermitsPassesAndNothingElse() {
    // Nobody listens: who is asked refuses.
    assertThat(connect(site.lan, WAN_HOST, 7008)).contains("refused");

    assertThat(connect(site.lan, WAN_HOST, 22)).as("the router rejects").contains("refused");
    assertThat(packets(site.wan, "ssh")).isZero();

    assertThat(connect(site.lan, WAN_HOST, 7009)).doesNotContain("refused");
    assertThat(connect(site.wan, LAN_HOST, 7008)).doesNotContain("refused");
    assertThat(Ping.answers(site.lan, WAN_HOST)).isFalse();
    assertThat(Ping.answers(site.wan, LAN_HOST)).isFalse();
    nothingDeniedHasArrived();
  }

  @Test
  void theRouterItselfAnswersWhereItsZoneLetsIt() {
    assertThat(Ping.answers(site.lan, "10.1.0.1")).isTrue();
    assertThat(Ping.answers(site.wan, "192.0.2.1")).isFalse();
    assertThat(connect(site.lan, "10.1.0.1", 22)).doesNotContain("refused");
  }

  @Test
  void anInterfaceInNoZonePassesNothing() {
    assertThat(Ping.answers(site.dark, "10.3.0.1")).isFalse();
    assertThat(connect(site.dark, WAN_HOST, 7008)).doesNotContain("refused");
    assertThat(connect(site.lan, DARK_HOST, 7008)).doesNotContain("refused");
    assertThat(Ping.answers(site.dark, LAN_HOST)).isFalse();
    assertThat(Ping.answers(site.lan, DARK_HOST)).isFalse();
    nothingDeniedHasArrived();
  }

  @Test
  void aKilledRouterLeavesItsGatesAsTheyWereAndSoDoesItsNextStart() throws Exception {
    PathMtuLabStream stream = stream();
    Ping.Continuous outward = Ping.start(site.network, site.lan, "outward", WAN_HOST, PACE);
    Ping.Continuous inward = Ping.start(site.network, site.wan, "inward", LAN_HOST, PACE);
    try (HostPinger permitted = HostPinger.start(site.lan, site.wan, WAN_HOST)) {
      permitted.awaitAnswers(SOON, 50);
      int mark = permitted.mark();

      site.router.kill();
      assertThat(site.table()).contains("policy/");
      permitted.awaitAnswers(SOON, 50);
      assertThat(connect(site.lan, WAN_HOST, 7009)).doesNotContain("refused");
      site.router.restart();
      permitted.awaitAnswers(SOON, 50);

      assertThat(permitted.since(mark).lost()).isZero();
    }
    assertThat(outward.stop().received()).isZero();
    assertThat(inward.stop().received()).isZero();
    nothingDeniedHasArrived();
    assertThat(stream.finish()).as(stream.log()).isTrue();
  }

  @Test
  void commitsCostAnEstablishedFlowNothingAndLetNothingElseThrough() throws Exception {
    PathMtuLabStream stream = stream();
    Ping.Continuous outward = Ping.start(site.network, site.lan, "outward", WAN_HOST, PACE);
    Ping.Continuous inward = Ping.start(site.network, site.wan, "inward", LAN_HOST, PACE);
    try (HostPinger permitted = HostPinger.start(site.lan, site.wan, WAN_HOST)) {
      permitted.awaitAnswers(SOON, 50);
      int mark = permitted.mark();

      for (int commit = 0; commit < 50; commit++) {
        String name = "commit-" + commit;
        site.router.reconfigure(configuration(POLICIES + outward(name, "junos-http", "permit")));
        site.router.cli("request system configuration reload");
        assertThat(site.router.cli("show configuration security policies")).contains(name);
      }
      site.router.reload(configuration(POLICIES + outward("hangup", "junos-http", "permit")));
      site.router.awaitCli(SOON, "show configuration security policies", "hangup");

      assertThat(permitted.since(mark).lost()).isZero();
    }
    assertThat(outward.stop().received()).isZero();
    assertThat(inward.stop().received()).isZero();
    nothingDeniedHasArrived();
    assertThat(stream.finish()).as(stream.log()).isTrue();
  }

  @Test
  void aPolicyThatIsTakenAwayEndsItsSessions() throws Exception {
    try (HostPinger permitted = HostPinger.start(site.lan, site.wan, WAN_HOST)) {
      permitted.awaitAnswers(SOON, 50);

      site.router.reconfigure(configuration(outward("stream", "stream", "permit")));
      site.router.cli("request system configuration reload");

      int mark = permitted.mark();
      Await.until(SOON, "probes", () -> permitted.mark() >= mark + 50);
      assertThat(permitted.since(mark).answered()).isZero();
    }
  }

  @Test
  void ourTableIsPutBackWhereSomebodyDeletesItAndTheirsIsLeftAlone() {
    site.machine.run("nft", "add table inet foreign; add chain inet foreign kept");

    site.machine.run("nft", "delete table inet culvert");

    Await.until(REPAIR, "our table", () -> site.table().contains("policy/"), site.router::log);
    assertThat(connect(site.lan, WAN_HOST, 7008)).contains("refused");
    assertThat(connect(site.lan, WAN_HOST, 7009)).doesNotContain("refused");
    Await.until(SOON, () -> site.router.log().contains("FIREWALL_TABLE_TOUCHED"));
    site.router.reconfigure("system { host-name router; }");
    site.router.process().signal("HUP");
    Await.until(SOON, "our table to go", () -> site.table().isEmpty(), site.router::log);
    assertThat(site.machine.run("nft", "list", "tables").strip()).isEqualTo("table inet foreign");
    assertThat(site.machine.run("nft", "list", "table", "inet", "foreign")).contains("chain kept");
  }

  private PathMtuLabStream stream() {
    return PathMtuLabStream.start(site.network, site.lan, site.wan, WAN_HOST);
  }

  private void nothingDeniedHasArrived() {
    for (NetworkNamespace host : new NetworkNamespace[] {site.lan, site.wan, site.dark}) {
      assertThat(packets(host, "pings")).as("denied pings in %s", host).isZero();
    }
    assertThat(packets(site.wan, "ssh")).isZero();
  }
}
