package dev.culvert.lab;

import static dev.culvert.lab.TunnelState.SOON;
import static dev.culvert.lab.TunnelState.awaitDeviceMtu;
import static dev.culvert.lab.TunnelState.awaitPathMtu;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabProcess;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The tunnel's MTU follows a path whose routers drop what is too big and say nothing. */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "nft", "ping"})
class PathMtuLabTest {
  /** What AES-GCM in UDP over IPv4 adds, its padding included. */
  private static final int OVERHEAD = 62;

  @Test
  void twoRoutersFollowABlackHoleAndNeitherTcpNorOspfNotices() {
    try (PathMtuLabSite site = new PathMtuLabSite()) {
      site.keepSilent();
      CulvertProcess left = site.launchLeft(PathMtuLabSite.OSPF.formatted("10.0.0.1"));
      CulvertProcess right = site.launchRight();
      for (CulvertProcess router : List.of(left, right)) {
        router.awaitReady();
        router.awaitCli(SOON, "show ospf neighbor", "Full");
        awaitPathMtu(router, 1500);
      }
      Await.until(SOON, "a ping", () -> Ping.answers(site.hostA, PathMtuLabSite.HOST_B));
      PathMtuLabStream stream =
          PathMtuLabStream.start(site.network, site.hostA, site.hostB, PathMtuLabSite.HOST_B);
      // Who sends nothing that could be too big does not probe.
      PathMtuLabStream back =
          PathMtuLabStream.start(site.network, site.hostB, site.hostA, PathMtuLabSite.HOST_A);

      for (int mtu : new int[] {1300, 1420, 1500}) {
        site.pathMtu(mtu);
        for (CulvertProcess router : List.of(left, right)) {
          awaitPathMtu(router, mtu);
          awaitDeviceMtu(router.namespace(), mtu - OVERHEAD);
        }
        assertThat(stream.isAlive()).as(stream.log()).isTrue();
      }

      assertThat(stream.finish()).as(stream.log()).isTrue();
      assertThat(back.finish()).as(back.log()).isTrue();
      for (CulvertProcess router : List.of(left, right)) {
        assertThat(router.log())
            .contains("from=1500 to=1300", "to=1420", "to=1500")
            .doesNotContain("from=full", "from=FULL", "from=Full", "IKE_VPN_DOWN");
      }
    }
  }

  @Test
  void strongswanAnswersTheProbesAsAnyPeerMust() {
    try (PathMtuLabSite site = new PathMtuLabSite()) {
      site.keepSilent();
      StrongswanPeer swan = site.startSwan();
      CulvertProcess left = site.launchLeft(PathMtuLabSite.STATIC_ROUTE);
      left.awaitReady();
      awaitPathMtu(left, 1500);
      Await.until(SOON, "a ping", () -> Ping.answers(site.hostA, PathMtuLabSite.HOST_B), swan::log);
      PathMtuLabStream stream =
          PathMtuLabStream.start(site.network, site.hostA, site.hostB, PathMtuLabSite.HOST_B);

      for (int mtu : new int[] {1300, 1420, 1500}) {
        site.pathMtu(mtu);
        awaitPathMtu(left, mtu, swan::log);
        awaitDeviceMtu(site.left, mtu - OVERHEAD);
        assertThat(stream.isAlive()).as(stream.log()).isTrue();
      }

      assertThat(stream.finish()).as(stream.log()).isTrue();
      assertThat(left.log()).doesNotContain("IKE_VPN_DOWN", "IKE_SA_SPENT");
      assertUnderstood(swan);
    }
  }

  /**
   * A probe that is too big never arrives, and costs the IKE SA but not what the tunnel carries.
   */
  @Test
  void aTunnelToStrongswanOutlivesProbesThatAreLostInPiecesToo() {
    try (PathMtuLabSite site = new PathMtuLabSite()) {
      site.keepSilent();
      site.loseFragments();
      StrongswanPeer swan = site.startSwan();
      CulvertProcess left = site.launchLeft(PathMtuLabSite.STATIC_ROUTE);
      left.awaitReady();
      awaitPathMtu(left, 1500);
      Await.until(SOON, "a ping", () -> Ping.answers(site.hostA, PathMtuLabSite.HOST_B), swan::log);
      PathMtuLabStream stream =
          PathMtuLabStream.start(site.network, site.hostA, site.hostB, PathMtuLabSite.HOST_B);

      site.pathMtu(1300);
      long narrowed = System.nanoTime();
      awaitPathMtu(left, 1280, swan::log);
      awaitDeviceMtu(site.left, 1280 - OVERHEAD);
      long millis = (System.nanoTime() - narrowed) / 1_000_000;
      System.out.println("path of 1300 without fragments to strongSwan followed in ms: " + millis);

      assertThat(stream.finish()).as(stream.log()).isTrue();
      assertThat(left.log()).contains("IKE_SA_SPENT").doesNotContain("IKE_VPN_DOWN");
      assertUnderstood(swan);
    }
  }

  private static void assertUnderstood(StrongswanPeer swan) {
    assertThat(swan.log())
        .doesNotContain(
            "no keymat",
            "unencrypted informational",
            "parsing failed",
            "verification failed",
            "processing failed");
  }

  @Test
  void aForgedFragmentationNeededChangesNothing() throws ControlException {
    try (PathMtuLabSite site = new PathMtuLabSite()) {
      CulvertProcess left = site.launchLeft(PathMtuLabSite.OSPF.formatted("10.0.0.1"));
      CulvertProcess right = site.launchRight();
      for (CulvertProcess router : List.of(left, right)) {
        router.awaitReady();
        router.awaitCli(SOON, "show ospf neighbor", "Full");
        awaitPathMtu(router, 1500);
      }
      long before = ikeMessages(left);

      PathMtuLabForgery.send(site.nearLeft, PathMtuLabSite.LEFT_WAN, PathMtuLabSite.RIGHT_WAN, 600);
      PathMtuLabForgery.send(
          site.nearRight, PathMtuLabSite.RIGHT_WAN, PathMtuLabSite.LEFT_WAN, 600);

      assertThat(site.left.run("nstat", "-az", "IcmpInDestUnreachs"))
          .containsPattern("IcmpInDestUnreachs +[1-9]");
      // The largest packet still goes through, in one piece, and so do the next probes.
      Await.until(SOON, "a ping", () -> Ping.answers(site.hostA, PathMtuLabSite.HOST_B));
      String largest = Integer.toString(1500 - OVERHEAD - 28);
      List<String> ping =
          List.of(
              "ping", "-i", "0.5", "-w", "240", "-M", "do", "-s", largest, PathMtuLabSite.HOST_B);
      LabProcess pings = site.network.start("pings", site.hostA.inside(ping), Map.of());
      Await.until(SOON, "answers", () -> pings.log().contains("icmp_seq=3 "), pings::log);
      Await.until(SOON, "probes", () -> ikeMessages(left) >= before + 8);
      for (CulvertProcess router : List.of(left, right)) {
        awaitPathMtu(router, 1500);
        awaitDeviceMtu(router.namespace(), 1500 - OVERHEAD);
        assertThat(router.log()).doesNotContain("IKE_PATH_MTU");
      }
      assertThat(site.nearLeft.run("nstat", "-az", "IpFragCreates", "IpReasmReqds"))
          .containsPattern("IpReasmReqds +0 ");
    }
  }

  /** IKE messages that router has received: answers to its probes among them. */
  private static long ikeMessages(CulvertProcess router) throws ControlException {
    return router
        .cli("show security ike security-associations detail")
        .lines()
        .filter(line -> line.contains("Input  packets:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .sum();
  }
}
