package dev.culvert.lab;

import static dev.culvert.lab.NftLabSite.connect;
import static dev.culvert.lab.NftLabSite.packets;
import static dev.culvert.lab.NftLabSite.watch;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.NetworkNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The branch of {@code conf/internet-nat.conf}. */
@Lab(needs = "nft")
class InternetNatLabTest {
  private static final String LAN_HOST = "10.1.0.80";
  private static final String HUB_HOST = "10.2.0.10";
  private static final String SOMEBODY = "203.0.113.10";
  private static final String BRANCH = "192.0.2.2";

  private OneTunnelLabSite sites;
  private NetworkNamespace lan;
  private NetworkNamespace hub;
  private NetworkNamespace somebody;

  @BeforeEach
  void bringUp() {
    sites = new OneTunnelLabSite();
    lan = sites.leftHost;
    hub = sites.rightHost;
    somebody = sites.network.namespace("somebody");
    sites.network.wire(sites.internet, "to-somebody", somebody, "eth0");
    sites.internet.address("to-somebody", "203.0.113.1/24");
    somebody.address("eth0", SOMEBODY + "/24").route("default", "via", "203.0.113.1");
    lan.address("eth0", LAN_HOST + "/24").route("default", "via", "10.1.0.1");
    hub.address("eth0", HUB_HOST + "/24").route("default", "via", "10.2.0.1");
    sites.start(TwoRouters.shipped("internet-nat"), OneTunnelLabSite.hub());
    TwoRouters.awaitRoute(sites.left, "10.2.0.0/24", "st0.0");
    TwoRouters.awaitRoute(sites.right, "10.1.0.0/24", "st0.0");
  }

  @AfterEach
  void removeAll() {
    sites.close();
  }

  @Test
  void theInternetSeesTheAddressOfTheInterfaceAndTheHubThatOfTheHost() {
    watch(somebody, "translated", "ip saddr " + BRANCH);
    watch(somebody, "untranslated", "ip saddr 10.1.0.0/24");
    watch(hub, "as-they-are", "ip saddr " + LAN_HOST + " tcp dport 7008");

    assertThat(Ping.answers(lan, SOMEBODY)).isTrue();
    PathMtuLabStream stream =
        PathMtuLabStream.start(sites.network, lan, somebody, SOMEBODY, SOMEBODY);
    assertThat(stream.finish()).as(stream.log()).isTrue();
    PathMtuLabStream tunneled = PathMtuLabStream.start(sites.network, lan, hub, HUB_HOST, HUB_HOST);
    assertThat(tunneled.finish()).as(tunneled.log()).isTrue();

    assertThat(packets(somebody, "translated")).isPositive();
    assertThat(packets(somebody, "untranslated")).isZero();
    assertThat(packets(hub, "as-they-are")).isPositive();
  }

  @Test
  void thePortThatIsForwardedLeadsInwardAndNoOther() {
    watch(lan, "https", "ip saddr " + SOMEBODY + " tcp dport 443");
    watch(lan, "others", "ip saddr " + SOMEBODY + " tcp dport != 443");

    // Nobody listens: the server in the LAN refuses.
    assertThat(connect(somebody, BRANCH, 8443)).contains("refused");
    assertThat(packets(lan, "https")).isEqualTo(1);

    assertThat(connect(somebody, BRANCH, 443)).doesNotContain("refused");
    assertThat(connect(somebody, BRANCH, 22)).doesNotContain("refused");
    assertThat(Ping.answers(somebody, BRANCH)).isFalse();
    assertThat(packets(lan, "https")).isEqualTo(1);
    assertThat(packets(lan, "others")).isZero();
  }

  @Test
  void theHubReachesTheLanByTheTunnel() {
    watch(lan, "hub", "ip saddr " + HUB_HOST + " icmp type echo-request");
    assertThat(Ping.answers(hub, LAN_HOST)).isTrue();
    assertThat(packets(lan, "hub")).isEqualTo(1);
  }
}
