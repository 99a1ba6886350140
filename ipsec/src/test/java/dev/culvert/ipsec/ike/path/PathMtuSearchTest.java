package dev.culvert.ipsec.ike.path;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search against a path that carries what it carries, with loss and without. */
class PathMtuSearchTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static final ProbeSizes AEAD = new ProbeSizes(576, 89, 1);
  private static final ProbeSizes CBC = new ProbeSizes(576, 96, 16);
  private static final ProbeSizes INET6 = new ProbeSizes(1280, 109, 1);

  /** A failed probe takes its wait and the round trip of its repetition; an answered one less. */
  private static final Duration FAILURE = Duration.ofMillis(320);

  private static final Duration SUCCESS = Duration.ofMillis(20);

  /** A path, the search for its MTU, and the time. */
  private static final class Path {
    final PathMtuSearch search;
    final ProbeSizes sizes;
    Instant now = START;
    int mtu;
    double loss;
    boolean swallows;
    int swallowed;
    int probes;
    int largestProbe;
    final Random random;

    Path(ProbeSizes sizes, int interfaceMtu, int mtu, long seed) {
      this.sizes = sizes;
      this.mtu = mtu;
      this.random = new Random(seed);
      this.search = new PathMtuSearch(sizes, interfaceMtu, now);
    }

    void run(Duration time) {
      Instant end = now.plus(time);
      Instant next = search.nextProbeAt(true);
      while (next != null && next.isBefore(end)) {
        now = next.isAfter(now) ? next : now;
        int size = search.nextSize(now);
        assertThat(sizes.floor(size)).isEqualTo(size);
        largestProbe = Math.max(largestProbe, size);
        probes++;
        boolean fits = size <= mtu && random.nextDouble() >= loss;
        now = now.plus(fits ? SUCCESS : FAILURE);
        if (fits) {
          search.fits(size, now);
        } else if (swallows && size > mtu) {
          swallowed++;
          now = now.plus(Duration.ofSeconds(5));
          search.swallowed(size, now);
        } else {
          search.doesNotFit(size, now);
        }
        next = search.nextProbeAt(true);
      }
      now = now.isAfter(end) ? now : end;
    }
  }

  @Test
  void anyMtuIsFoundFromAboveAndFromBelowAndWithinSeconds() {
    for (int mtu = 576; mtu <= 1500; mtu++) {
      Path path = new Path(AEAD, 1500, mtu, mtu);
      path.run(Duration.ofSeconds(8));
      assertFound(path, "from above");

      Path widened = new Path(AEAD, 1500, 576, mtu);
      widened.run(Duration.ofSeconds(8));
      assertThat(widened.search.pathMtu()).isEqualTo(576);
      widened.mtu = mtu;
      widened.run(Duration.ofSeconds(10));
      assertFound(widened, "from below");
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {1500, 1492, 1480, 1460, 1452, 1440, 1420, 1400, 1380, 1350, 1300, 1280, 1000})
  void usualMtusAreFoundExactly(int mtu) {
    Path path = new Path(AEAD, 1500, mtu, mtu);
    path.run(Duration.ofSeconds(8));
    assertThat(path.search.pathMtu()).isEqualTo(mtu);
    assertThat(path.search.isConfirmed()).isTrue();
  }

  @Test
  void aPathThatShrinksAndGrowsIsFollowedWithinTenSecondsEach() {
    for (long seed = 1; seed <= 200; seed++) {
      Random random = new Random(seed);
      Path path = new Path(AEAD, 1500, 1500, seed);
      path.run(Duration.ofMillis(2000 + random.nextInt(5000)));
      for (int change = 0; change < 10; change++) {
        path.mtu = 576 + random.nextInt(925);
        path.run(Duration.ofSeconds(10));
        assertFound(path, "seed " + seed + " change " + change);
        path.run(Duration.ofMillis(random.nextInt(5000)));
      }
    }
  }

  @Test
  void aValueIsKeptWhileItIsRightAndOneProbeInSecondsIsWhatThatCosts() {
    Path path = new Path(AEAD, 1500, 1300, 1);
    path.run(Duration.ofSeconds(10));
    int before = path.probes;
    path.run(Duration.ofMinutes(10));
    assertThat(path.search.pathMtu()).isEqualTo(1300);
    // Every two seconds whether it still fits, every five whether a little more does.
    assertThat(path.probes - before).isBetween(400, 440);
  }

  @Test
  void lossLowersNothingForGood() {
    for (long seed = 1; seed <= 50; seed++) {
      int mtu = 576 + new Random(seed).nextInt(925);
      Path path = new Path(AEAD, 1500, mtu, seed);
      // One in ten each way.
      path.loss = 0.19;
      path.run(Duration.ofSeconds(60));
      int right = 0;
      for (int second = 0; second < 1000; second++) {
        path.run(Duration.ofSeconds(1));
        assertThat(path.search.pathMtu()).as("seed %d", seed).isLessThanOrEqualTo(mtu);
        right += isFound(path) ? 1 : 0;
      }
      assertThat(right).as("seconds of 1000, seed %d, mtu %d", seed, mtu).isGreaterThan(850);
      path.loss = 0;
      path.run(Duration.ofSeconds(20));
      assertFound(path, "after the loss, seed " + seed);
    }
  }

  @Test
  void aPathThatCarriesNothingAtAllLowersNothing() {
    Path path = new Path(AEAD, 1500, 1500, 1);
    path.run(Duration.ofSeconds(5));
    path.mtu = 0;
    path.run(Duration.ofMinutes(1));
    assertThat(path.search.pathMtu()).isEqualTo(1500);
    path.mtu = 1500;
    path.run(Duration.ofSeconds(10));
    assertThat(path.search.pathMtu()).isEqualTo(1500);
  }

  /** One that is too big is lost for good there, and each such loss is dear. */
  @ParameterizedTest
  @ValueSource(ints = {1492, 1400, 1300, 1280, 1000, 576})
  void aPathThatSwallowsWhatIsTooBigIsSearchedFromBelow(int mtu) {
    for (ProbeSizes sizes : new ProbeSizes[] {AEAD, CBC}) {
      Path path = new Path(sizes, 1500, 1500, 1);
      path.swallows = true;
      path.run(Duration.ofSeconds(3));
      path.mtu = mtu;
      path.run(Duration.ofSeconds(20));
      assertThat(path.search.pathMtu()).isBetween(576 - 15, mtu);
      assertThat(path.swallowed).isLessThanOrEqualTo(2);
      path.run(Duration.ofHours(24));
      int usual = mtu < 1280 ? mtu - 300 : mtu;
      assertThat(path.search.pathMtu()).isBetween(usual - 15, mtu);
      if (sizes.floor(mtu) < sizes.floor(1500)) {
        assertThat(path.swallowed).isBetween(20, 27);
      } else {
        assertThat(path.swallowed).isZero();
      }
    }
  }

  @Test
  void aPathThatSwallowsEverythingKeepsItsValue() {
    Path path = new Path(AEAD, 1500, 1500, 1);
    path.run(Duration.ofSeconds(3));
    assertThat(path.search.swallowed(1500, path.now)).isTrue();
    assertThat(path.search.nextSize(path.now)).isEqualTo(1280);
    assertThat(path.search.swallowed(1280, path.now)).isTrue();
    assertThat(path.search.nextSize(path.now)).isEqualTo(576);
    assertThat(path.search.swallowed(576, path.now)).isFalse();
    assertThat(path.search.pathMtu()).isEqualTo(1500);
    assertThat(path.search.phase()).isEqualTo(PathMtuSearch.Phase.SETTLED);
  }

  /** By repetitions that get through it is known that no probe is lost for good any more. */
  @Test
  void aPathThatSwallowsNothingMoreIsFollowedAsEver() {
    Path path = new Path(AEAD, 1500, 1500, 1);
    path.swallows = true;
    path.run(Duration.ofSeconds(3));
    path.mtu = 1400;
    path.run(Duration.ofSeconds(20));
    assertThat(path.search.pathMtu()).isEqualTo(1280);
    path.swallows = false;
    path.mtu = 1000;
    path.run(Duration.ofSeconds(10));
    assertThat(path.search.pathMtu()).isEqualTo(1000);
    path.mtu = 1420;
    path.run(Duration.ofSeconds(10));
    assertThat(path.search.pathMtu()).isEqualTo(1420);
  }

  @Test
  void aBlockCipherMakesOneSizeInSixteen() {
    for (int mtu = 600; mtu <= 1500; mtu++) {
      Path path = new Path(CBC, 1500, mtu, mtu);
      path.run(Duration.ofSeconds(12));
      assertThat(path.search.pathMtu()).as("mtu %d", mtu).isBetween(mtu - 15 - 16, mtu);
    }
  }

  @Test
  void ipv6IsNeverProbedBelowItsSmallestMtu() {
    for (int mtu = 1280; mtu <= 1500; mtu++) {
      Path path = new Path(INET6, 1500, mtu, mtu);
      path.run(Duration.ofSeconds(8));
      assertFound(path, "IPv6");
    }
  }

  @Test
  void aJumboPathIsFound() {
    for (int mtu : new int[] {1500, 4000, 8000, 8999, 9000, 9216}) {
      Path path = new Path(AEAD, 9216, mtu, mtu);
      path.run(Duration.ofSeconds(15));
      assertFound(path, "jumbo");
    }
  }

  @Test
  void theInterfaceMtuIsABoundWhenItChanges() {
    Path path = new Path(AEAD, 1500, 1400, 1);
    path.run(Duration.ofSeconds(8));
    path.search.resize(AEAD, 1300, path.now);
    assertThat(path.search.pathMtu()).isEqualTo(1300);
    assertThat(path.search.isLargest()).isTrue();
    path.largestProbe = 0;
    path.run(Duration.ofSeconds(20));
    assertThat(path.largestProbe).isEqualTo(1300);
    path.search.resize(AEAD, 1500, path.now);
    path.run(Duration.ofSeconds(8));
    assertThat(path.search.pathMtu()).isEqualTo(1400);
  }

  private static boolean isFound(Path path) {
    return path.search.pathMtu() <= path.mtu
        && path.search.pathMtu() > path.mtu - PathMtuSearch.PRECISION;
  }

  private static void assertFound(Path path, String how) {
    assertThat(isFound(path))
        .as("%s: path %d, found %d", how, path.mtu, path.search.pathMtu())
        .isTrue();
    assertThat(path.search.isConfirmed()).as(how).isTrue();
  }
}
