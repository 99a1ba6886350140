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
  void soItIsWithIpv6ByRipngOverTheSameTunnel() throws Exception {
    hostA.address("eth0", "2001:db8:1::10/64");
    sites.rightHost.address("eth0", "2001:db8:2::10/64");
    routers.left().reload(TwoRouters.shipped("rip-over-vpn-a") + ipv6(1));
    routers.right().reload(TwoRouters.shipped("rip-over-vpn-b") + ipv6(2));
    hostA.ip("-6", "route", "add", "default", "via", "2001:db8:1::1");
    sites.rightHost.ip("-6", "route", "add", "default", "via", "2001:db8:2::1");

    awaitInet6Route(sites.left, "2001:db8:2::/64");
    awaitInet6Route(sites.right, "2001:db8:1::/64");
    assertThat(routers.left().cli("show ripng neighbor")).containsPattern("st0.0 +Up +fe80:");
    assertThat(routers.left().cli("show route protocol ripng"))
        .contains("2001:db8:2::/64", "*[RIPng/100]");
    Await.until(SOON, "an answer", () -> Ping.answers(hostA, "2001:db8:2::10"));
    assertThat(Ping.answers(hostA, "10.2.1.10")).isTrue();

    sites.right.down("eth1");
    Await.until(
        SOON,
        "the route to go",
        () -> sites.left.ip("-6", "route", "show", "2001:db8:2::/64").isBlank());
  }

  private static void awaitInet6Route(NetworkNamespace router, String lan) {
    Await.until(
        SOON,
        lan + " in " + router,
        () -> router.ip("-6", "route", "show", lan).contains("dev st0.0"),
        () -> router.ip("-6", "route", "show"));
  }

  /** What a site has of IPv6, beside all else. */
  private static String ipv6(int site) {
    String permit =
        "{ policy six { match { source-address any-ipv6; destination-address any-ipv6;"
            + " application any; } then { permit; } } }";
    return """
    interfaces {
        eth1 { unit 0 { family inet6 { address 2001:db8:%1$d::1/64; } } }
        st0 { unit 0 { family inet6 { address 2001:db8:ffff::%1$d/126; } } }
    }
    security {
        policies { from-zone trust to-zone vpn %2$s from-zone vpn to-zone trust %2$s }
        zones { security-zone vpn { interfaces { st0.0 {
            host-inbound-traffic { protocols { ripng; } }
        } } } }
    }
    protocols { ripng { group sites { export rip-export; neighbor st0.0; } } }
    """
        .formatted(site, permit);
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
