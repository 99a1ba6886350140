package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.NetworkNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code conf/rip-over-vpn-a.conf} and its other: two sites, RIP over the tunnel between them. */
@Lab(needs = "nft")
class RipOverVpnLabTest {
  private static final String LAN_A = "10.1.1.0/24";
  private static final String LAN_B = "10.2.1.0/24";

  private OneTunnelLabSite sites;
  private NetworkNamespace hostA;
  private OneTunnelLabSite.Routers routers;

  @BeforeEach
  void bringUpBothSites() {
    sites = new OneTunnelLabSite();
    hostA = sites.leftHost;
    hostA.address("eth0", "10.1.1.10/24").route("default", "via", "10.1.1.1");
    sites.rightHost.address("eth0", "10.2.1.10/24").route("default", "via", "10.2.1.1");
    routers =
        sites.connect(TwoRouters.shipped("rip-over-vpn-a"), TwoRouters.shipped("rip-over-vpn-b"));
    TwoRouters.awaitRoute(sites.left, LAN_B, "st0.0");
    TwoRouters.awaitRoute(sites.right, LAN_A, "st0.0");
  }

  @AfterEach
  void removeAll() {
    sites.close();
  }

  @Test
  void eachSiteLearnsTheOthersNetworkAndTheirHostsTalk() throws Exception {
    assertThat(Ping.answers(hostA, "10.2.1.10")).isTrue();
    assertThat(routers.left().cli("show rip neighbor")).containsPattern("st0.0 +Up 10.0.0.1 ");
    assertThat(routers.left().cli("show route protocol rip"))
        .contains(LAN_B, "*[RIP/100]", "metric 2, tag 0", "to 10.0.0.2 via st0.0");
    assertThat(routers.left().cli("show rip statistics"))
        .contains("RIPv2 info: port 520; holddown 120s.", "st0.0:  1 routes learned");
    routers.left().awaitCli(SOON, "show bfd session", "Up");
    assertThat(routers.left().log() + routers.left().cli("show configuration"))
        .doesNotContain("change-me-too");
  }

  @Test
  void aNetworkThatIsGoneIsGoneAtTheOtherSiteAtOnceAndComesBack() {
    sites.right.down("eth1");
    Await.until(SOON, "the route to go", () -> !sites.left.hasRoute(LAN_B));

    sites.right.up("eth1");
    TwoRouters.awaitRoute(sites.left, LAN_B, "st0.0");
  }

  @Test
  void aRouterThatStopsTakesItsRoutesAlongAndBringsThemBack() {
    routers.right().stop();
    Await.until(SOON, "the route to go", () -> !sites.left.hasRoute(LAN_B));
    routers.right().restart();
    TwoRouters.awaitRoute(sites.left, LAN_B, "st0.0");
  }
}
