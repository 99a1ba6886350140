package dev.culvert.lab;

import static dev.culvert.lab.DualStackLabSite.HOST_A;
import static dev.culvert.lab.DualStackLabSite.HOST_B;
import static dev.culvert.lab.TunnelState.SOON;
import static dev.culvert.lab.TunnelState.awaitDeviceMtu;
import static dev.culvert.lab.TunnelState.awaitPathMtu;
import static dev.culvert.lab.TunnelState.inboundSpis;
import static dev.culvert.lab.TunnelState.outboundSpis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.DualStackLabSite.Outer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tunnels for IPv4 and IPv6 over an Internet that has only IPv6; and, shorter, only IPv4. */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "nft", "ping"})
class OuterIpv6LabTest {
  private static final Duration INTERVAL = Duration.ofMillis(20);
  private static final int PINGS = 20;
  private static final int REKEYS = 3;

  /** 4 MB. */
  private static final int BLOCKS = 64;

  /** What AES-GCM in UDP over IPv6 adds, its padding included. */
  private static final int OVERHEAD = 82;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void twoRoutersCarryBothFamiliesOverIpv6(boolean udpEncapsulated) throws ControlException {
    try (DualStackLabSite site = new DualStackLabSite(Outer.INET6, udpEncapsulated)) {
      List<CulvertProcess> routers = launch(site);
      bothFamiliesPass(site);
      assertThat(site.hasSeenNativeEsp()).isEqualTo(!udpEncapsulated);
      showsEndpoints(routers.getFirst(), Outer.INET6.left, Outer.INET6.right, udpEncapsulated);
      showsEndpoints(routers.getLast(), Outer.INET6.right, Outer.INET6.left, udpEncapsulated);
      noPingIsLostWhileRekeying(site, routers);
      nothingWentWrong(routers);
    }
  }

