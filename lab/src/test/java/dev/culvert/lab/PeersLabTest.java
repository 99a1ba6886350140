package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.BirdPeer;
import dev.culvert.lab.harness.FrrPeer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The peers of the other labs, against each other: what fails here is not Culvert's fault. */
@Lab(needs = {"bird", FrrPeer.PROGRAM, StrongswanPeer.PROGRAM, "swanctl", "ping"})
class PeersLabTest {
  private static final Duration SOON = Duration.ofSeconds(40);

  @Test
  void birdAndFrrBecomeOspfNeighborsAndExchangeRoutes() {
    try (LabNetwork network = LabNetwork.create()) {
      NetworkNamespace left = network.namespace("bird");
      NetworkNamespace right = network.namespace("frr");
      network.wire(left, "eth0", right, "eth0");
      left.address("eth0", "10.9.0.1/24").forwarding();
      right.address("eth0", "10.9.0.2/24").forwarding();
      BirdPeer bird =
          BirdPeer.start(
              network,
              left,
              "bird",
              """
              router id 10.9.0.1;
              protocol device { scan time 1; }
              protocol kernel { ipv4 { export all; import none; }; }
              protocol static { ipv4; route 10.61.0.0/16 blackhole; }
              protocol ospf v2 {
                ipv4 { import all; export where source = RTS_STATIC; };
                area 0 { interface "eth0" { type broadcast; hello 1; dead 4; }; };
              }
              """);
      FrrPeer frr =
          FrrPeer.start(
              network,
              right,
              "frr",
              List.of("ospfd"),
              """
              ip route 10.62.0.0/16 blackhole
              interface eth0
               ip ospf hello-interval 1
               ip ospf dead-interval 4
              router ospf
               ospf router-id 10.9.0.2
               network 10.9.0.0/24 area 0
               redistribute static
              """);
      bird.await(SOON, "show ospf neighbors", "Full/");
      frr.await(SOON, "show ip ospf neighbor", "Full/");
      frr.await(SOON, "show ip route ospf", "10.61.0.0/16");
      bird.await(SOON, "show route", "10.62.0.0/16");
      assertThat(Ping.run(left, "10.9.0.2", 5, Duration.ofMillis(20)).lost()).isZero();
    }
  }

  @Test
  void twoStrongswansCarryPingsThroughTheirTunnel() {
    try (LabNetwork network = LabNetwork.create()) {
      NetworkNamespace left = network.namespace("left");
      NetworkNamespace right = network.namespace("right");
      network.wire(left, "eth0", right, "eth0");
      left.address("eth0", "10.9.0.1/24").address("lo", "10.1.0.1/24").forwarding();
      right.address("eth0", "10.9.0.2/24").address("lo", "10.2.0.1/24").forwarding();
      StrongswanPeer initiator =
          StrongswanPeer.start(network, left, "left", connection("10.9.0.1", "10.9.0.2"));
      StrongswanPeer responder =
          StrongswanPeer.start(network, right, "right", connection("10.9.0.2", "10.9.0.1"));
      left.route("10.2.0.0/24", "dev", StrongswanPeer.TUNNEL_DEVICE, "src", "10.1.0.1");
      right.route("10.1.0.0/24", "dev", StrongswanPeer.TUNNEL_DEVICE, "src", "10.2.0.1");

      initiator.swanctl("--initiate", "--child", SwanConnection.CHILD);

      responder.awaitSas(SOON, "INSTALLED");
      assertThat(Ping.run(left, "10.2.0.1", 5, Duration.ofMillis(20)).lost()).isZero();
    }
  }

  private static SwanConnection connection(String local, String remote) {
    return SwanConnection.between(local, remote, "lab-preshared-key")
        .withProposals("aes256gcm16-prfsha384-ecp384", "aes256gcm16-ecp384");
  }
}
