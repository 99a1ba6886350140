package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.ospf.VirtualNetwork.VirtualRouter;
import dev.culvert.ospf.VirtualNetwork.Wire;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Four routers on one LAN. */
class LanStoryTest {
  private final VirtualNetwork network = new VirtualNetwork(4);
  private final List<VirtualRouter> routers = new ArrayList<>();

  @BeforeEach
  void buildTheLan() {
    Wire lan = new Wire();
    for (int i = 1; i <= 4; i++) {
      VirtualRouter router = network.router("10.255.0." + i);
      network.attach(
          router,
          lan,
          OspfInterfaceConfig.of(InterfaceName.of("eth0.0")),
          false,
          "192.0.2." + i + "/24");
      network.loopback(router, "10.255.0." + i + "/32");
      routers.add(router);
    }
    network.start();
  }

  @Test
  void theHighestRouterIdBecomesDesignatedRouterAndTheOthersAreAdjacentToItAndItsBackup() {
    network.runSeconds(120);
    assertThat(state(3)).isEqualTo(OspfInterfaceState.DR);
    assertThat(state(2)).isEqualTo(OspfInterfaceState.BACKUP);
    assertThat(state(0)).isEqualTo(OspfInterfaceState.DR_OTHER);
    assertThat(routers.get(3).full()).isEqualTo(3);
    assertThat(routers.get(2).full()).isEqualTo(3);
    assertThat(routers.get(0).full()).isEqualTo(2);
    assertThat(routers.get(0).neighbors())
        .anySatisfy(n -> assertThat(n.state()).isEqualTo(NeighborState.TWO_WAY));
    assertOneDatabase(routers);
    assertThat(routers.get(0).routes())
        .containsEntry("10.255.0.2/32", "1 via eth0.0/192.0.2.2")
        .containsEntry("10.255.0.3/32", "1 via eth0.0/192.0.2.3")
        .containsEntry("10.255.0.4/32", "1 via eth0.0/192.0.2.4")
        .hasSize(3);
    assertThat(routers.get(3).designated).hasSize(1);
    assertThat(routers.get(0).designated).isEmpty();
  }

  @Test
  void theBackupTakesOverWhenTheDesignatedRouterDiesAndItComesBackAsAnOrdinaryRouter() {
    network.runSeconds(120);
    routers.get(3).crash();
    network.runSeconds(60);
    assertThat(state(2)).isEqualTo(OspfInterfaceState.DR);
    assertThat(state(1)).isEqualTo(OspfInterfaceState.BACKUP);
    assertThat(routers.get(0).routes())
        .containsEntry("10.255.0.2/32", "1 via eth0.0/192.0.2.2")
        .doesNotContainKey("10.255.0.4/32");
    assertOneDatabase(routers.subList(0, 3));

    routers.get(3).restart();
    network.runSeconds(120);
    assertThat(state(2)).isEqualTo(OspfInterfaceState.DR);
    assertThat(state(3)).isEqualTo(OspfInterfaceState.DR_OTHER);
    assertThat(routers.get(0).routes()).containsEntry("10.255.0.4/32", "1 via eth0.0/192.0.2.4");
    assertOneDatabase(routers);
  }

  @Test
  void anInterfaceThatGoesDownLeavesTheDesignatedRoutersGroupOnceAndElectsNobody() {
    network.runSeconds(120);
    network.trace.clear();
    routers.get(3).setUp("eth0.0", false);
    assertThat(network.trace).filteredOn(l -> l.contains("LeaveAllDRouters")).hasSize(1);
    assertThat(network.trace).noneMatch(l -> l.contains("JoinAllDRouters"));
    assertThat(routers.get(3).neighbors()).isEmpty();
  }

  static void assertOneDatabase(List<VirtualRouter> routers) {
    for (VirtualRouter router : routers) {
      assertThat(router.database()).isEqualTo(routers.getFirst().database());
    }
  }

  private OspfInterfaceState state(int router) {
    return routers.get(router).engine.interfaces(network.now).stream()
        .filter(i -> i.name().equals(InterfaceName.of("eth0.0")))
        .findFirst()
        .orElseThrow()
        .state();
  }
}
