package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A thousand spokes on one unit of a hub that has heard of none of them, with BGP. */
@Tag("long")
class ThousandSpokesSimulationTest {
  private static final int SPOKES = 1_000;
  private static final int TRIED = 100;
  private static final Duration UP = Duration.ofSeconds(60);

  @Test
  void allComeUpWithinAMinuteAndOneThatGoesAndReturnsCostsTheOthersNothing() {
    StarTopology star =
        new StarTopology(new SimulatedNetwork(1000), SPOKES, BgpStarSimulationTest::bgp);
    star.start();
    awaitSpokes(star, SPOKES, UP);
    star.network().run(Duration.ofSeconds(10));
    assertSomeReachSome(star);
    Map<IpAddress, Long> before = flaps(star);

    star.router(7).crash();
    star.network().run(Duration.ofSeconds(95));
    assertThat(star.hub().engine().bgp().neighbors()).hasSize(SPOKES - 1);
    assertThat(star.reaches(8, 9)).isTrue();
    star.router(7).start();
    awaitSpokes(star, SPOKES, UP);
    star.network().run(Duration.ofSeconds(10));
    assertThat(star.reaches(7, 999)).isTrue();

    assertThat(flaps(star)).isEqualTo(before);
    assertThat(star.routers().subList(8, SPOKES + 1))
        .allSatisfy(spoke -> assertThat(spoke.ike().vpns()).allMatch(VpnStateView::up));
  }

  private static void awaitSpokes(StarTopology star, int count, Duration limit) {
    for (long second = 0; second < limit.toSeconds(); second++) {
      star.network().run(Duration.ofSeconds(1));
      if (established(star) == count) {
        return;
      }
    }
    assertThat(established(star)).as("within %s", limit).isEqualTo(count);
  }

  private static long established(StarTopology star) {
    return star.hub().engine().bgp().neighbors().stream()
        .filter(BgpNeighbor::isEstablished)
        .count();
  }

  /** Of each peer of the hub, as it counts them. */
  private static Map<IpAddress, Long> flaps(StarTopology star) {
    return star.hub().engine().bgp().neighbors().stream()
        .collect(Collectors.toMap(BgpNeighbor::address, BgpNeighbor::flaps));
  }

  private static void assertSomeReachSome(StarTopology star) {
    Random random = new Random(1);
    for (int i = 0; i < TRIED; i++) {
      int from = random.nextInt(SPOKES + 1);
      int to = (from + 1 + random.nextInt(SPOKES)) % (SPOKES + 1);
      assertThat(star.reaches(from, to)).as("%d to %d", from, to).isTrue();
    }
  }
}
