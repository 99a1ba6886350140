package dev.culvert.lab;

import static dev.culvert.lab.StrongswanLabSite.HOST_B;
import static dev.culvert.lab.StrongswanLabSite.SOON;
import static dev.culvert.lab.StrongswanLabSite.cli;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.StrongswanLabSite.Suite;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.UdpHolder;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A machine that does not have what the router needs: a port is taken, or there is no device for
 * tunnels. The router says which, does what it can, and goes on by itself when it is there.
 */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "ping", "unshare"})
class PoorMachineLabTest {
  private static final String STATUS = "show system status";

  @Test
  void whereAnotherProgramHasTheIkePortTheMachineIsToldNotThePeer() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      StrongswanPeer swan = site.startSwan(StrongswanLabSite.swan(Suite.GCM_256_GROUP_20));
      site.routeSwanStatically();
      LabProcess taken = UdpHolder.start(site.network, site.culvertNamespace, "0.0.0.0", 500);
      CulvertProcess culvert =
          site.startCulvert(StrongswanLabSite.culvert(Suite.GCM_256_GROUP_20, "immediately"));

      culvert.awaitCli(SOON, STATUS, "State: degraded");
      culvert.awaitCli(SOON, STATUS, "IKE port 192.0.2.1:500: ");
      culvert.awaitCli(SOON, "show security ipsec inactive-tunnels detail", "LOCAL_PORT_REFUSED");
      assertThat(cli(culvert, "show security ipsec inactive-tunnels detail"))
          .doesNotContain("No response from peer");
      assertThat(occurrences(culvert.log(), "IKE_BIND_FAILED local=192.0.2.1:500 "))
          .as("told once, not at each attempt\n%s", culvert.log())
          .isEqualTo(1);

      taken.kill();
      StrongswanLabSite.awaitUp(culvert);
      swan.awaitSas(SOON, "INSTALLED");
      culvert.awaitCli(SOON, STATUS, "State: ready");
      assertThat(culvert.log()).contains("IKE_BOUND local=192.0.2.1:500");
    }
  }

  @Test
  void whereAnotherProgramHasTheBfdPortTheMachineIsTold() {
    try (LabNetwork network = LabNetwork.create()) {
      NetworkNamespace machine = network.namespace("machine");
      NetworkNamespace lan = network.namespace("lan");
      network.wire(machine, "eth0", lan, "eth0");
      LabProcess taken = UdpHolder.start(network, machine, "0.0.0.0", 3784);
      CulvertProcess router = CulvertProcess.start(network, machine, "router", bfd(1, 2));
      CulvertProcess.start(network, lan, "peer", bfd(2, 1));

      router.awaitCli(SOON, STATUS, "State: degraded");
      router.awaitCli(SOON, STATUS, "BFD port at eth0.0: bind 0.0.0.0 port 3784: address in use");

      taken.kill();
      router.awaitCli(SOON, STATUS, "State: ready");
    }
  }

  /** BFD is asked for as soon as BGP is established. */
  private static String bfd(int own, int peer) {
    return """
    system { host-name router-%1$d; }
    interfaces { eth0 { unit 0 { family inet { address 10.1.0.%1$d/24; } } } }
    routing-options { router-id 10.1.0.%1$d; autonomous-system 6500%1$d; }
    protocols { bgp { group lan {
      type external; peer-as 6500%2$d;
      neighbor 10.1.0.%2$d { bfd-liveness-detection { minimum-interval 300; } }
    } } }
    """
        .formatted(own, peer);
  }

  @Test
  void withoutADeviceForTunnelsTheRestOfTheRouterWorksAndTheTunnelFollows() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      site.startSwan(StrongswanLabSite.swan(Suite.GCM_256_GROUP_20));
      site.routeSwanStatically();
      String configuration = StrongswanLabSite.culvert(Suite.GCM_256_GROUP_20, "immediately");
      CulvertProcess culvert =
          CulvertProcess.launch(
              site.network, site.culvertNamespace, "culvert", configuration, withoutTun());
      culvert.awaitReady();

      culvert.awaitCli(SOON, STATUS, "State: degraded");
      culvert.awaitCli(SOON, STATUS, "/dev/net/tun");
      assertThat(Ping.answers(site.hostA, "10.1.0.1")).as("its LAN").isTrue();
      assertThat(site.culvertNamespace.ip("route", "show")).doesNotContain("10.2.0.0/24");

      site.network.start(
          "uncover", culvert.process().beside(List.of("umount", "/dev/net")), Map.of());
      StrongswanLabSite.awaitUp(culvert);
      Await.until(SOON, "the first ping", () -> Ping.answers(site.hostA, HOST_B), culvert::log);
      culvert.awaitCli(SOON, STATUS, "State: ready");
    }
  }

  /** In a mount namespace of its own, where nothing is below {@code /dev/net}. */
  private static List<String> withoutTun() {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs none /dev/net && exec \"$@\"",
                "sh"));
    command.addAll(CulvertProcess.ownProgram());
    return command;
  }

  @Test
  void aPeerThatFallsSilentUnderTrafficIsDeadAfterIntervalTimesThreshold() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      site.startSwan(StrongswanLabSite.swan(Suite.GCM_256_GROUP_20));
      site.routeSwanStatically();
      CulvertProcess culvert =
          site.startCulvert(
              StrongswanLabSite.culvert(Suite.GCM_256_GROUP_20, "immediately")
                  .replace(
                      "probe-idle-tunnel; interval 10; threshold 3;",
                      "optimized; interval 3; threshold 2;"));
      StrongswanLabSite.awaitUp(culvert);
      Await.until(SOON, "the first ping", () -> Ping.answers(site.hostA, HOST_B), culvert::log);

      LabProcess traffic =
          site.network.start(
              "traffic",
              site.hostA.inside(List.of("ping", "-n", "-i", "0.1", "-w", "60", HOST_B)),
              Map.of());
      Await.until(SOON, "answers", () -> traffic.log().contains("icmp_seq=5 "), traffic::log);
      // Its link stays: without it the route would be gone at once, and no packet sent any more.
      site.swanNamespace.route("blackhole", "192.0.2.1/32");

      // Without detection nothing would be asked of the peer. How soon, virtual time tells.
      culvert.awaitCli(SOON, "show security ipsec inactive-tunnels", "to-swan");
      assertThat(culvert.log()).contains("PEER_DEAD");
    }
  }

  private static int occurrences(String text, String what) {
    return text.split(Pattern.quote(what), -1).length - 1;
  }
}
