package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.TableId;
import dev.culvert.ospf.VirtualNetwork.VirtualRouter;
import dev.culvert.ospf.VirtualNetwork.Wire;
import dev.culvert.ospf.config.OspfConfig;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Three routers, each joined to the other two. */
class TriangleStoryTest {
  private VirtualNetwork network = new VirtualNetwork(7);
  private VirtualRouter a;
  private VirtualRouter b;
  private VirtualRouter c;
  private Wire ab;
  private Wire bc;

  private void build(long seed) {
    network = new VirtualNetwork(seed);
    a = network.router("10.255.0.1");
    b = network.router("10.255.0.2");
    c = network.router("10.255.0.3");
    ab = network.pointToPoint(a, "st0.0", "172.20.0.1/30", b, "st0.0", "172.20.0.2/30");
    bc = network.pointToPoint(b, "st0.1", "172.20.0.5/30", c, "st0.0", "172.20.0.6/30");
    network.pointToPoint(a, "st0.1", "172.20.0.9/30", c, "st0.1", "172.20.0.10/30");
    for (int i = 1; i <= 3; i++) {
      network.loopback(network.router("10.255.0." + i), "10.255.0." + i + "/32");
    }
    network.start();
  }

  @Test
  void twoWaysOfEqualCostShareARouteAndACutLeavesTheOther() {
    build(7);
    network.runSeconds(60);
    assertThat(a.routes())
        .containsEntry("10.255.0.2/32", "1 via st0.0/172.20.0.2")
        .containsEntry("172.20.0.4/30", "2 via st0.0/172.20.0.2, st0.1/172.20.0.10");
    LanStoryTest.assertOneDatabase(List.of(a, b, c));

    ab.cut = true;
    network.runSeconds(60);
    assertThat(a.routes())
        .containsEntry("10.255.0.2/32", "2 via st0.1/172.20.0.10")
        .containsEntry("172.20.0.4/30", "2 via st0.1/172.20.0.10");
    LanStoryTest.assertOneDatabase(List.of(a, b, c));

    ab.cut = false;
    network.runSeconds(60);
    assertThat(a.routes()).containsEntry("10.255.0.2/32", "1 via st0.0/172.20.0.2");
    LanStoryTest.assertOneDatabase(List.of(a, b, c));
  }

  @Test
  void databasesAgreeInSpiteOfTenPercentLoss() {
    for (long seed = 1; seed <= 10; seed++) {
      build(seed);
      network.loss = 0.1;
      network.runSeconds(300);
      network.loss = 0;
      network.runSeconds(60);
      assertThat(a.full()).as("seed %d", seed).isEqualTo(2);
      assertThat(b.database()).as("seed %d", seed).isEqualTo(a.database());
      assertThat(c.database()).as("seed %d", seed).isEqualTo(a.database());
      assertThat(a.routes()).as("seed %d", seed).hasSize(3);
    }
  }

  @Test
  void theSameSeedGivesTheSameTrace() {
    build(42);
    network.loss = 0.1;
    network.runSeconds(120);
    List<String> first = List.copyOf(network.trace);
    build(42);
    network.loss = 0.1;
    network.runSeconds(120);
    assertThat(network.trace).isEqualTo(first);
  }

  @Test
  void aRouterRestartedUnderTheSameIdOutbidsItsOwnOldLsas() {
    build(8);
    network.runSeconds(60);
    b.crash();
    network.runSeconds(1);
    b.restart();
    network.runSeconds(60);
    assertThat(a.full()).isEqualTo(2);
    assertThat(a.routes()).containsEntry("10.255.0.2/32", "1 via st0.0/172.20.0.2");
    LanStoryTest.assertOneDatabase(List.of(a, b, c));
  }

  @Test
  void aPartitionTakesTheRoutesAndHealingBringsThemBackWithOneDatabase() {
    build(9);
    network.runSeconds(60);
    ab.cut = true;
    bc.cut = true;
    network.runSeconds(60);
    assertThat(a.routes()).doesNotContainKey("10.255.0.2/32");
    assertThat(b.routes()).isEmpty();
    network.runSeconds(4000);
    ab.cut = false;
    bc.cut = false;
    network.runSeconds(60);
    assertThat(a.routes()).containsEntry("10.255.0.2/32", "1 via st0.0/172.20.0.2");
    LanStoryTest.assertOneDatabase(List.of(a, b, c));
  }

