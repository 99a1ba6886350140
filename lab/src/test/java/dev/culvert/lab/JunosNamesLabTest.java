package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.PRIMARY;
import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.demo.TwoSites;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A branch whose configuration calls its ports as an SRX does: zones, IKE, tunnels and routes run
 * on the Linux devices behind them.
 */
@Lab(needs = "nft")
class JunosNamesLabTest {
  private final LabNetwork network = LabNetwork.create();
  private final TwoSites sites = TwoSites.build(network);

  @AfterEach
  void removeAll() {
    network.close();
  }

  @Test
  void portsStandForTheDevicesOfTheirNumbers() throws ControlException {
    String branch =
        TwoRouters.shipped("primary-backup-static").replaceAll("\\beth([0-9])\\b", "ge-0/0/$1");
    assertThat(branch).contains("external-interface ge-0/0/1.0;", "ge-0/0/2 {");
    TwoSites.Routers routers = sites.start(branch, TwoRouters.shipped("primary-backup-static-hub"));
    CulvertProcess router = routers.branch();
    router.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 2");
    TwoRouters.awaitRoutesOver(sites, PRIMARY);
    sites.branchHost().run("ping", "-c", "3", "-W", "2", TwoSites.HUB_HOST);

    assertThat(router.cli("show interfaces terse"))
        .containsPattern("ge-0/0/2\\.0 +up +up +inet +10\\.1\\.0\\.1/24")
        .doesNotContain("eth2");
    assertThat(router.cli("show interfaces ge-0/0/1"))
        .contains("Physical interface: ge-0/0/1, Enabled", "Linux device: eth1");
    assertThat(router.cli("show configuration security ike gateway hub-a"))
        .contains("external-interface ge-0/0/0.0;");
  }
}
