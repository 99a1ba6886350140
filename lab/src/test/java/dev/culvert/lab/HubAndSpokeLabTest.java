package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * {@code conf/hub-and-spoke-hub.conf} and spokes of {@code conf/hub-and-spoke-spoke.conf}: routes
 * by RIP, or by OSPF or BGP in its place, over one multipoint unit, and policies between spokes,
 * which the hub has never heard of.
 *
 * <pre>
 *   host0 -- hub 192.0.2.1 --+-- 192.0.2.2 spoke1 -- host1
 *                            +-- 192.0.2.3 spoke2 -- host2
 *                            +-- 192.0.2.4 spoke3 -- host3      LANs 10.N.0.0/24
 * </pre>
 */
@Lab(needs = "ping")
class HubAndSpokeLabTest {
  private static final int SITES = 4;

  @Test
  void allSpokesReachEachOtherAlsoAfterTheHubHasDiedAndReturned() throws Exception {
    try (StarLabSite star = new StarLabSite(SITES)) {
      CulvertProcess hub = comesUpAndComesBack(star, UnaryOperator.identity(), "rip");

      hub.reload(
          TwoRouters.shipped("hub-and-spoke-hub")
              .replaceFirst("(?s)(policy spoke-to-spoke .*?then \\{\\s*)permit;", "$1deny;"));
      Await.until(
          SOON,
          "the policy",
          () -> !Ping.answers(star.hosts.get(1), StarLabSite.host(2)),
          hub::log);
      assertThat(Ping.answers(star.hosts.get(1), StarLabSite.host(0))).as("the hub's LAN").isTrue();
    }
  }

  @Test
  void soTheyDoByOspfAndEachSpokeIsANeighborOfItsOwn() throws Exception {
    try (StarLabSite star = new StarLabSite(SITES)) {
      CulvertProcess hub = comesUpAndComesBack(star, StarLabSite::byOspf, "ospf");
      assertThat(hub.cli("show ospf neighbor").lines().filter(line -> line.contains("Full")))
          .hasSize(SITES - 1);
      assertThat(hub.cli("show ospf interface detail")).contains("Type: P2MP");
    }
  }

  @Test
  void soTheyDoByBgpOfWhomeverTheHubAllows() throws Exception {
    try (StarLabSite star = new StarLabSite(SITES)) {
      CulvertProcess hub = comesUpAndComesBack(star, StarLabSite::byBgp, "bgp");
      assertThat(hub.cli("show bgp summary")).contains("Unconfigured peers: 3");
      assertThat(hub.cli("show bgp neighbor 10.255.0.2")).contains("Established", "AuthKey");
    }
  }

  /** Also after the hub has died. */
  private static CulvertProcess comesUpAndComesBack(
      StarLabSite star, UnaryOperator<String> routing, String protocol) throws Exception {
    CulvertProcess hub = star.launch(0, routing.apply(TwoRouters.shipped("hub-and-spoke-hub")));
    for (int site = 1; site < SITES; site++) {
      star.launch(site, routing.apply(StarLabSite.spoke("hub-and-spoke-spoke", site)));
    }
    hub.awaitReady();
    star.awaitAllReachEachOther(SITES, hub);
    assertThat(hub.cli("show security ipsec next-hop-tunnels"))
        .contains("10.255.0.2", "10.255.0.3", "10.255.0.4");
    assertThat(hub.cli("show route protocol " + protocol))
        .contains("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24");

    hub.kill();
    hub.restart();
    star.awaitAllReachEachOther(SITES, hub);
    return hub;
  }
}
