package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * BGP over the multipoint unit of a hub, which allows whoever comes through a tunnel and reflects
 * nothing: each spoke is of an autonomous system that all spokes share, and is told of the others
 * by one route for all.
 */
class BgpStarSimulationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int SPOKES = 3;

  private final StarTopology star =
      new StarTopology(new SimulatedNetwork(22), SPOKES, BgpStarSimulationTest::bgp);

  @BeforeEach
  void bringUp() {
    star.start();
    awaitSpokes(SPOKES);
  }

  @Test
  void allPairsReachEachOtherThroughTheHub() {
    assertThat(star.unreached()).isEmpty();
    assertThat(star.hub().engine().bgp().summary().unconfiguredPeers()).isEqualTo(SPOKES);
  }

  @Test
  void aSpokeThatGoesIsForgottenAndAPeerAgainWhenItReturns() {
    star.router(2).stop();
    star.network().run(Duration.ofSeconds(10));
    assertThat(star.hub().engine().bgp().neighbors()).hasSize(SPOKES - 1);
    assertThat(star.hub().kernel().route(StarTopology.lan(2))).isNull();
    assertThat(star.unreached()).isEmpty();

    star.router(2).start();
    awaitSpokes(SPOKES);
    assertThat(star.unreached()).isEmpty();
  }

  @Test
  void aSpokeThatTheHubHasNeverHeardOfComesUpAndReachesAll() {
    star.add().start();
    awaitSpokes(SPOKES + 1);
    assertThat(star.unreached()).isEmpty();
  }

  private void awaitSpokes(int count) {
    assertThat(star.network().runUntil(() -> routesToSpokes() == count, PATIENCE))
        .as(() -> String.join("\n", star.network().trace().lines()))
        .isTrue();
    // And the other way.
    star.network().run(Duration.ofSeconds(10));
  }

  private long routesToSpokes() {
    long found = 0;
    for (int site = 1; site < star.routers().size(); site++) {
      found += star.hub().kernel().route(StarTopology.lan(site)) == null ? 0 : 1;
    }
    return found;
  }

  static String bgp(int site) {
    boolean isHub = site == 0;
    return """
    routing-options {
        autonomous-system %1$d;
        %2$s
    }
    protocols { bgp { group tunnels {
        type external;
        peer-as %3$d;
        export %4$s;
        %5$s
    } } }
    policy-options {
        policy-statement own { from { protocol direct; interface eth1.0; } then accept; }
        policy-statement all { from { protocol static; } then accept; }
    }
    """
        .formatted(
            isHub ? 65000 : 65001,
            isHub ? "static { route 172.16.0.0/12 discard; }" : "",
            isHub ? 65001 : 65000,
            isHub ? "all" : "own",
            isHub ? "allow 10.255.0.0/16;" : "neighbor " + StarTopology.tunnelAddress(0) + ";");
  }
}
