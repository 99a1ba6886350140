package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.BACKUP;
import static dev.culvert.lab.TwoRouters.PRIMARY;
import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.demo.TwoSites;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * {@code conf/primary-backup-static.conf} without its BFD: what the VPN monitor alone sees and
 * does. Zones are in force, and none of them lets echo replies of others in.
 */
@Lab(needs = "nft")
class VpnMonitorLabTest {
  private static final String INACTIVE = "show security ipsec inactive-tunnels";
  private static final String SAS = "show security ipsec security-associations";

  private final LabNetwork network = LabNetwork.create();
  private final TwoSites sites = TwoSites.build(network);
  private TwoSites.Routers routers;

  @BeforeEach
  void bringUp() {
    routers =
        sites.start(
            configuration("primary-backup-static"),
            // The branch is the first to see it, and so the one that says why.
            configuration("primary-backup-static-hub")
                .replace(
                    "interval 2;\n            threshold 3;",
                    "interval 2;\n            threshold 10;"));
    for (CulvertProcess router : routers.both()) {
      router.awaitCli(SOON, SAS, "Total active tunnels: 2");
    }
    TwoRouters.awaitRoutesOver(sites, PRIMARY);
  }

  @AfterEach
  void removeAll() {
    network.close();
  }

  /** IKE and its dead peer detection are content: their packets pass, behind the non-ESP marker. */
  @Test
  void aPathThatCarriesIkeButNoEspIsLeftUntilItCarriesBoth() throws ControlException {
    assertThat(routers.branch().cli(SAS + " detail")).contains("VPN Monitoring: UP");

    sites
        .pathA()
        .run(
            "nft",
            "add table inet cut; add chain inet cut forward { type filter hook forward priority 0; }"
                + "; add rule inet cut forward udp sport 4500 @th,64,32 != 0 drop");
    TwoRouters.awaitRoutesOver(sites, BACKUP);
    routers.branch().awaitCli(SOON, INACTIVE, "VPN monitoring: no reply from 10.0.0.2");
    assertThat(routers.branch().log()).contains("VPN_MONITOR_DOWN vpn=to-hub-a interface=st0.0");
    assertThat(routers.branch().cli("show interfaces terse")).containsPattern("st0.0 +up +down");
    // It has its SA pairs again, and nothing comes through them.
    routers.branch().awaitCli(SOON, SAS, "Total active tunnels: 2");
    routers.branch().awaitCli(SOON, SAS + " detail", "VPN Monitoring: DOWN");
    TwoRouters.awaitRoutesOver(sites, BACKUP);

    sites.pathA().run("nft", "delete table inet cut");
    TwoRouters.awaitRoutesOver(sites, PRIMARY);
    assertThat(routers.branch().log()).contains("VPN_MONITOR_UP vpn=to-hub-a");
    routers.branch().awaitCli(SOON, SAS + " detail", "VPN Monitoring: UP");
  }

  /** The devices of a router that starts again are others, and so are the peer's SAs. */
  @Test
  void theMonitorGoesOnWhenThePeerStartsAgain() {
    routers.hub().kill();
    routers.hub().restart();
    for (CulvertProcess router : routers.both()) {
      router.awaitCli(SOON, SAS + " detail", "VPN Monitoring: UP");
    }
    TwoRouters.awaitRoutesOver(sites, PRIMARY);
  }

  private static String configuration(String name) {
    return TwoRouters.shipped(name).replaceAll("(?s)bfd-liveness-detection \\{.*?\\}", "");
  }
}
