package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ospf.neighbor.NeighborState;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** OSPF over the multipoint unit of a hub, whose spokes it has never heard of. */
class OspfStarSimulationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int SPOKES = 3;

  private final StarTopology star =
      new StarTopology(new SimulatedNetwork(21), SPOKES, OspfStarSimulationTest::ospf);

  @BeforeEach
  void bringUp() {
    star.start();
    assertThat(star.network().runUntil(() -> full() == SPOKES, PATIENCE))
        .as(() -> String.join("\n", star.network().trace().lines()))
        .isTrue();
    star.network().run(Duration.ofSeconds(5));
  }

  @Test
  void allPairsReachEachOtherThroughTheHub() {
    assertThat(star.unreached()).isEmpty();
    assertThat(star.hub().kernel().route(StarTopology.lan(2)).toString()).contains("10.255.0.3");
  }

  @Test
  void aSpokeThatGoesIsForgottenAndFoundAgainWhileTheOthersGoOn() {
    star.router(2).stop();
    star.network().run(Duration.ofSeconds(5));
    assertThat(full()).isEqualTo(SPOKES - 1);
    assertThat(star.hub().kernel().route(StarTopology.lan(2))).isNull();
    assertThat(star.unreached()).isEmpty();

    star.router(2).start();
    assertThat(star.network().runUntil(() -> full() == SPOKES, PATIENCE)).isTrue();
    star.network().run(Duration.ofSeconds(10));
    assertThat(star.unreached()).isEmpty();
  }

  @Test
  void aSpokeThatDiesWithoutAWordIsForgottenAfterTheDeadInterval() {
    star.router(2).crash();
    star.network().run(Duration.ofSeconds(45));
    assertThat(star.hub().kernel().route(StarTopology.lan(2))).isNull();

    star.router(2).start();
    assertThat(star.network().runUntil(() -> full() == SPOKES, PATIENCE)).isTrue();
    star.network().run(Duration.ofSeconds(10));
    assertThat(star.unreached()).isEmpty();
  }

  @Test
  void aSpokeThatTheHubHasNeverHeardOfComesUpAndReachesAll() {
    star.add().start();
    assertThat(star.network().runUntil(() -> full() == SPOKES + 1, PATIENCE)).isTrue();
    star.network().run(Duration.ofSeconds(10));
    assertThat(star.unreached()).isEmpty();
  }

  @Test
  void aHubThatDiesAndReturnsHasAllItsSpokesAgain() {
    star.hub().crash();
    star.network().run(Duration.ofSeconds(3));
    star.hub().start();
    assertThat(star.network().runUntil(() -> full() == SPOKES, Duration.ofMinutes(3))).isTrue();
    star.network().run(Duration.ofSeconds(15));
    assertThat(star.unreached()).isEmpty();
  }

  private long full() {
    return star.hub().isRunning()
        ? star.hub().engine().ospf().neighbors(star.hub().now()).stream()
            .filter(n -> n.state() == NeighborState.FULL)
            .count()
        : 0;
  }

  private static String ospf(int site) {
    return """
    protocols { ospf { area 0.0.0.0 {
        interface st0.0 { %s }
        interface eth1.0 { passive; }
    } } }
    """
        .formatted(site == 0 ? "interface-type p2mp; dynamic-neighbors;" : "");
  }
}
