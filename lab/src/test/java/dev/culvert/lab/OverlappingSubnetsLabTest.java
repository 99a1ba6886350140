package dev.culvert.lab;

import static dev.culvert.lab.NftLabSite.connect;
import static dev.culvert.lab.NftLabSite.packets;
import static dev.culvert.lab.NftLabSite.watch;
import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.NetworkNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two sites with the same subnet, and {@code conf/overlapping-subnets-a.conf} and its other. */
@Lab(needs = "nft")
class OverlappingSubnetsLabTest {
  /** Of the host at either site. */
  private static final String OWN = "10.1.1.10";

  /** The host at A, as B knows it. */
  private static final String HOST_A = "10.11.1.10";

  /** The host at B, as A knows it. */
  private static final String HOST_B = "10.12.1.10";

  private OneTunnelLabSite sites;
  private NetworkNamespace hostA;
  private NetworkNamespace hostB;
  private OneTunnelLabSite.Routers routers;

  @BeforeEach
  void bringUpBothSites() {
    sites = new OneTunnelLabSite();
    hostA = sites.leftHost;
    hostB = sites.rightHost;
    hostA.address("eth0", OWN + "/24").route("default", "via", "10.1.1.1");
    hostB.address("eth0", OWN + "/24").route("default", "via", "10.1.1.1");
    routers =
        sites.start(
            TwoRouters.shipped("overlapping-subnets-a"),
            TwoRouters.shipped("overlapping-subnets-b"));
    TwoRouters.awaitRoute(sites.left, "10.12.1.0/24", "st0.0");
    TwoRouters.awaitRoute(sites.right, "10.11.1.0/24", "st0.0");
  }

  @AfterEach
  void removeAll() {
    sites.close();
  }

  @Test
  void eachSiteReachesTheOtherByItsTranslatedPrefix() {
    watch(hostB, "from-a", "ip saddr " + HOST_A + " icmp type echo-request");
    watch(hostA, "from-b", "ip saddr " + HOST_B + " icmp type echo-request");

    assertThat(Ping.answers(hostA, HOST_B)).isTrue();
    assertThat(Ping.answers(hostB, HOST_A)).isTrue();

    assertThat(packets(hostB, "from-a")).isEqualTo(1);
    assertThat(packets(hostA, "from-b")).isEqualTo(1);
    PathMtuLabStream there = stream(hostA, hostB, HOST_B);
    PathMtuLabStream back = stream(hostB, hostA, HOST_A);
    assertThat(there.finish()).as(there.log()).isTrue();
    assertThat(back.finish()).as(back.log()).isTrue();
  }

  @Test
  void errorsComeFromTheAddressesThatTheSenderKnows() {
    // What traceroute does: one more router with each packet.
    assertThat(withTtl(hostA, 1)).contains("From 10.1.1.1 ", "Time to live exceeded");
    // The kernel sends what concerns a translated destination from the address it was known by.
    assertThat(withTtl(hostA, 2)).contains("From " + HOST_B + " ", "Time to live exceeded");
    assertThat(withTtl(hostA, 3)).contains("from " + HOST_B + ": icmp_seq=1");

    // Only an error that quotes what this socket sent is told to it.
    assertThat(datagrams(hostA, HOST_B)).contains("Connection refused");
    assertThat(datagrams(hostB, HOST_A)).contains("Connection refused");
    assertThat(connect(hostA, HOST_B, 7)).contains("refused");
  }

  @Test
  void onlyTheTranslatedPrefixIsAdvertisedAndOnlyWhileItsInsideIsThere() throws Exception {
    String routesOfB = sites.right.ip("route", "show");
    assertThat(routesOfB.lines().filter(route -> route.contains("dev st0.0")))
        .allMatch(route -> route.startsWith("10.11.1.0/24 ") || route.startsWith("10.0.0.0/30 "));
    assertThat(routers.right().cli("show ospf database")).doesNotContain("10.1.1.0");
    assertThat(routers.left().cli("show route 10.11.1.0/24")).contains("Static-NAT");

    sites.left.down("eth1");
    Await.until(SOON, "the route to go", () -> !sites.right.hasRoute("10.11.1.0/24"));
    assertThat(sites.left.hasRoute("10.12.1.0/24")).isTrue();

    sites.left.up("eth1");
    TwoRouters.awaitRoute(sites.right, "10.11.1.0/24", "st0.0");
  }

  private PathMtuLabStream stream(NetworkNamespace from, NetworkNamespace to, String known) {
    return PathMtuLabStream.start(sites.network, from, to, known, OWN);
  }

  private static String withTtl(NetworkNamespace from, int hops) {
    return from.attempt("ping", "-n", "-c", "1", "-W", "2", "-t", Integer.toString(hops), HOST_B)
        .output();
  }

  /** Sends to a port where nobody listens until it is told so. */
  private static String datagrams(NetworkNamespace from, String to) {
    return from.attempt(
            "bash",
            "-c",
            "exec 3<>/dev/udp/"
                + to
                + "/9; for i in 1 2 3 4 5 6 7 8 9 10; do echo $i >&3 || exit; sleep 0.2; done")
        .output();
  }
}
