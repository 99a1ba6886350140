package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodelTest {
  private static final long TARGET = Codel.TARGET_NANOS;
  private static final long INTERVAL = Codel.INTERVAL_NANOS;

  private final Codel codel = new Codel();

  @Test
  void aQueueBelowTheTargetGivesNoSignal() {
    assertThat(signals(0, 20 * INTERVAL, INTERVAL / 100, TARGET - 1)).isEmpty();
  }

  @Test
  void aBurstShorterThanAnIntervalGivesNoSignal() {
    for (int i = 0; i < 20; i++) {
      long from = i * 2 * INTERVAL;
      assertThat(signals(from, from + INTERVAL - 1, INTERVAL / 100, 10 * TARGET)).isEmpty();
      assertThat(codel.isSignalDue(0, from + INTERVAL)).isFalse();
    }
  }

  @Test
  void aQueueThatStandsGivesSignalsCloserAndCloserToEachOther() {
    List<Long> signals = signals(0, 10 * INTERVAL, 1_000, TARGET);

    assertThat(signals.getFirst()).isEqualTo(INTERVAL);
    double due = INTERVAL;
    for (int count = 1; count < signals.size(); count++) {
      due += INTERVAL / Math.sqrt(count);
      assertThat((double) signals.get(count)).isBetween(due - 1_000, due + 2_000);
    }
    assertThat(signals).hasSizeGreaterThan(20);
  }

  @Test
  void onePacketThatDidNotWaitEndsTheSignals() {
    assertThat(signals(0, 3 * INTERVAL, INTERVAL / 100, TARGET)).isNotEmpty();
    assertThat(codel.isSignalDue(TARGET - 1, 3 * INTERVAL)).isFalse();

    assertThat(signals(3 * INTERVAL + 1, 4 * INTERVAL, INTERVAL / 100, TARGET)).isEmpty();
  }

  @Test
  void aQueueThatStandsAgainSoonHearsAsOftenAsBefore() {
    int before = signals(0, 8 * INTERVAL, INTERVAL / 1000, TARGET).size();
    codel.isSignalDue(0, 8 * INTERVAL);
    List<Long> again = signals(8 * INTERVAL + 1, 11 * INTERVAL, INTERVAL / 1000, TARGET);

    assertThat(again.get(1) - again.get(0))
        .isCloseTo(
            (long) (INTERVAL / Math.sqrt(before - 1)),
            org.assertj.core.data.Offset.offset(INTERVAL / 500));
  }

  @Test
  void aQueueThatStandsAgainLateBeginsAnew() {
    signals(0, 8 * INTERVAL, INTERVAL / 1000, TARGET);
    codel.isSignalDue(0, 8 * INTERVAL);
    long late = 30 * INTERVAL;
    List<Long> again = signals(late, late + 3 * INTERVAL, INTERVAL / 1000, TARGET);

    assertThat(again.get(1) - again.get(0)).isBetween(INTERVAL - 1, INTERVAL + INTERVAL / 500);
  }

  @Test
  void packetsOfUnknownWaitingTellNothing() {
    Codel other = new Codel();
    for (long now = 0; now < 5 * INTERVAL; now += INTERVAL / 100) {
      assertThat(codel.isSignalDue(-1, now)).isFalse();
      assertThat(codel.isSignalDue(TARGET, now)).isEqualTo(other.isSignalDue(TARGET, now));
    }
  }

  @Test
  void aClockThatJumpedIsNoQueue() {
    assertThat(signals(0, 5 * INTERVAL, INTERVAL / 10, 3_600_000_000_000L)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void itsSignalsAreThoseOfThePseudocode(int seed) {
    Random random = new Random(seed);
    Codel product = new Codel();
    Pseudocode twin = new Pseudocode();
    // System.nanoTime may begin anywhere.
    long now = random.nextLong() >> 1;
    long waited = TARGET;
    int signals = 0;
    for (int packet = 0; packet < 200_000; packet++) {
      // Packets come out one by one, in bunches of one moment, or after a pause.
      now +=
          switch (random.nextInt(100)) {
            case 0 -> random.nextLong(INTERVAL);
            case 1, 2, 3, 4, 5, 6, 7, 8, 9 -> random.nextLong(INTERVAL / 50);
            case 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 -> random.nextLong(INTERVAL / 1000);
            default -> 0;
          };
      // Waiting goes up and down, and now and then the queue drains, for shorter or longer.
      if (random.nextInt(2_000) == 0) {
        waited = random.nextLong(TARGET);
        now += random.nextInt(4) == 0 ? 20 * INTERVAL : 0;
      } else {
        waited =
            Math.clamp(waited + random.nextLong(-TARGET / 8, TARGET / 7), TARGET / 2, 9 * TARGET);
      }
      boolean expected = twin.isLost(waited, now);
      assertThat(product.isSignalDue(waited, now))
          .as("seed %d, packet %d", seed, packet)
          .isEqualTo(expected);
      signals += expected ? 1 : 0;
    }
    assertThat(signals).isGreaterThan(100);
  }

  private List<Long> signals(long from, long to, long step, long waited) {
    List<Long> signals = new ArrayList<>();
    for (long now = from; now < to; now += step) {
      if (codel.isSignalDue(waited, now)) {
        signals.add(now);
      }
    }
    return signals;
  }

  /**
   * RFC 8289 §5.3 to §5.5, with its names, turned inside out: its deque takes packets from the
   * queue until one is left to be delivered, this is given them one by one. Without two things that
   * a device does not tell, its empty queue and its octets; and with the time of the next signal
   * set at once, since a packet that is marked does not draw another.
   */
  private static final class Pseudocode {
    private boolean hasFirstAboveTime;
    private long firstAboveTime;
    private boolean dropping;
    private long dropNext;
    private int count;
    private int lastCount;

    private boolean doDequeueOkToDrop(long sojournTime, long now) {
      if (sojournTime < TARGET) {
        hasFirstAboveTime = false;
      } else if (!hasFirstAboveTime) {
        hasFirstAboveTime = true;
        firstAboveTime = now + INTERVAL;
      } else if (now - firstAboveTime >= 0) {
        return true;
      }
      return false;
    }

    private static long controlLaw(long t, int count) {
      return t + (long) (INTERVAL / Math.sqrt(count));
    }

    boolean isLost(long sojournTime, long now) {
      boolean okToDrop = doDequeueOkToDrop(sojournTime, now);
      if (dropping) {
        if (!okToDrop) {
          dropping = false;
        } else if (now - dropNext >= 0) {
          count++;
          dropNext = controlLaw(dropNext, count);
          return true;
        }
      } else if (okToDrop) {
        dropping = true;
        int delta = count - lastCount;
        count = 1;
        if (delta > 1 && now - dropNext < 16 * INTERVAL) {
          count = delta;
        }
        dropNext = controlLaw(now, count);
        lastCount = count;
        return true;
      }
      return false;
    }
  }
}
