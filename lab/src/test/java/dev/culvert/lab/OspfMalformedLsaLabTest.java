package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.harness.BirdPeer;
import dev.culvert.lab.harness.FrrPeer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * A stranger holds LSAs whose checksums hold and whose bodies do not, and Culvert stands between it
 * and a router that looks at bodies.
 *
 * <pre>
 *   stranger eth0 --- eth0 Culvert eth1 --- eth0 peer
 *           10.9.8.0/30            10.9.9.0/30
 * </pre>
 */
@Lab(needs = {FrrPeer.PROGRAM, "bird"})
class OspfMalformedLsaLabTest {
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final String STRANGER = "10.255.0.99";
  private static final String[] ORIGINATORS = {"10.255.0.97", "10.255.0.98"};

  private static final List<String> LSAS =
      List.of(
          // A router-LSA without a body, a network-LSA and an external cut short.
          "000102010aff00620aff006280000001741a0014",
          "000102020a0909090aff0062800000011ab70017ffffff",
          "000102054f0900000aff0062800000013363001c0000000000000000",
          // 500 links in 36 octets.
          "000102010aff00610aff00618000000167230024000001f4000000000000000000000000",
          // A router-LSA not named after its originator, which FRR refuses.
          "000102010aff00600aff00618000000196f6001800000000",
          // A summary-LSA whose first metric is of a TOS, which BIRD refuses.
          "000102030a0909000aff0062800000018151001cffffff0001000001");

  private static final String CULVERT =
      """
      interfaces {
        eth0 { unit 0 { family inet { address 10.9.8.1/30; } } }
        eth1 { unit 0 { family inet { address 10.9.9.1/30; } } }
        lo0 { unit 0 { family inet { address 10.255.0.1/32; } } }
      }
      routing-options { router-id 10.255.0.1; }
      protocols {
        ospf {
          area 0.0.0.0 {
            interface eth0.0 { interface-type p2p; hello-interval 1; dead-interval 5; }
            interface eth1.0 { interface-type p2p; hello-interval 1; dead-interval 5; }
            interface lo0.0 { passive; }
          }
        }
      }
      """;

  private static final String FRR =
      """
      interface eth0
       ip ospf network point-to-point
       ip ospf hello-interval 1
       ip ospf dead-interval 5
      router ospf
       ospf router-id 10.255.0.2
       network 10.9.9.0/30 area 0
      """;

  private static final String BIRD =
      """
      router id 10.255.0.2;
      protocol device { scan time 1; }
      protocol ospf v2 {
        ipv4 { import all; export none; };
        area 0 {
          interface "eth0" { type ptp; hello 1; dead 5; };
        };
      }
      """;

  /** The peer under test, whichever it is. */
  private record Peer(Supplier<String> neighbors, Runnable kill, Supplier<String> log) {
    boolean isFull() {
      return neighbors.get().contains("Full");
    }
  }

  @Test
  void frrStaysFullAndComesBackToFull() {
    theAdjacencyIsUnharmed((network, namespace) -> {
      FrrPeer frr = FrrPeer.start(network, namespace, "frr", List.of("ospfd"), FRR);
      return new Peer(() -> frr.vtysh("show ip ospf neighbor"), frr::kill, frr::log);
    });
  }

  @Test
  void birdStaysFullAndComesBackToFull() {
    theAdjacencyIsUnharmed((network, namespace) -> {
      BirdPeer bird = BirdPeer.start(network, namespace, "bird", BIRD);
      return new Peer(
          () -> bird.birdc("show ospf neighbors"), () -> bird.process().kill(), bird::log);
    });
  }

  private static void theAdjacencyIsUnharmed(
      BiFunction<LabNetwork, NetworkNamespace, Peer> startPeer) {
    try (LabNetwork network = LabNetwork.create()) {
      NetworkNamespace culvertSide = network.namespace("culvert").forwarding();
      NetworkNamespace peerSide = network.namespace("peer").forwarding();
      NetworkNamespace strangerSide = network.namespace("stranger");
      network.wire(strangerSide, "eth0", culvertSide, "eth0");
      network.wire(culvertSide, "eth1", peerSide, "eth0");
      peerSide.address("eth0", "10.9.9.2/30");
      strangerSide.address("eth0", "10.9.8.2/30");
      CulvertProcess culvert = CulvertProcess.start(network, culvertSide, "culvert", CULVERT);
      Peer peer = startPeer.apply(network, peerSide);
      awaitFull(culvert, peer);

      LabProcess stranger =
          MalformedLsaLabRouter.start(network, strangerSide, "eth0", "10.9.8.2/30", STRANGER, LSAS);
      awaitStranger(culvert, stranger);
      Await.until(
          SOON,
          "all to be acknowledged",
          () -> stranger.log().contains("unacknowledged: 0"),
          () -> stranger.log() + culvert.log());
      assertThat(peer.isFull()).as(peer.log().get()).isTrue();

      peer.kill().run();
      Await.until(
          SOON,
          "the end of the adjacency",
          () -> !culvert.cli("show ospf neighbor").contains("10.9.9.2"),
          culvert::log);
      awaitFull(culvert, startPeer.apply(network, peerSide));

      // The stranger describes them in the exchange; they must not hold up our end either.
      culvert.kill();
      culvert.restart();
      awaitStranger(culvert, stranger);
      assertThat(stranger.log()).contains("requested: " + LSAS.size());
      assertThat(database(culvert)).contains(STRANGER).doesNotContain(ORIGINATORS);
      assertThat(culvert.log()).contains("OSPF_LSA_MALFORMED");
    }
  }

  private static void awaitFull(CulvertProcess culvert, Peer peer) {
    Await.until(
        SOON,
        "the peer to be Full at both ends",
        () ->
            peer.isFull()
                && culvert
                    .cli("show ospf neighbor")
                    .lines()
                    .anyMatch(l -> l.contains("10.9.9.2") && l.contains("Full")),
        () -> peer.neighbors().get() + peer.log().get() + culvert.log());
  }

  private static void awaitStranger(CulvertProcess culvert, LabProcess stranger) {
    Await.until(
        SOON,
        "the stranger to be Full",
        () ->
            culvert
                .cli("show ospf neighbor")
                .lines()
                .anyMatch(l -> l.contains(STRANGER) && l.contains("Full")),
        () -> stranger.log() + culvert.log());
  }

  private static String database(CulvertProcess culvert) {
    try {
      return culvert.cli("show ospf database");
    } catch (ControlException e) {
      throw new AssertionError(e);
    }
  }
}
