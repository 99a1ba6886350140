package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.engine.system.NextHopTunnel;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.ShortcutCounts;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Spokes that talk through a hub get a shortcut, and lose nothing by it. */
class ShortcutSimulationTest {
  private static final Duration OFTEN = Duration.ofMillis(20);
  private static final Duration WHILE = Duration.ofSeconds(10);
  private static final Duration ANSWER_TIME = Duration.ofSeconds(1);

  /** Of dead peer detection of a shortcut, with what a packet may take. */
  private static final Duration FOUND_OUT = Duration.ofSeconds(12);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void twoThatTalkHaveAShortcutAndLoseNothingOnTheWayIn(boolean multipoint) {
    ShortcutStar star = new ShortcutStar(1, 4, LinkConditions.INTERNET, multipoint, "");
    star.talk(WHILE, OFTEN, 1, 2);

    assertThat(star.shortcuts(1)).containsExactly("2 up");
    assertThat(star.shortcuts(2)).containsExactly("1 up");
    assertThat(star.shortcuts(3)).isEmpty();
    assertThat(star.unanswered()).isZero();
    assertThat(star.faults()).isEmpty();

    star.takeSeen(1, 0);
    star.takeSeen(1, 2);
    star.talk(WHILE, OFTEN, 1, 2);
    assertThat(star.takeSeen(1, 2)).isGreaterThan(900);
    assertThat(star.takeSeen(1, 0)).isLessThan(50);
    assertThat(star.unanswered()).isZero();

    ShortcutCounts hub = star.routers.get(0).ike().statistics().shortcuts();
    assertThat(hub.sent()).isEqualTo(2);
    assertThat(hub.sentAccepted()).isEqualTo(2);
  }

  @Test
  void aSinglePacketIsNoTalk() {
    ShortcutStar star = new ShortcutStar(2, 3, LinkConditions.INTERNET, false, "");
    for (int i = 0; i < 5; i++) {
      star.probe(1, 2);
      star.network.run(Duration.ofSeconds(30));
    }
    assertThat(star.routers.get(0).ike().statistics().shortcuts().sent()).isZero();
  }

  @Test
  void oneThatCarriesLittleGoesAndNothingIsLostOnTheWayOut() {
    ShortcutStar star =
        new ShortcutStar(3, 3, LinkConditions.INTERNET, false, "idle-time 60; idle-threshold 20;");
    star.talk(WHILE, OFTEN, 1, 2);
    assertThat(star.shortcuts(1)).containsExactly("2 up");

    // Ten packets a second of both directions, each by itself.
    star.talk(Duration.ofSeconds(75), Duration.ofMillis(400), 1, 2);
    assertThat(star.shortcuts(1)).contains("2 ended");
    assertThat(star.shortcuts(2)).contains("1 ended");
    assertThat(star.unanswered()).isZero();
    assertThat(star.faults()).isEmpty();

    // The hub has suggested another one meanwhile.
    star.network.run(Duration.ofSeconds(200));
    for (int site : List.of(1, 2)) {
      assertThat(star.routers.get(site).ike().ipsecSas(star.network.time().now())).hasSize(1);
      assertThat(star.routers.get(site).ike().ikeSas(star.network.time().now())).hasSize(1);
    }

    star.talk(WHILE, OFTEN, 1, 2);
    assertThat(star.shortcuts(1)).startsWith("2 up").hasSizeGreaterThan(1);
    assertThat(star.unanswered()).isZero();
  }

  @Test
  void whereThePathBetweenTheTwoBreaksAllGoesByTheHubAgain() {
    ShortcutStar star = new ShortcutStar(4, 3, LinkConditions.INTERNET, true, "");
    star.talk(WHILE, OFTEN, 1, 2);
    assertThat(star.shortcuts(1)).containsExactly("2 up");

    star.internet.cut(star.routers.get(1).kernel(), star.routers.get(2).kernel());
    star.talk(FOUND_OUT, OFTEN, 1, 2);
    star.probes.clear();
    star.talk(WHILE, OFTEN, 1, 2);
    assertThat(star.unanswered()).isZero();
    assertThat(star.shortcuts(1)).doesNotContain("2 up");
    assertThat(star.shortcuts(2)).doesNotContain("1 up");
    assertThat(star.routers.get(1).ike().ipsecSas(star.network.time().now()))
        .noneMatch(IpsecSaView::shortcut);

    // What the hub suggests meanwhile fails, at growing intervals, and does no harm.
    star.talk(Duration.ofMinutes(5), Duration.ofMillis(500), 1, 2);
    assertThat(star.unanswered()).isZero();
    assertThat(star.shortcuts(1)).contains("2 failed");
    assertThat(star.routers.get(0).ike().statistics().shortcuts().sent()).isBetween(4L, 10L);

    star.internet.heal();
    star.talk(Duration.ofMinutes(18), Duration.ofMillis(500), 1, 2);
    assertThat(star.shortcuts(1)).contains("2 up");
    assertThat(star.unanswered()).isZero();
  }

