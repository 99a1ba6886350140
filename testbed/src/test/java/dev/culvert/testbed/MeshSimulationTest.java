package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three offices with tunnels between all of them, on an Internet that loses every tenth packet, and
 * worse. What must hold once things are quiet: forwarding reaches exactly what the wires reach,
 * without circles, and nothing from the inside was ever seen outside.
 */
class MeshSimulationTest {
  private static final LinkConditions LOSSY = LinkConditions.INTERNET.withLoss(10);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void threeOfficesFindEachOtherAlthoughEveryTenthPacketIsLost(long seed) {
    MeshTopology mesh = upAndAdjacent(seed, LOSSY);

    assertQuietAndRight(mesh);
    assertThat(mesh.internet().packetsLost()).isPositive();
  }

  @Test
  void duplicatedAndReorderedPacketsChangeNothing() {
    MeshTopology mesh =
        upAndAdjacent(11, LinkConditions.INTERNET.withDuplication(20).withReordering(20));

    assertQuietAndRight(mesh);
    assertThat(flaps(mesh)).isZero();
  }

  @Test
  void theSameSeedGivesTheSameTraceAndAnotherSeedAnother() {
    assertThat(traceOfAMinute(42)).isEqualTo(traceOfAMinute(42)).isNotEqualTo(traceOfAMinute(43));
  }