  @Test
  void lsasAreRefreshedSoThatNothingAgesOut() {
    build(10);
    network.runSeconds(3 * 3600);
    LanStoryTest.assertOneDatabase(List.of(a, b, c));
    assertThat(a.engine.database(network.now))
        .hasSize(3)
        .allSatisfy(e -> assertThat(e.header().age()).isLessThan(1810))
        .allSatisfy(e -> assertThat(e.header().sequenceNumber()).isGreaterThan(0x80000005));
    assertThat(a.neighbors())
        .allSatisfy(n -> assertThat(n.adjacent()).isGreaterThan(Duration.ofHours(2)));
  }

  @Test
  void aRouterThatStopsFlushesItsLsasAndIsGoneAtOnce() {
    build(11);
    network.runSeconds(60);
    b.commit(OspfConfig.NONE);
    network.runSeconds(10);
    assertThat(b.routes()).isEmpty();
    assertThat(b.open).isEmpty();
    assertThat(a.database()).hasSize(2);
    assertThat(a.full()).isEqualTo(1);
    LanStoryTest.assertOneDatabase(List.of(a, c));
  }

  @Test
  void exportedRoutesBecomeExternalsOfTypeOneOrTwoAndAreWithdrawnWithTheRoute() {
    build(12);
    PolicyChain policy =
        PolicyChain.of(
            "",
            """
            term one {
              from { protocol static; route-filter 10.77.0.0/16 exact; }
              then { metric 20; external { type 1; } tag 7; accept; }
            }
            term two { from protocol static; then accept; }
            """);
    b.commit(b.config.withExport(policy));
    b.export(statics("10.77.0.0/16"), statics("10.78.0.0/24"));
    network.runSeconds(60);
    assertThat(a.routes())
        .containsEntry("10.77.0.0/16", "21 via st0.0/172.20.0.2")
        .containsEntry("10.78.0.0/24", "0 via st0.0/172.20.0.2");
    Route external = a.rib.get(Ipv4Prefix.of("10.77.0.0/16"));
    assertThat(external.preference()).isEqualTo(150);
    assertThat(external.detail())
        .isEqualTo(new RouteDetail.Ospf(RouteDetail.OspfPathType.TYPE_1_EXTERNAL, 7, b.id));

    Route gone = statics("10.77.0.0/16");
    b.handle(
        new OspfEvent.RibChanged(
            List.of(
                new RibDelta(
                    TableId.INET,
                    gone.prefix(),
                    new ActiveRoute(gone, gone.nextHops(), network.now),
                    null))));
    network.runSeconds(10);
    assertThat(a.routes())
        .doesNotContainKey("10.77.0.0/16")
        .containsEntry("10.78.0.0/24", "0 via st0.0/172.20.0.2");
    LanStoryTest.assertOneDatabase(List.of(a, b, c));
  }

  @Test
  void prefixesThatShareANetworkNumberAreAllAdvertised() {
    build(13);
    b.commit(b.config.withExport(PolicyChain.of("", "then accept;")));
    b.export(
        statics("10.0.0.0/8"),
        statics("10.0.0.0/16"),
        statics("10.0.0.0/24"),
        statics("10.0.0.0/32"));
    network.runSeconds(60);
    assertThat(a.routes()).containsKeys("10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.0.0.0/32");
  }

  @Test
  void onlyDifferencesReachTheRib() {
    build(14);
    network.runSeconds(60);
    network.trace.clear();
    network.runSeconds(7200);
    assertThat(network.trace).noneMatch(line -> line.contains("UpdateRoutes"));
  }

  private static Route statics(String prefix) {
    return new Route(
        Ipv4Prefix.of(prefix),
        new RouteSource(RouteProtocol.STATIC, ""),
        5,
        0,
        0,
        List.of(new NextHop.Via(InterfaceName.of("eth9.0"), null)),
        new RouteDetail.Static(0));
  }
}