  @Test
  void strongswanCarriesBothFamiliesOverIpv6() throws ControlException {
    try (DualStackLabSite site = new DualStackLabSite(Outer.INET6, true)) {
      StrongswanPeer swan = site.startSwan();
      CulvertProcess left = site.launchLeft();
      awaitPings(site, left, swan::log);
      bothFamiliesPass(site);
      showsEndpoints(left, Outer.INET6.left, Outer.INET6.right, true);
      noPingIsLostWhileRekeying(site, List.of(left));
      nothingWentWrong(List.of(left));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void twoRoutersFollowAnIpv6PathWhetherItsRoutersSayWhatFitsOrNot(boolean udpEncapsulated) {
    try (DualStackLabSite site = new DualStackLabSite(Outer.INET6, udpEncapsulated)) {
      List<CulvertProcess> routers = launch(site);
      streamsGoOnWhileThePathNarrows(site, routers, () -> "");
      nothingWentWrong(routers);
    }
  }

  @Test
  void withStrongswanTheTunnelFollowsAnIpv6PathToo() {
    try (DualStackLabSite site = new DualStackLabSite(Outer.INET6, true)) {
      StrongswanPeer swan = site.startSwan();
      CulvertProcess left = site.launchLeft();
      awaitPings(site, left, swan::log);
      streamsGoOnWhileThePathNarrows(site, List.of(left), swan::log);
      nothingWentWrong(List.of(left));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void twoRoutersCarryBothFamiliesOverIpv4(boolean udpEncapsulated) throws ControlException {
    try (DualStackLabSite site = new DualStackLabSite(Outer.INET, udpEncapsulated)) {
      List<CulvertProcess> routers = launch(site);
      bothFamiliesPass(site);
      assertThat(site.hasSeenNativeEsp()).isEqualTo(!udpEncapsulated);
      noPingIsLostWhileRekeying(site, routers);
      nothingWentWrong(routers);
    }
  }

  private static List<CulvertProcess> launch(DualStackLabSite site) {
    CulvertProcess left = site.launchLeft();
    CulvertProcess right = site.launchRight();
    awaitPings(site, left, right::log);
    return List.of(left, right);
  }

  private static void awaitPings(
      DualStackLabSite site, CulvertProcess left, Supplier<String> logOfPeer) {
    left.awaitReady();
    for (String target : HOST_B) {
      Await.until(
          SOON,
          "a ping of " + target,
          () -> Ping.answers(site.hostA, target),
          () -> left.log() + logOfPeer.get());
    }
  }

  private static void bothFamiliesPass(DualStackLabSite site) {
    for (int family = 0; family < HOST_A.size(); family++) {
      passes(site, site.hostA, site.hostB, HOST_B.get(family));
      passes(site, site.hostB, site.hostA, HOST_A.get(family));
    }
  }

  private static void passes(
      DualStackLabSite site, NetworkNamespace from, NetworkNamespace to, String target) {
    // One that ends by itself waits for its last answers no longer than the ones before took.
    Ping.Continuous ping = Ping.start(site.network, from, "passes-" + target, target, INTERVAL);
    ping.awaitAnswers(PINGS, SOON);
    assertThat(ping.stopAndFindMissing()).as("to " + target).isEmpty();
    StrongswanLabTransfer.Result transfer =
        StrongswanLabTransfer.run(site.network, from, to, target, BLOCKS);
    assertThat(transfer.received()).hasSize(64).isEqualTo(transfer.sent());
  }

  private static void showsEndpoints(
      CulvertProcess router, String local, String remote, boolean udpEncapsulated)
      throws ControlException {
    int port = udpEncapsulated ? 4500 : 500;
    assertThat(router.cli("show security ike security-associations"))
        .containsPattern("(?m)UP .* IKEv2 +" + remote + "$");
    assertThat(router.cli("show security ike security-associations detail"))
        .contains("IKE peer " + remote + ", ")
        .contains("Local: [%s]:%d, Remote: [%s]:%d".formatted(local, port, remote, port))
        .contains("Peer ike-id: " + remote);
    assertThat(router.cli("show security ipsec security-associations"))
        .containsPattern("(?m) >\\d+ ESP:aes-gcm-128/None .* root %d %s$".formatted(port, remote));
    assertThat(router.cli("show security ipsec security-associations detail"))
        .contains("Local Gateway: %s, Remote Gateway: %s".formatted(local, remote))
        .contains("Packet Encapsulation: " + (udpEncapsulated ? "UDP, Dest port: 4500" : "None"));
  }

  /**
   * @param routers the first is told to rekey; of each other the pairs must be the same
   */
  private static void noPingIsLostWhileRekeying(DualStackLabSite site, List<CulvertProcess> routers)
      throws ControlException {
    List<Ping.Continuous> pings = new ArrayList<>();
    CulvertProcess router = routers.getFirst();
    for (int family = 0; family < HOST_A.size(); family++) {
      pings.add(ping(site, site.hostA, router.name() + "-to-b-" + family, HOST_B.get(family)));
      pings.add(ping(site, site.hostB, router.name() + "-to-a-" + family, HOST_A.get(family)));
    }
    // Two that began at once may have had a pair too many for a while.
    String before = awaitTheOnePair(routers, "");
    for (int i = 0; i < REKEYS; i++) {
      router.cli("request security ipsec rekey peer");
      before = awaitTheOnePair(routers, before);
    }
    for (Ping.Continuous ping : pings) {
      assertThat(ping.stopAndFindMissing()).as(router.log()).isEmpty();
    }
  }

  /**
   * Waits until each router has exactly one SA pair, which is another than that of before.
   *
   * @param before inbound SPI of the first router's; empty: it has had none
   * @return the same of the pair there is
   */
  private static String awaitTheOnePair(List<CulvertProcess> routers, String before) {
    CulvertProcess router = routers.getFirst();
    AtomicReference<String> spi = new AtomicReference<>("");
    Await.until(
        SOON,
        "one SA pair, and another than " + before,
        () -> {
          Set<String> spis = inboundSpis(router);
          spi.set(String.join(" ", spis));
          boolean isAlone = spis.size() == 1 && !spis.contains(before);
          for (CulvertProcess other : routers) {
            isAlone &= inboundSpis(other).size() == 1;
            isAlone &= other == router || outboundSpis(other).equals(spis);
          }
          return isAlone;
        },
        () -> routers.stream().map(CulvertProcess::log).collect(Collectors.joining()));
    return spi.get();
  }

  private static Ping.Continuous ping(
      DualStackLabSite site, NetworkNamespace from, String name, String target) {
    Ping.Continuous ping = Ping.start(site.network, from, "ping-" + name, target, INTERVAL);
    ping.awaitAnswer(SOON);
    return ping;
  }

  /** Streams of both families and directions last through all of it. */
  private static void streamsGoOnWhileThePathNarrows(
      DualStackLabSite site, List<CulvertProcess> routers, Supplier<String> logOfPeer) {
    routers.forEach(router -> awaitPathMtu(router, 1500, logOfPeer));
    List<PathMtuLabStream> streams = new ArrayList<>();
    for (int family = 0; family < HOST_A.size(); family++) {
      String toB = HOST_B.get(family);
      String toA = HOST_A.get(family);
      streams.add(PathMtuLabStream.start(site.network, site.hostA, site.hostB, toB));
      // Who sends nothing that could be too big does not probe.
      streams.add(PathMtuLabStream.start(site.network, site.hostB, site.hostA, toA));
    }
    for (boolean silent : new boolean[] {false, true}) {
      if (silent) {
        site.keepSilent();
      }
      for (int mtu : new int[] {1400, 1500}) {
        site.pathMtu(mtu);
        for (CulvertProcess router : routers) {
          awaitPathMtu(router, mtu, logOfPeer);
          awaitDeviceMtu(router.namespace(), mtu - OVERHEAD);
        }
        streams.forEach(stream -> assertThat(stream.isAlive()).as(stream.log()).isTrue());
      }
    }
    streams.forEach(stream -> assertThat(stream.finish()).as(stream.log()).isTrue());
  }

  private static void nothingWentWrong(List<CulvertProcess> routers) {
    for (CulvertProcess router : routers) {
      assertThat(router.log()).doesNotContain("FAULT", "ERROR", "IKE_VPN_DOWN");
    }
  }
}
