package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import org.junit.jupiter.api.Test;

/**
 * {@code conf/autovpn-hub.conf} and spokes of {@code conf/autovpn-spoke.conf}, of which the hub has
 * never heard.
 *
 * <pre>
 *   host0 -- hub 192.0.2.1 --+-- 192.0.2.2 spoke1 -- host1
 *                            +-- 192.0.2.3 spoke2 -- host2
 *                            +-- 192.0.2.4 spoke3 -- host3      LANs 10.N.0.0/24
 * </pre>
 */
@Lab(needs = "ping")
class AutoVpnLabTest {
  private static final int SITES = 4;

  @Test
  void aSpokeThatTheHubHasNeverHeardOfComesUpAndReachesAll() throws Exception {
    try (StarLabSite star = new StarLabSite(SITES)) {
      CulvertProcess hub = star.launch(0, TwoRouters.shipped("autovpn-hub"));
      hub.awaitReady();
      star.launch(1, StarLabSite.spoke("autovpn-spoke", 1)).awaitReady();
      star.launch(2, StarLabSite.spoke("autovpn-spoke", 2)).awaitReady();
      hub.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 2 ");
      star.awaitAllReachEachOther(3, hub);

      CulvertProcess third = star.launch(3, StarLabSite.spoke("autovpn-spoke", 3));
      third.awaitReady();
      hub.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 3 ");
      assertThat(hub.cli("show security ike active-peer"))
          .contains("spoke-1.example.net", "spoke-2.example.net", "spoke-3.example.net");
      assertThat(hub.cli("show route protocol ari-ts"))
          .contains("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24");
      star.awaitAllReachEachOther(SITES, hub);

      third.stop();
      hub.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 2 ");
      Await.until(SOON, "its route to go", () -> !star.sites.get(0).hasRoute("10.3.0.0/24"));
      star.awaitAllReachEachOther(3, hub);
    }
  }
}
