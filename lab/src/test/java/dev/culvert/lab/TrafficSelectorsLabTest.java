package dev.culvert.lab;

import static dev.culvert.lab.StrongswanLabSite.SOON;
import static dev.culvert.lab.StrongswanLabSite.cli;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.NetworkNamespace;
import org.junit.jupiter.api.Test;

/** {@code conf/traffic-selectors.conf} and a strongSwan with children of its own mind. */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "ping"})
class TrafficSelectorsLabTest {
  /** The office's are Culvert's, voice is wider at both ends, web narrower. */
  private static final String CHILDREN =
      """
      office { local_ts = 10.2.0.0/24
               remote_ts = 10.1.0.0/24
               esp_proposals = aes256gcm16-ecp256 }
      voice { local_ts = 10.2.0.0/23
              remote_ts = 10.1.1.0/24,10.1.7.0/24
              esp_proposals = aes256gcm16-ecp256 }
      web { local_ts = 10.2.2.16/28[tcp/443]
            remote_ts = 10.1.0.0/24[tcp]
            esp_proposals = aes256gcm16-ecp256 }
      """;

  @Test
  void strongswanNarrowsAndIsNarrowedAndEachSelectorHasItsOwnPair() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      addresses(site);
      start(site, CHILDREN);
      CulvertProcess culvert = site.startCulvert(configuration());
      culvert.awaitCli(
          SOON, "show security ipsec security-associations", "Total active tunnels: 3 ");
      agreed(culvert);
      packetsPass(site);
    }
  }

  @Test
  void strongswanBeginsAndCulvertFindsTheSelectorThatEachOfItsChildrenIsFor() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      addresses(site);
      StrongswanPeer swan = start(site, CHILDREN);
      CulvertProcess culvert =
          site.startCulvert(
              configuration().replace("tunnels immediately", "tunnels responder-only"));
      for (String child : new String[] {"web", "voice", "office"}) {
        swan.swanctl("--initiate", "--child", child);
      }
      culvert.awaitCli(
          SOON, "show security ipsec security-associations", "Total active tunnels: 3 ");
      assertThat(cli(culvert, "show security ike security-associations | match IKEv2 | count"))
          .contains("Count: 1 lines");
      agreed(culvert);
      packetsPass(site);
    }
  }

  @Test
  void aSelectorThatStrongswanDoesNotKnowDoesNotTakeTheOthersDown() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      addresses(site);
      start(site, CHILDREN.replace("10.2.0.0/23", "10.2.9.0/24"));
      CulvertProcess culvert = site.startCulvert(configuration());
      culvert.awaitCli(
          SOON, "show security ipsec security-associations", "Total active tunnels: 2 ");
      culvert.awaitCli(
          SOON, "show security ipsec inactive-tunnels", "traffic selector voice: TS_UNACCEPTABLE");
      assertThat(site.culvertNamespace.hasRoute("10.2.0.0/24")).isTrue();
      assertThat(site.culvertNamespace.hasRoute("10.2.1.0/24")).isFalse();
      Await.until(SOON, "the office", () -> Ping.answers(site.hostA, "10.2.0.2"));
    }
  }

  private static void agreed(CulvertProcess culvert) {
    String selectors = cli(culvert, "show security ipsec traffic-selector");
    assertThat(selectors).containsPattern("10.1.0.0-10.1.0.255 +10.2.0.0-10.2.0.255 .* up ");
    assertThat(selectors).containsPattern("10.1.1.0-10.1.1.255 +10.2.1.0-10.2.1.255 .* up ");
    assertThat(selectors).containsPattern("10.2.2.16-10.2.2.31, protocol 6, ports 443-443 .* up ");
    String routes = cli(culvert, "show route protocol ari-ts");
    assertThat(routes)
        .contains("10.2.0.0/24", "10.2.1.0/24", "10.2.2.16/28", "[ARI-TS/5]")
        .doesNotContain("10.2.2.0/24");
  }

  private static void packetsPass(StrongswanLabSite site) {
    Await.until(SOON, "the office", () -> Ping.answers(site.hostA, "10.2.0.2"));
    assertThat(Ping.answers(site.hostB, "10.1.0.2")).isTrue();
    assertThat(pings(site.hostA, "10.1.1.2", "10.2.1.2")).isTrue();
    // The web servers are there for HTTPS alone, which here nobody listens for.
    assertThat(pings(site.hostA, "10.1.0.2", "10.2.2.18")).isFalse();
    assertThat(NftLabSite.connect(site.hostA, "10.2.2.18", 443)).contains("refused");
    // No selector is for the phones and the office of the other side.
    assertThat(pings(site.hostA, "10.1.1.2", "10.2.0.2")).isFalse();
  }

  private static boolean pings(NetworkNamespace from, String source, String destination) {
    return from.attempt("ping", "-n", "-c", "1", "-W", "2", "-I", source, destination).succeeded();
  }

  private static void addresses(StrongswanLabSite site) {
    site.hostA.address("eth0", "10.1.1.2/24");
    site.hostB.address("eth0", "10.2.1.2/24").address("eth0", "10.2.2.18/24");
    site.swanNamespace.address("eth1", "10.2.1.1/24").address("eth1", "10.2.2.17/24");
  }

  private static String configuration() {
    return TwoRouters.shipped("traffic-selectors")
        .replace("version v2-only;", "version v2-only; force-udp-encapsulation;");
  }

  private static StrongswanPeer start(StrongswanLabSite site, String children) {
    String swanctl =
        """
        connections {
          vpn {
            version = 2
            local_addrs = 192.0.2.2
            remote_addrs = 192.0.2.1
            proposals = aes256gcm16-prfsha256-ecp256
            encap = yes
            local { auth = psk
                    id = peer.example.net }
            remote { auth = psk
                     id = branch.example.net }
            children {
        %s    }
          }
        }
        secrets {
          ike-1 { secret = "change-me-before-use" }
        }
        """
            .formatted(children);
    StrongswanPeer swan =
        StrongswanPeer.start(site.network, site.swanNamespace, "swan", swanctl, "");
    site.swanNamespace.route("10.1.0.0/23", "dev", StrongswanPeer.TUNNEL_DEVICE);
    return swan;
  }
}
