package dev.culvert.bgp.rib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Origin;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** RFC 4271 §9.1.2.2 step by step: each pair differs in one thing only. */
class DecisionProcessTest {
  private final PathAttributes.Builder equal =
      new PathAttributes.Builder()
          .asPath(AsPath.sequence(65001L, 65002L))
          .nextHop(Ipv4Address.of("10.0.0.9"))
          .localPreference(100L);

  @Test
  void theLowerRoutePreferenceWins() {
    assertFirstWins(
        path(1, true, 160, 0, equal.build()),
        path(0, true, 170, 0, equal.build()),
        DecisionStep.ROUTE_PREFERENCE);
  }

  @Test
  void theHigherLocalPreferenceWins() {
    assertAttributesDecide(
        b -> b.localPreference(200L).asPath(AsPath.sequence(65001L, 1L, 2L)),
        b -> b,
        DecisionStep.LOCAL_PREFERENCE);
  }

  @Test
  void theShorterAsPathWins() {
    assertAttributesDecide(
        b -> b.asPath(AsPath.sequence(65001L)).origin(Origin.INCOMPLETE),
        b -> b,
        DecisionStep.AS_PATH);
  }

  @Test
  void theLowerOriginWins() {
    assertAttributesDecide(
        b -> b.origin(Origin.IGP).med(50L), b -> b.origin(Origin.EGP), DecisionStep.ORIGIN);
  }

  @Test
  void theLowerMedWinsBetweenPathsOfOneNeighborAsAndAbsenceIsTheLowest() {
    assertAttributesDecide(b -> b, b -> b.med(1L), DecisionStep.MED);
  }

  @Test
  void theMedOfDifferentNeighborsIsNotCompared() {
    Path low = path(2, true, 170, 0, equal.med(1L).build());
    Path high =
        path(1, true, 170, 0, equal.asPath(AsPath.sequence(65009L, 65002L)).med(9L).build());
    assertFirstWins(high, low, DecisionStep.ROUTER_ID);
  }

  @Test
  void theExternalPathWins() {
    assertFirstWins(
        path(2, true, 170, 9, equal.build()),
        path(1, false, 170, 0, equal.build()),
        DecisionStep.EXTERNAL_OVER_INTERNAL);
  }

  @Test
  void theNearerNextHopWins() {
    assertFirstWins(
        path(2, false, 170, 5, equal.build()),
        path(1, false, 170, 6, equal.build()),
        DecisionStep.IGP_METRIC);
  }

  @Test
  void theLowerRouterIdWins() {
    assertFirstWins(
        path(1, true, 170, 0, equal.build()),
        path(2, true, 170, 0, equal.build()),
        DecisionStep.ROUTER_ID);
  }

  @Test
  void theOriginatorStandsForTheRouterIdAndThenTheShorterClusterListWins() {
    PathAttributes near = equal.originatorId(RouterId.of("1.1.1.1")).clusterList(List.of()).build();
    PathAttributes far =
        equal
            .originatorId(RouterId.of("1.1.1.1"))
            .clusterList(List.of(RouterId.of("2.2.2.2")))
            .build();
    assertFirstWins(
        path(2, false, 170, 0, near), path(1, false, 170, 0, far), DecisionStep.CLUSTER_LIST);
  }

  @Test
  void theLowerPeerAddressDecidesAtLast() {
    RouterId same = RouterId.of("1.1.1.1");
    PathAttributes attributes = equal.originatorId(same).build();
    assertFirstWins(
        path(1, true, 170, 0, attributes),
        path(2, true, 170, 0, attributes),
        DecisionStep.UPDATE_SOURCE);
  }

  @Test
  void aPathWhoseNextHopDoesNotResolveIsNotConsidered() {
    TrackedNextHop unresolved = new TrackedNextHop(Ipv4Address.of("10.0.0.9"));
    Path path = new Path(source(1, true), equal.build(), 170, 0, unresolved);
    assertThat(DecisionProcess.rank(List.of(path))).isEmpty();
  }

  /** The classic case in which comparing in pairs would find a different best one each time. */
  @Test
  void theMedCycleOfThreePathsHasOneWinnerInWhateverOrder() {
    Path a = path(1, true, 170, 10, equal.med(10L).build());
    Path b = path(2, true, 170, 5, equal.med(20L).build());
    Path c = path(3, true, 170, 7, equal.asPath(AsPath.sequence(65009L, 65002L)).med(0L).build());
    for (List<Path> order : List.of(List.of(a, b, c), List.of(c, b, a), List.of(b, c, a))) {
      assertThat(DecisionProcess.rank(order).getFirst().path()).isSameAs(c);
    }
  }

  @Test
  void theRankingDoesNotDependOnTheOrderOfArrival() {
    long seed = 20261124;
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      List<Path> paths = new ArrayList<>();
      int count = 1 + random.nextInt(6);
      for (int peer = 1; peer <= count; peer++) {
        paths.add(randomPath(peer, random));
      }
      List<DecisionProcess.Ranked> ranked = DecisionProcess.rank(paths);
      Collections.shuffle(paths, random);
      assertThat(DecisionProcess.rank(paths)).as("seed %d round %d", seed, round).isEqualTo(ranked);
      assertThat(ranked).hasSize(count);
      assertThat(ranked.getFirst().lostAt()).isNull();
      assertThat(ranked.stream().skip(1)).allMatch(r -> r.lostAt() != null);
    }
  }

  private static Path randomPath(int peer, Random random) {
    PathAttributes attributes =
        new PathAttributes.Builder()
            .asPath(AsPath.sequence(65001L + random.nextInt(2), 65002L))
            .nextHop(Ipv4Address.of("10.0.0.9"))
            .origin(random.nextInt(4) == 0 ? Origin.EGP : Origin.IGP)
            .med((long) random.nextInt(3))
            .localPreference(100L + random.nextInt(2))
            .build();
    return path(peer, random.nextBoolean(), 170, random.nextInt(3), attributes);
  }

  private void assertAttributesDecide(
      UnaryOperator<PathAttributes.Builder> better,
      UnaryOperator<PathAttributes.Builder> worse,
      DecisionStep step) {
    PathAttributes base = equal.build();
    // The better path has the worse router id: nothing later may have decided.
    assertFirstWins(
        path(2, true, 170, 0, better.apply(base.toBuilder()).build()),
        path(1, true, 170, 0, worse.apply(base.toBuilder()).build()),
        step);
  }

  private static void assertFirstWins(Path winner, Path loser, DecisionStep step) {
    for (List<Path> order : List.of(List.of(winner, loser), List.of(loser, winner))) {
      assertThat(DecisionProcess.rank(order))
          .containsExactly(
              new DecisionProcess.Ranked(winner, null), new DecisionProcess.Ranked(loser, step));
    }
  }

  private static Path path(
      int peer, boolean external, long preference, long igpMetric, PathAttributes attributes) {
    TrackedNextHop nextHop = new TrackedNextHop(Ipv4Address.of("10.0.0.9"));
    nextHop.resolve(new NextHopState(igpMetric));
    return new Path(source(peer, external), attributes, preference, 0, nextHop);
  }

  private static PathSource source(int peer, boolean external) {
    return PathSource.of(new Ipv4Address(0x0A000000 + peer), new RouterId(peer), 65001, external);
  }
}
