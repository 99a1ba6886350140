package dev.culvert.lab;

import static dev.culvert.lab.TunnelState.SOON;
import static dev.culvert.lab.TunnelState.inboundSpis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Routers with two forwarding queues: an SA pair for each with a peer that agrees (RFC 9611), one
 * for both with a peer that has never heard of it.
 */
@Tag("alone")
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "ping"})
class QueuesLabTest {
  private static final Pattern PACKETS =
      Pattern.compile("Direction: (in|out)bound.*?Packets: (\\d+)", Pattern.DOTALL);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void twoRoutersShareATunnelsFlowsOverTwoPairs(boolean udpEncapsulated) {
    try (QueuesLabSite site = new QueuesLabSite()) {
      List<CulvertProcess> routers =
          List.of(site.launchLeft(udpEncapsulated), site.launchRight(udpEncapsulated));
      awaitTunnel(site, routers, 2);

      for (CulvertProcess router : routers) {
        Await.until(
            SOON,
            router.name() + " to have used both pairs, in both directions",
            () -> {
              assertThat(site.pingFlows()).isEqualTo(QueuesLabSite.FLOWS * QueuesLabSite.PINGS);
              return packets(router).size() == 4 && packets(router).stream().allMatch(n -> n > 0);
            },
            router::log);
        assertThat(router.log()).doesNotContain("FAULT", "IKE_VPN_DOWN");
      }
    }
  }

  @Test
  void bothPairsAreReplacedUnderTrafficWithoutALoss() throws ControlException {
    try (QueuesLabSite site = new QueuesLabSite()) {
      CulvertProcess left = site.launchLeft(true);
      CulvertProcess right = site.launchRight(true);
      awaitTunnel(site, List.of(left, right), 2);

      for (int i = 0; i < 3; i++) {
        Set<String> before = inboundSpis(left);
        left.cli("request security ipsec rekey peer");
        // Pings go on through all of it, and every one is answered.
        Await.until(
            SOON,
            "two other pairs",
            () -> {
              assertThat(site.pingFlows()).isEqualTo(QueuesLabSite.FLOWS * QueuesLabSite.PINGS);
              Set<String> spis = inboundSpis(left);
              return spis.size() == 2 && spis.stream().noneMatch(before::contains);
            },
            left::log);
      }

      for (CulvertProcess router : List.of(left, right)) {
        assertThat(router.log()).doesNotContain("FAULT", "IKE_VPN_DOWN");
      }
    }
  }

  @Test
  void aPeerThatKnowsOfOnePairGetsOne() throws ControlException {
    try (QueuesLabSite site = new QueuesLabSite()) {
      StrongswanPeer swan = site.startSwan();
      CulvertProcess left = site.launchLeft(true);
      left.awaitReady();
      Await.until(SOON, "a ping", () -> Ping.answers(site.hostA, QueuesLabSite.HOST_B), swan::log);

      assertThat(site.pingFlows()).isEqualTo(QueuesLabSite.FLOWS * QueuesLabSite.PINGS);

      assertThat(inboundSpis(left)).hasSize(1);
      assertThat(left.log()).doesNotContain("FAULT", "IKE_VPN_DOWN", "IKE_ADDITIONAL_SA_REFUSED");
    }
  }

  private static void awaitTunnel(QueuesLabSite site, List<CulvertProcess> routers, int pairs) {
    for (CulvertProcess router : routers) {
      router.awaitReady();
      Await.until(
          SOON,
          router.name() + " to have " + pairs + " pairs",
          () -> inboundSpis(router).size() == pairs,
          router::log);
    }
    Await.until(SOON, "a ping", () -> Ping.answers(site.hostA, QueuesLabSite.HOST_B));
  }

  /** Of each direction of each pair. */
  private static List<Long> packets(CulvertProcess router) throws ControlException {
    return Stream.of(router.cli("show security ipsec security-associations detail"))
        .flatMap(text -> PACKETS.matcher(text).results())
        .map(match -> Long.parseLong(match.group(2)))
        .toList();
  }
}
