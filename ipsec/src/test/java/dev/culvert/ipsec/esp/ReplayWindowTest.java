package dev.culvert.ipsec.esp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayWindowTest {
  @Test
  void aNumberIsAcceptedOnceAndZeroNever() {
    ReplayWindow window = new ReplayWindow(64, false);

    assertThat(window.isAcceptable(0)).isFalse();
    assertThat(window.isAcceptable(1)).isTrue();
    window.accept(1);
    assertThat(window.isAcceptable(1)).isFalse();
    assertThat(window.isAcceptable(2)).isTrue();
  }

  @Test
  void theWindowHasExactlyItsSize() {
    ReplayWindow window = new ReplayWindow(64, false);
    window.accept(1000);

    assertThat(window.isAcceptable(1000 - 63)).isTrue();
    assertThat(window.isAcceptable(1000 - 64)).isFalse();
  }

  @Test
  void withoutProtectionEveryNumberIsAcceptedAgain() {
    ReplayWindow window = new ReplayWindow(0, false);
    window.accept(5);

    assertThat(window.isAcceptable(5)).isTrue();
    assertThat(window.isAcceptable(0)).isTrue();
  }

  @Test
  void aSizeOutsideTheLimitsIsRefused() {
    assertThatThrownBy(() -> new ReplayWindow(63, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ReplayWindow(8193, false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 65, 100, 128, 1024, 1000, 4096, 8192})
  void agreesWithASetOfAllNumbersSeen(int size) {
    long seed = 0x6479_0000L + size;
    Random random = new Random(seed);
    ReplayWindow window = new ReplayWindow(size, false);
    SeenNumbers twin = new SeenNumbers(size);
    long top = 1;
    for (int i = 0; i < 50_000; i++) {
      long sequence =
          switch (random.nextInt(20)) {
            case 0 -> top + random.nextInt(3 * size);
            case 1 -> top + size + random.nextInt(64);
            case 2, 3 -> Math.max(0, top - random.nextInt(2 * size));
            default -> Math.max(0, top + random.nextInt(8) - 4);
          };
      boolean acceptable = window.isAcceptable(sequence);
      assertThat(acceptable)
          .as("seed %d, step %d, sequence %d, highest %d", seed, i, sequence, twin.highest)
          .isEqualTo(twin.isAcceptable(sequence));
      if (acceptable && random.nextInt(10) != 0) {
        window.accept(sequence);
        twin.accept(sequence);
        top = Math.max(top, sequence);
      }
    }
  }

  /** Numbers of 64 bits, of which the wire carries half; the twin sees them whole. */
  @ParameterizedTest
  @ValueSource(ints = {64, 65, 100, 128, 1024, 1000, 4096, 8192})
  void withExtendedNumbersAgreesWithASetOfAllNumbersSeenAcrossWraps(int size) {
    long seed = 0x4303_0000L + size;
    Random random = new Random(seed);
    ReplayWindow window = new ReplayWindow(size, true);
    SeenNumbers twin = new SeenNumbers(size);
    long top = 1;
    for (int i = 0; i < 20_000; i++) {
      long sequence =
          switch (random.nextInt(40)) {
            case 0 -> top + random.nextInt(3 * size);
            case 1 -> top + size + random.nextInt(64);
            // To just before the next wrap, so that most of the steps happen around one.
            case 2 -> Math.max(top, (top | 0xFFFF_FFFFL) - random.nextInt(2 * size));
            case 3, 4, 5, 6 -> Math.max(1, top - random.nextInt(size));
            default -> Math.max(1, top + random.nextInt(8) - 4);
          };
      if (sequence - top >= (1L << 32) - size || top - sequence >= size) {
        continue; // out of reach of 32 bits
      }
      long inferred = window.infer((int) sequence);
      boolean acceptable = window.isAcceptable(inferred);
      assertThat(inferred)
          .as("seed %d, step %d, highest %x", seed, i, twin.highest)
          .isEqualTo(sequence);
      assertThat(acceptable)
          .as("seed %d, step %d, sequence %x, highest %x", seed, i, sequence, twin.highest)
          .isEqualTo(twin.isAcceptable(sequence));
      if (acceptable && random.nextInt(10) != 0) {
        window.accept(sequence);
        twin.accept(sequence);
        top = Math.max(top, sequence);
      }
    }
    assertThat(top).as("seed %d", seed).isGreaterThan(10L << 32);
  }

  /**
   * RFC 4303 appendix A2.1 in other words: of all numbers with those low 32 bits, the one that lies
   * in the window or in the 2^32 - W numbers behind it.
   */
  @ParameterizedTest
  @ValueSource(ints = {64, 1024, 8192})
  void theHighHalfIsThatOfTheOnlyNumberWithinReach(int size) {
    long seed = 0xA2L + size;
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      long highest = random.nextLong(1L << 40);
      int nearEdge = random.nextInt(2 * size) - size;
      if (random.nextBoolean()) {
        highest = Math.max(0, (highest & ~0xFFFF_FFFFL) + nearEdge);
      }
      ReplayWindow window = new ReplayWindow(size, true);
      window.accept(highest);
      int low =
          random.nextBoolean() ? random.nextInt() : (int) highest - size + random.nextInt(2 * size);
      long bottom = highest - size + 1;
      long expected = bottom + (low - bottom & 0xFFFF_FFFFL);
      assertThat(window.infer(low))
          .as("seed %d, highest %x, low %08x", seed, highest, low)
          .isEqualTo(expected);
    }
  }

  @Test
  void extendedNumbersFollowTheSenderAcrossManyWrapsDespiteReordering() {
    long seed = 4304;
    Random random = new Random(seed);
    ReplayWindow window = new ReplayWindow(1024, true);
    long sent = 1;
    for (int i = 0; i < 200_000; i++) {
      sent += random.nextInt(100) == 0 ? random.nextLong(1L << 31) : random.nextInt(3);
      long arrives = Math.max(1, sent - random.nextInt(900));
      assertThat(window.infer((int) arrives))
          .as("seed %d, step %d, highest %x", seed, i, window.highest())
          .isEqualTo(arrives);
      if (window.isAcceptable(arrives)) {
        window.accept(arrives);
      }
      window.accept(sent);
    }
    assertThat(window.highest()).isGreaterThan(1L << 36);
  }

  @Test
  void anExtendedNumberFromBeforeTheFirstIsRefused() {
    ReplayWindow window = new ReplayWindow(64, true);
    window.accept(3);

    long inferred = window.infer(0xFFFF_FFF0);

    assertThat(inferred).isNegative();
    assertThat(window.isAcceptable(inferred)).isFalse();
  }

  /** The obvious twin. */
  private static final class SeenNumbers {
    private final int size;
    private final TreeSet<Long> seen = new TreeSet<>();
    private long highest;

    SeenNumbers(int size) {
      this.size = size;
    }

    boolean isAcceptable(long sequence) {
      return sequence > 0 && sequence + size > highest && !seen.contains(sequence);
    }

    void accept(long sequence) {
      seen.add(sequence);
      highest = Math.max(highest, sequence);
      seen.headSet(highest - size, true).clear();
    }
  }
}