  private static long traceOfAMinute(long seed) {
    MeshTopology mesh = mesh(seed, LOSSY.withDuplication(5).withReordering(5));
    mesh.start();
    mesh.network().run(Duration.ofSeconds(20));
    mesh.cut(1, 2);
    mesh.network().run(Duration.ofSeconds(40));
    return mesh.network().trace().digest();
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22})
  void trafficGoesByTheThirdOfficeWhileAPathIsCutAndComesBack(long seed) {
    MeshTopology mesh = upAndAdjacent(seed, LOSSY);
    assertThat(outTo(mesh, 1, "10.2.0.0/24")).isEqualTo("st0.2");
    assertThat(outTo(mesh, 1, "10.2.1.0/24")).isEqualTo("st0.2");

    mesh.cut(1, 2);

    assertThat(
            mesh.network().runUntil(() -> outTo(mesh, 1, "10.2.0.0/24").equals("st0.3"), PATIENCE))
        .isTrue();
    mesh.network().run(Duration.ofSeconds(60));
    assertThat(outTo(mesh, 1, "10.2.1.0/24")).isEqualTo("st0.3");
    assertQuietAndRight(mesh);

    mesh.internet().heal();

    awaitAdjacent(mesh);
    mesh.network().run(Duration.ofSeconds(30));
    assertThat(outTo(mesh, 1, "10.2.0.0/24")).isEqualTo("st0.2");
    assertThat(outTo(mesh, 1, "10.2.1.0/24")).isEqualTo("st0.2");
    assertQuietAndRight(mesh);
  }

  @Test
  void aPathThatCarriesOneWayOnlyIsNotUsed() {
    MeshTopology mesh = upAndAdjacent(31, LinkConditions.INTERNET);

    mesh.internet().cutOneWay(mesh.router(1).kernel(), mesh.router(2).kernel());
    mesh.network().run(Duration.ofSeconds(60));

    assertThat(outTo(mesh, 1, "10.2.0.0/24")).isEqualTo("st0.3");
    assertThat(outTo(mesh, 2, "10.1.0.0/24")).isEqualTo("st0.3");
    assertQuietAndRight(mesh);
  }

  @Test
  void anOfficeThatIsCutOffIsReachedByNobodyAndReachesNobody() {
    MeshTopology mesh = upAndAdjacent(32, LinkConditions.INTERNET);

    mesh.cut(3, 1);
    mesh.cut(3, 2);
    mesh.network().run(Duration.ofMinutes(3));

    assertThat(mesh.router(1).kernel().route("10.3.0.0/24")).isNull();
    assertThat(mesh.router(1).kernel().route("10.3.1.0/24")).isNull();
    assertQuietAndRight(mesh);
  }

  @ParameterizedTest
  @ValueSource(longs = {51, 52, 53})
  void rekeysUnderLossNeverTakeATunnelDown(long seed) {
    assertNoRekeyTakesATunnelDown(upAndAdjacent(seed, LOSSY));
  }

  /** RFC 9611: each tunnel has as many pairs as its initiator has queues. */
  @ParameterizedTest
  @ValueSource(longs = {71, 72, 73})
  void tunnelsOfSeveralPairsComeUpAndAreRekeyedUnderLossLikeAnyOther(long seed) {
    MeshTopology mesh = upAndAdjacent(queues(mesh(seed, LOSSY), 2, 3, 4));
    mesh.network().run(Duration.ofMinutes(2));
    assertThat(mesh.router(1).ike().vpns()).extracting(VpnStateView::pairs).containsOnly(2);
    assertThat(mesh.router(3).ike().ipsecSas(mesh.router(3).now()).size()).isBetween(5, 8);

    assertNoRekeyTakesATunnelDown(mesh);
    mesh.network().run(Duration.ofMinutes(2));
    assertThat(mesh.router(1).ike().vpns()).extracting(VpnStateView::pairs).containsOnly(2);
  }

  @Test
  void oneRouterWithSeveralQueuesAmongOthersWithoutHasOnePairATunnel() {
    MeshTopology mesh = upAndAdjacent(queues(mesh(74, LOSSY), 2, 1, 1));
    mesh.network().run(Duration.ofMinutes(2));
    assertThat(mesh.router(1).ike().vpns()).extracting(VpnStateView::pairs).containsOnly(1);
    assertQuietAndRight(mesh);
  }

  private static MeshTopology queues(MeshTopology mesh, int... queues) {
    for (int office = 1; office <= queues.length; office++) {
      String extra = "security { ipsec { queues " + queues[office - 1] + "; } }";
      String text = MeshTopology.configuration(office, queues.length, extra);
      mesh.router(office).commit(MeshTopology.read(text));
    }
    return mesh;
  }

  private static void assertNoRekeyTakesATunnelDown(MeshTopology mesh) {
    long flaps = flaps(mesh);
    long livenessLost = livenessLost(mesh);

    for (int round = 0; round < 6; round++) {
      boolean ikeSa = round % 2 == 1;
      mesh.router(1).submit(new IkeEvent.RekeyRequested("r2", ikeSa));
      mesh.router(3).submit(new IkeEvent.RekeyRequested("r1", ikeSa));
      mesh.router(2).submit(new IkeEvent.RekeyRequested("r3", ikeSa));
      mesh.router(3).submit(new IkeEvent.RekeyRequested("r2", ikeSa)); // Both ends at once.
      mesh.network().run(Duration.ofSeconds(40));
    }

    assertThat(mesh.router(1).ike().vpns())
        .allSatisfy(v -> {
          assertThat(v.childRekeys()).isPositive();
          assertThat(v.ikeRekeys()).isPositive();
        });
    assertThat(flaps(mesh)).isEqualTo(flaps);
    assertThat(livenessLost(mesh)).isEqualTo(livenessLost);
    assertQuietAndRight(mesh);
  }

  @Test
  void noPacketIsLostAtARekeyWhereTheNetworkLosesNone() {
    assertNoPacketIsLostAtARekey(upAndAdjacent(54, LinkConditions.INTERNET));
    assertNoPacketIsLostAtARekey(upAndAdjacent(queues(mesh(55, LinkConditions.INTERNET), 2, 2, 2)));
  }

  private static void assertNoPacketIsLostAtARekey(MeshTopology mesh) {
    mesh.network().run(Duration.ofSeconds(20));
    List<SimulatedHost.Probe> probes = new ArrayList<>();

    mesh.router(1).submit(new IkeEvent.RekeyRequested("r2", false));
    mesh.router(1).submit(new IkeEvent.RekeyRequested("r2", true));
    for (int i = 0; i < 1000; i++) {
      probes.add(mesh.host(1, i % 2).probe(MeshTopology.hostAddress(2, 0)));
      mesh.network().run(Duration.ofMillis(2));
    }
    mesh.network().run(Duration.ofSeconds(1));

    assertThat(mesh.router(1).ike().vpns().getFirst().childRekeys()).isPositive();
    assertThat(probes).allMatch(SimulatedHost.Probe::answered);
  }

  @Test
  void aCrashedRouterAdoptsWhatItLeftInTheKernelAndSweepsTheRest() {
    MeshTopology mesh = upAndAdjacent(61, LOSSY);
    SimulatedRouter first = mesh.router(1);
    // A route of an earlier run that nobody will ask for again.
    first
        .kernel()
        .routes()
        .add(
            SimulatedRoutes.route(
                RouteProtocolNumber.CULVERT, KernelRoute.METRIC, "10.99.0.0/16", "eth1.0", null));

    first.crash();
    mesh.network().run(Duration.ofSeconds(3));
    first.start();

    awaitAdjacent(mesh);
    mesh.network().run(Duration.ofSeconds(60));
    assertThat(first.kernel().route("10.99.0.0/16")).isNull();
    assertThat(first.engine().fib().isSynchronized()).isTrue();
    assertThat(first.kernel().routes().ours())
        .containsExactlyInAnyOrderElementsOf(first.engine().fib().installed());
    assertQuietAndRight(mesh);
  }

  @Test
  void aRouterThatStopsInOrderLeavesNoRouteAndIsMissedAtOnce() {
    MeshTopology mesh = upAndAdjacent(62, LinkConditions.INTERNET);

    mesh.router(3).stop();
    mesh.network().run(Duration.ofSeconds(10));

    assertThat(mesh.router(3).kernel().routes().all()).isEmpty();
    assertThat(mesh.router(1).kernel().route("10.3.0.0/24")).isNull();
    assertThat(mesh.router(1).kernel().route("10.3.1.0/24")).isNull();
    assertQuietAndRight(mesh);
  }

  // --- What the stories are told with ------------------------------------------------------------

  private static MeshTopology mesh(long seed, LinkConditions conditions) {
    return new MeshTopology(new SimulatedNetwork(seed), 3, conditions);
  }

  private static MeshTopology upAndAdjacent(long seed, LinkConditions conditions) {
    return upAndAdjacent(mesh(seed, conditions));
  }

  private static MeshTopology upAndAdjacent(MeshTopology mesh) {
    mesh.start();
    awaitAdjacent(mesh);
    mesh.network().run(Duration.ofSeconds(15));
    return mesh;
  }

  private static void awaitAdjacent(MeshTopology mesh) {
    assertThat(mesh.network().runUntil(mesh::fullyAdjacent, PATIENCE))
        .as(() -> "adjacency, seed %d:%n%s".formatted(mesh.network().seed(), story(mesh)))
        .isTrue();
  }

  private static void assertQuietAndRight(MeshTopology mesh) {
    assertThat(mesh.disagreements())
        .as(() -> "reachability, seed %d:%n%s".formatted(mesh.network().seed(), story(mesh)))
        .isEmpty();
    assertThat(mesh.cleartextPackets()).as("packets outside that belong inside").isZero();
  }

  private static String story(MeshTopology mesh) {
    return String.join("\n", mesh.network().trace().lines());
  }

  private static String outTo(MeshTopology mesh, int office, String prefix) {
    FibEntry entry = mesh.router(office).kernel().route(prefix);
    return entry == null ? "" : entry.nextHops().getFirst().out().toString();
  }

  private static long flaps(MeshTopology mesh) {
    return mesh.routers().stream()
        .flatMap(r -> r.ike().vpns().stream())
        .mapToLong(VpnStateView::flaps)
        .sum();
  }

  private static long livenessLost(MeshTopology mesh) {
    return mesh.routers().stream().mapToLong(SimulatedRouter::livenessLost).sum();
  }
}