  @Test
  void aPartnerThatDiesAndReturnsIsReachedByTheHubAndThenByAShortcutAgain() {
    ShortcutStar star = new ShortcutStar(5, 3, LinkConditions.INTERNET, false, "");
    star.talk(WHILE, OFTEN, 1, 2);
    assertThat(star.shortcuts(1)).containsExactly("2 up");

    star.routers.get(2).crash();
    star.network.run(Duration.ofSeconds(1));
    star.routers.get(2).start();
    star.talk(Duration.ofSeconds(20), OFTEN, 1, 2);
    star.probes.clear();
    star.talk(Duration.ofMinutes(2), Duration.ofMillis(200), 1, 2);
    assertThat(star.unanswered()).isZero();
    assertThat(star.shortcuts(1)).contains("2 up");
    assertThat(star.shortcuts(2)).contains("1 up");
  }

  @Test
  void whoHasAsManyAsItMayHaveDeclines() {
    ShortcutStar star =
        new ShortcutStar(6, 4, LinkConditions.INTERNET, false, "connection-limit 1;");
    star.talk(WHILE, OFTEN, 1, 2);
    star.talk(WHILE, OFTEN, 1, 3);
    assertThat(star.shortcuts(1)).containsExactly("2 up");
    assertThat(star.shortcuts(3)).doesNotContain("1 up");
    assertThat(star.routers.get(1).ike().statistics().shortcuts().declined()).isEqualTo(1);
    assertThat(star.routers.get(0).ike().statistics().shortcuts().sentDeclined()).isEqualTo(1);
    assertThat(star.unanswered()).isZero();
  }

  @Test
  void theyLastThroughRekeysOfBothKinds() {
    ShortcutStar star = new ShortcutStar(7, 3, LinkConditions.INTERNET, false, "idle-threshold 3;");
    star.talk(WHILE, OFTEN, 1, 2);
    star.talk(Duration.ofHours(2), Duration.ofMillis(500), 1, 2);
    assertThat(star.shortcuts(1)).containsExactly("2 up");
    assertThat(star.unanswered()).isZero();
    assertThat(star.faults()).isEmpty();
  }

  @Test
  void whoBuildsNoneIsToldOfNobody() {
    ShortcutStar star = new ShortcutStar(8, 3, LinkConditions.INTERNET, false, ShortcutStar.OFF);
    star.talk(WHILE, OFTEN, 1, 2);
    assertThat(star.routers.get(0).ike().statistics().shortcuts().sent()).isZero();
    assertThat(star.shortcuts(1)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whateverTheNetworkDoesNothingIsLostForAFaultOfOurs(long seed) {
    LinkConditions bad = LinkConditions.INTERNET.withLoss(5).withDuplication(5).withReordering(20);
    String partner = "idle-time 60; idle-threshold 10; connection-limit 2;";
    ShortcutStar star = new ShortcutStar(seed, 4, bad, seed % 2 == 0, partner);
    SplittableRandom random = new SplittableRandom(seed);
    star.invariant = () -> checkOwners(star, seed);
    for (int turn = 0; turn < 6; turn++) {
      int from = 1 + random.nextInt(3);
      int to = 1 + (from + random.nextInt(2)) % 3;
      boolean isMuch = random.nextBoolean();
      star.talk(
          Duration.ofSeconds(5 + random.nextInt(isMuch ? 15 : 90)),
          Duration.ofMillis(isMuch ? 50 : 700),
          from,
          to);
      if (random.nextInt(4) == 0) {
        star.network.run(Duration.ofSeconds(random.nextInt(120)));
      }
    }
    assertThat(star.faults()).as("seed %d", seed).isEmpty();
    assertThat(star.routers.stream().mapToLong(r -> counts(r).established()).sum())
        .as("seed %d", seed)
        .isPositive();
    // Each probe crosses the bad network twice at most on each way.
    double lost = (double) star.unanswered() / star.probes.size();
    assertThat(lost).as("seed %d", seed).isLessThan(1 - Math.pow(0.95, 4) + 0.1);
    assertThat(star.areUp()).as("seed %d", seed).isTrue();
    star.network.run(Duration.ofMinutes(10));
    for (int site = 1; site < 4; site++) {
      assertThat(star.shortcuts(site)).as("seed %d", seed).noneMatch(s -> s.endsWith(" up"));
      assertThat(star.routers.get(site).ike().ikeSas(star.network.time().now()))
          .as("seed %d", seed)
          .hasSize(1);
    }
  }

  private static ShortcutCounts counts(SimulatedRouter router) {
    return router.ike().statistics().shortcuts();
  }

  private static LongStream seeds() {
    return LongStream.range(100, 100 + Long.getLong("culvert.shortcutSeeds", 20));
  }

  /** The unit is up by the hub alone, and of the next hops nobody but the hub owns one. */
  private static void checkOwners(ShortcutStar star, long seed) {
    for (SimulatedRouter router : star.routers.subList(1, star.routers.size())) {
      assertThat(router.nextHopTunnels().stream().map(NextHopTunnel::identity))
          .as("seed %d, %s", seed, router)
          .allMatch("hub.example.net"::equals);
      assertThat(router.ike().shortcuts().stream().filter(s -> s.state().equals("up")))
          .as("seed %d, %s", seed, router)
          .hasSizeLessThanOrEqualTo(2);
    }
  }
}
