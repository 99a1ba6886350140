package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.BACKUP;
import static dev.culvert.lab.TwoRouters.HUB_LAN;
import static dev.culvert.lab.TwoRouters.HUB_SECOND_LAN;
import static dev.culvert.lab.TwoRouters.PRIMARY;
import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.lab.demo.HostPinger;
import dev.culvert.lab.demo.Leftovers;
import dev.culvert.lab.demo.TwoSites;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two real routers with a primary and a backup tunnel: paths that fail, routers that end. */
@Lab
class TwoRoutersLabTest {
  private LabNetwork network;
  private TwoSites sites;
  private TwoSites.Routers routers;

  @BeforeEach
  void bringUpTwoSites() {
    network = LabNetwork.create();
    sites = TwoSites.build(network);
    routers = sites.start(TwoRouters.configuration("branch"), TwoRouters.configuration("hub"));
    TwoRouters.awaitConverged(sites, routers);
  }

  @AfterEach
  void removeAll() {
    network.close();
  }

  @Test
  void aPathCutInSilenceIsLeftForTheBackupAndTakenAgainOnceHealed() throws Exception {
    try (HostPinger pinger =
        HostPinger.start(sites.branchHost(), sites.hubHost(), TwoSites.HUB_HOST)) {
      pinger.awaitAnswers(SOON, 50);

      int cut = pinger.mark();
      sites.cutPathA();
      TwoRouters.awaitRoutesOver(sites, BACKUP);
      pinger.awaitAnswers(SOON, 50);
      // BFD needs 900 ms here; OSPF alone would need 40 s, and DPD 30 s.
      assertThat(pinger.since(cut).lost()).isBetween(1, 500);
      TwoRouters.awaitRoute(sites.branch(), HUB_SECOND_LAN, BACKUP);

      sites.healPathA();
      TwoRouters.awaitRoutesOver(sites, PRIMARY);
      TwoRouters.awaitRoute(sites.branch(), HUB_SECOND_LAN, PRIMARY);
      pinger.awaitAnswers(SOON, 50);
    }
  }

  @Test
  void anOrderlyStopTellsThePeerAndLeavesNeitherRouteNorDevice() {
    assertThat(Leftovers.in(sites.branch())).contains(HUB_LAN, "st0.0", "st0.1");

    assertThat(routers.branch().stop()).isTrue();

    assertThat(routers.branch().process().exitStatus()).isZero();
    assertThat(Leftovers.in(sites.branch())).isEmpty();
    assertThat(routers.branch().runDir()).isEmptyDirectory();
    CulvertProcess hub = routers.hub();
    hub.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 0");
    assertThat(hub.log())
        .contains("IKE_VPN_DOWN vpn=to-branch-a", "IKE_VPN_DOWN vpn=to-branch-b")
        .contains("reason=deleted-by-peer")
        .contains("Cease: administrative shutdown");
    assertThat(sites.hub().ip("route", "show", TwoRouters.BRANCH_LAN)).isEmpty();
  }

  @Test
  void aKilledRouterComesBackWithItsTunnelsAndWithoutStaleRoutesOrDevices() throws Exception {
    routers.branch().kill();
    // What the next run finds: routes of the last one, among them one nobody wants any more.
    String protocol = Integer.toString(RouteProtocolNumber.CULVERT);
    String metric = Integer.toString(KernelRoute.METRIC);
    sites.branch().route("10.99.0.0/24", "via", "192.0.2.1", "proto", protocol, "metric", metric);
    assertThat(Leftovers.in(sites.branch())).contains("10.99.0.0/24", "198.51.100.2");

    routers.branch().restart();

    TwoRouters.awaitConverged(sites, routers);
    Await.until(
        SOON, "the stale route to be swept", () -> !sites.branch().hasRoute("10.99.0.0/24"));
    assertThat(Leftovers.in(sites.branch()))
        .containsOnlyOnce(HUB_LAN)
        .containsOnlyOnce(HUB_SECOND_LAN)
        .containsOnlyOnce(": st0.0:")
        .containsOnlyOnce(": st0.1:");
    try (HostPinger pinger =
        HostPinger.start(sites.branchHost(), sites.hubHost(), TwoSites.HUB_HOST)) {
      pinger.awaitAnswers(SOON, 50);
    }
  }
}
