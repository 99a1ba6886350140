package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Two routers and the tunnel between them. */
class PointToPointStoryTest {
  private final VirtualNetwork network = new VirtualNetwork(1);
  private final VirtualNetwork.VirtualRouter branch = network.router("10.255.0.1");
  private final VirtualNetwork.VirtualRouter hub = network.router("10.255.0.2");

  @Test
  void twoRoutersAcrossATunnelReachFullAndExchangeTheirLoopbacks() {
    network.pointToPoint(branch, "st0.0", "172.20.0.1/30", hub, "st0.0", "172.20.0.2/30");
    network.loopback(branch, "10.255.0.1/32");
    network.loopback(hub, "10.255.0.2/32");
    network.start();
    network.runSeconds(10);
    assertThat(branch.full()).isEqualTo(1);
    assertThat(hub.full()).isEqualTo(1);
    assertThat(branch.database()).isEqualTo(hub.database()).hasSize(2);
    assertThat(branch.routes())
        .containsOnly(java.util.Map.entry("10.255.0.2/32", "1 via st0.0/172.20.0.2"));
    assertThat(hub.routes())
        .containsOnly(java.util.Map.entry("10.255.0.1/32", "1 via st0.0/172.20.0.1"));
  }

  /** A tunnel carries nothing before both ends have its SAs, and one end has them first. */
  @Test
  void helloesThatAreLostAtTheStartDoNotCostAWholeHelloInterval() {
    VirtualNetwork.Wire tunnel =
        network.pointToPoint(branch, "st0.0", "172.20.0.1/30", hub, "st0.0", "172.20.0.2/30");
    tunnel.cut = true;
    network.start();
    network.runSeconds(2);
    tunnel.cut = false;
    network.runSeconds(2);
    assertThat(branch.full()).isEqualTo(1);
    assertThat(hub.full()).isEqualTo(1);
  }

  @Test
  void aTunnelWhereNobodyAnswersIsNotFilledWithHellos() {
    network.pointToPoint(branch, "st0.0", "172.20.0.1/30", hub, "st0.0", "172.20.0.2/30").cut =
        true;
    network.start();
    network.runSeconds(60);
    long hellos = branch.engine.statistics().sent().getOrDefault("Hello", 0L);
    assertThat(hellos).isBetween(10L, 13L);
  }
}
