package dev.culvert.lab;

import static dev.culvert.lab.StrongswanLabSite.HOST_A;
import static dev.culvert.lab.StrongswanLabSite.HOST_B;
import static dev.culvert.lab.StrongswanLabSite.LAN_A;
import static dev.culvert.lab.StrongswanLabSite.LAN_B;
import static dev.culvert.lab.StrongswanLabSite.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.StrongswanLabSite.Suite;
import dev.culvert.lab.harness.BirdPeer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** OSPF through the tunnel with strongSwan, spoken by BIRD on the other side. */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "bird", "ping"})
class StrongswanOspfLabTest {
  /** What Culvert gives st0.0: 1500 less what UDP-encapsulated AES-GCM adds. */
  private static final String TUNNEL_MTU = "1438";

  private static final String ROUTING =
      """
      routing-options { router-id 10.255.0.1; }
      protocols {
        ospf {
          area 0.0.0.0 {
            interface st0.0 { hello-interval 2; dead-interval 8; }
            interface eth1.0 { passive; }
          }
        }
      }
      """;

  private static final String BIRD =
      """
      router id 10.255.0.2;
      protocol device { scan time 1; }
      protocol direct { ipv4; interface "eth1"; }
      protocol kernel { ipv4 { export where source = RTS_OSPF; import none; }; }
      protocol ospf v2 {
        ipv4 { import all; export none; };
        area 0 {
          interface "ipsec0" { type ptp; hello 2; dead 8; cost 10; };
          interface "eth1" { stub; };
        };
      }
      """;

  @Test
  void lansBehindCulvertAndStrongswanReachEachOtherByOspfThroughTheTunnel() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      Suite suite = Suite.GCM_256_GROUP_19;
      StrongswanPeer swan = site.startSwan(StrongswanLabSite.swan(suite));
      site.swanNamespace.address(StrongswanPeer.TUNNEL_DEVICE, "10.0.0.2/30");
      // Routers whose interface MTUs differ do not become adjacent (RFC 2328 §10.6).
      site.swanNamespace.ip("link", "set", StrongswanPeer.TUNNEL_DEVICE, "mtu", TUNNEL_MTU);
      BirdPeer bird = BirdPeer.start(site.network, site.swanNamespace, "bird", BIRD);
      CulvertProcess culvert =
          site.startCulvert(
              StrongswanLabSite.culvert(
                  suite, "immediately", StrongswanLabSite.SECRET, "swan.lab.test", ROUTING));
      StrongswanLabSite.awaitUp(culvert);

      bird.await(SOON, "show ospf neighbors", "Full/");
      culvert.awaitCli(SOON, "show ospf neighbor", "Full");
      awaitRoutes(site, culvert, bird, true);
      Await.until(SOON, "the first ping", () -> Ping.answers(site.hostA, HOST_B));
      assertThat(Ping.run(site.hostA, HOST_B, 20, Duration.ofMillis(20)).lost()).isZero();
      assertThat(Ping.run(site.hostB, HOST_A, 20, Duration.ofMillis(20)).lost()).isZero();

      // charon goes and comes back: the routes follow the tunnel.
      swan.process().signal("STOP");
      culvert.awaitCli(SOON, "show security ipsec inactive-tunnels", "Total inactive tunnels: 1");
      awaitRoutes(site, culvert, bird, false);
      swan.process().signal("CONT");
      awaitRoutes(site, culvert, bird, true);
      Await.until(SOON, "a ping again", () -> Ping.answers(site.hostA, HOST_B));
    }
  }

  private static void awaitRoutes(
      StrongswanLabSite site, CulvertProcess culvert, BirdPeer bird, boolean present) {
    Await.until(
        SOON,
        "routes of both LANs in both kernels to be " + (present ? "there" : "gone"),
        () ->
            site.culvertNamespace.hasRoute(LAN_B) == present
                && site.swanNamespace.hasRoute(LAN_A) == present,
        () ->
            site.culvertNamespace.ip("route")
                + "\n"
                + site.swanNamespace.ip("route")
                + bird.birdc("show ospf neighbors")
                + bird.birdc("show route")
                + culvert.log()
                + bird.log());
  }
}
