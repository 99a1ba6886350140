package dev.culvert.lab;

import static dev.culvert.lab.StrongswanLabSite.HOST_B;
import static dev.culvert.lab.StrongswanLabSite.SECRET;
import static dev.culvert.lab.StrongswanLabSite.SOON;
import static dev.culvert.lab.StrongswanLabSite.cli;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.StrongswanLabSite.Suite;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The detours on the way to a tunnel with strongSwan: a cookie, another group, a first packet. */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "nft", "ping"})
class StrongswanNegotiationLabTest {
  private static final Suite SUITE = Suite.GCM_128_GROUP_31;

  /** Besides group 31. */
  private static final Suite OTHER_GROUP = Suite.GCM_256_GROUP_19;

  private static final Duration INTERVAL = Duration.ofMillis(50);
  private static final int PINGS = 40;

  @Test
  void culvertReturnsTheCookieThatStrongswanAsksFor() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      StrongswanPeer swan =
          site.startSwan(
              StrongswanLabSite.swan(SUITE), "cookie_threshold = 1\nhalf_open_timeout = 300");
      site.routeSwanStatically();
      // strongSwan asks for cookies while an IKE SA is half-open: that of a router that is gone.
      site.swanNamespace.run("nft", "add table inet deaf");
      site.swanNamespace.run(
          "nft", "add chain inet deaf in { type filter hook input priority 0 ; }");
      site.swanNamespace.run("nft", "add rule inet deaf in udp dport 4500 drop");
      CulvertProcess culvert = site.startCulvert(StrongswanLabSite.culvert(SUITE, "immediately"));
      awaitLog(swan, "generating IKE_SA_INIT response 0 [ SA KE No ");

      culvert.kill();
      culvert.restart();
      awaitLog(swan, "generating IKE_SA_INIT response 0 [ N(COOKIE) ]");
      site.swanNamespace.run("nft", "delete table inet deaf");

      comesUp(site, culvert);
      assertThat(swan.log()).containsPattern("parsed IKE_SA_INIT request 0 \\[ N\\(COOKIE\\) ");
      assertThat(site.metrics()).containsPattern("culvert_ike_cookies_returned_total [1-9]");
    }
  }

  @Test
  void culvertTakesTheGroupThatStrongswanWants() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      StrongswanPeer swan = site.startSwan(StrongswanLabSite.swan(SUITE));
      site.routeSwanStatically();
      CulvertProcess culvert =
          site.startCulvert(StrongswanLabSite.culvert(List.of(OTHER_GROUP, SUITE), "immediately"));

      comesUp(site, culvert);
      assertThat(swan.log()).contains("DH group ECP_256 unacceptable, requesting CURVE_25519");
      assertThat(cli(culvert, "show security ike security-associations detail"))
          .contains("Role: Initiator, State: UP")
          .containsPattern("Diffie-Hellman group +: DH-group-31");
    }
  }

  @Test
  void strongswanTakesTheGroupThatCulvertWants() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      StrongswanPeer swan =
          site.startSwan(
              swan("aes128gcm16-prfsha256-ecp256-curve25519", "aes128gcm16-ecp256-curve25519"));
      site.routeSwanStatically();
      CulvertProcess culvert =
          site.startCulvert(StrongswanLabSite.culvert(SUITE, "responder-only"));
      swan.swanctl("--initiate", "--child", SwanConnection.CHILD);

      comesUp(site, culvert);
      assertThat(swan.log())
          .contains("peer didn't accept DH group ECP_256, it requested CURVE_25519");
      assertThat(cli(culvert, "show security ike security-associations detail"))
          .contains("Role: Responder, State: UP")
          .containsPattern("Diffie-Hellman group +: DH-group-31");
    }
  }

  @Test
  void theFirstPacketOfAHostBringsTheTunnelUp() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      site.startSwan(StrongswanLabSite.swan(SUITE));
      site.routeSwanStatically();
      CulvertProcess culvert = site.startCulvert(StrongswanLabSite.culvert(SUITE, "on-traffic"));
      Await.until(
          SOON,
          "the route into the tunnel",
          () -> site.culvertNamespace.hasRoute(StrongswanLabSite.LAN_B),
          culvert::log);
      assertThat(cli(culvert, "show security ipsec security-associations"))
          .contains("Total active tunnels: 0 ");

      Ping.Result first = Ping.run(site.hostA, HOST_B, PINGS, INTERVAL);

      System.out.printf(
          "on-traffic: %d of %d pings, one every %d ms, were lost while the tunnel came up%n",
          first.lost(), first.sent(), INTERVAL.toMillis());
      comesUp(site, culvert);
      assertThat(cli(culvert, "show security ike security-associations detail"))
          .contains("Role: Initiator, State: UP");
    }
  }

  private static SwanConnection swan(String ikeProposals, String espProposals) {
    return StrongswanLabSite.swan(SUITE).withProposals(ikeProposals, espProposals);
  }

  private static void comesUp(StrongswanLabSite site, CulvertProcess culvert) {
    StrongswanLabSite.awaitUp(culvert);
    Await.until(SOON, "the first ping", () -> Ping.answers(site.hostA, HOST_B), culvert::log);
    assertThat(Ping.run(site.hostA, HOST_B, 20, Duration.ofMillis(20)).lost()).isZero();
    assertThat(culvert.log()).doesNotContain("FAULT", SECRET);
  }

  private static void awaitLog(StrongswanPeer swan, String text) {
    Await.until(SOON, "\"" + text + "\" of strongSwan", () -> swan.log().contains(text), swan::log);
  }
}
