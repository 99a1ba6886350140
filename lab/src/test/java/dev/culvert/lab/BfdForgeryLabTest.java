package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.harness.BirdPeer;
import dev.culvert.lab.harness.FrrPeer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Somebody on the link of two routers sends BFD packets in the name of one of them, and a router
 * that does restart is believed all the same.
 *
 * <pre>
 *   Culvert eth0 --- eth0 peer, and the forger beside it     10.9.9.0/30
 * </pre>
 */
@Tag("alone")
@Lab(needs = {FrrPeer.PROGRAM, "bird"})
class BfdForgeryLabTest {
  private static final Duration SOON = Duration.ofSeconds(40);

  private static final String CULVERT =
      """
      interfaces {
        eth0 { unit 0 { family inet { address 10.9.9.1/30; } } }
        lo0 { unit 0 { family inet { address 10.255.0.1/32; } } }
      }
      routing-options { router-id 10.255.0.1; }
      protocols {
        ospf {
          area 0.0.0.0 {
            interface eth0.0 {
              interface-type p2p;
              hello-interval 1;
              dead-interval 40;
              bfd-liveness-detection { minimum-interval 300; multiplier 5; }
            }
          }
        }
      }
      """;

  private static final String FRR =
      """
      bfd
       profile lab
        detect-multiplier 5
        receive-interval 300
        transmit-interval 300
      interface eth0
       ip ospf network point-to-point
       ip ospf hello-interval 1
       ip ospf dead-interval 40
       ip ospf bfd
       ip ospf bfd profile lab
      router ospf
       ospf router-id 10.255.0.2
       network 10.9.9.0/30 area 0
      """;

  private static final String BIRD =
      """
      router id 10.255.0.2;
      protocol device { scan time 1; }
      protocol bfd { interface "eth0" { interval 300 ms; multiplier 5; }; }
      protocol ospf v2 {
        ipv4 { import all; export none; };
        area 0 {
          interface "eth0" { type ptp; hello 1; dead 40; bfd on; };
        };
      }
      """;

  /** The peer under test, whichever it is. */
  private record Peer(Runnable kill, Supplier<String> evidence) {}

  @Test
  void theSessionWithFrrStandsAndARestartOfFrrIsSeen() {
    theSessionStands((network, namespace) -> {
      FrrPeer frr = FrrPeer.start(network, namespace, "frr", List.of("bfdd", "ospfd"), FRR);
      return new Peer(frr::kill, () -> frr.vtysh("show bfd peers") + frr.log());
    });
  }

  @Test
  void theSessionWithBirdStandsAndARestartOfBirdIsSeen() {
    theSessionStands((network, namespace) -> {
      BirdPeer bird = BirdPeer.start(network, namespace, "bird", BIRD);
      return new Peer(
          () -> bird.process().kill(), () -> bird.birdc("show bfd sessions") + bird.log());
    });
  }

  private static void theSessionStands(BiFunction<LabNetwork, NetworkNamespace, Peer> startPeer) {
    try (LabNetwork network = LabNetwork.create()) {
      NetworkNamespace culvertSide = network.namespace("culvert").forwarding();
      NetworkNamespace peerSide = network.namespace("peer").forwarding();
      network.wire(culvertSide, "eth0", peerSide, "eth0");
      peerSide.address("eth0", "10.9.9.2/30");
      CulvertProcess culvert = CulvertProcess.start(network, culvertSide, "culvert", CULVERT);
      Peer peer = startPeer.apply(network, peerSide);
      awaitUp(culvert, peer);
      long lossesBefore = losses(culvert);

      BfdLabForgery.send(peerSide, "eth0", "10.9.9.2", "10.9.9.1");

      Await.until(
          SOON,
          "the forged packets to be told",
          () -> culvert.log().contains("BFD_PACKET_IGNORED"),
          culvert::log);
      assertThat(losses(culvert)).as(culvert.log()).isEqualTo(lossesBefore);
      assertThat(bfd(culvert)).contains("Up");

      // A peer that lost its memory says Down and knows no discriminator of ours either.
      peer.kill().run();
      Await.until(SOON, "the loss to be seen", () -> !bfd(culvert).contains(" Up "), culvert::log);
      awaitUp(culvert, startPeer.apply(network, peerSide));
    }
  }

  private static void awaitUp(CulvertProcess culvert, Peer peer) {
    Await.until(
        SOON,
        "BFD to be up",
        () -> bfd(culvert).contains(" Up "),
        () -> bfd(culvert) + peer.evidence().get() + culvert.log());
  }

  /** How often a session that was up has been lost, by the log. */
  private static long losses(CulvertProcess culvert) {
    return culvert
        .log()
        .lines()
        .filter(l -> l.contains("BFD_SESSION_STATE") && l.contains("from=Up"))
        .count();
  }

  private static String bfd(CulvertProcess culvert) {
    try {
      return culvert.cli("show bfd session");
    } catch (ControlException e) {
      throw new AssertionError(e);
    }
  }
}
