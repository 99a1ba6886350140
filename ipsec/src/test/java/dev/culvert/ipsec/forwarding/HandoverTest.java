package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.forwarding.PacketBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandoverTest {
  private static final int SLOTS = 64;
  private static final int SLOT_SIZE = 65_536;

  private final Arena arena = Arena.ofShared();
  private final Handover handover = new Handover(arena);
  private final PacketBatch from = new PacketBatch(arena, SLOTS, SLOT_SIZE, 0);
  private final PacketBatch into = new PacketBatch(arena, SLOTS, SLOT_SIZE, 0);
  private final boolean[] isUdp = new boolean[SLOTS];

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void aPacketComesWithAllThatIsKnownOfIt() {
    int at = from.offset[3] + 17;
    fill(from, at, 100, 7);
    from.trafficClass[3] = 0xBA;
    from.peerHigh[3] = 1;
    from.peerLow[3] = 2;
    from.peerPort[3] = 3;
    from.waitedNanos[3] = 4;

    assertThat(handover.offer(from, 3, at, 100, true)).isTrue();
    assertThat(handover.offer(from, 4, at, 99, false)).isTrue();
    assertThat(handover.take(into, isUdp)).isEqualTo(2);

    assertThat(into.length[0]).isEqualTo(100);
    assertThat(isFilled(into, into.offset[0], 100, 7)).isTrue();
    assertThat(into.trafficClass[0]).isEqualTo(0xBA);
    assertThat(into.peerHigh[0]).isEqualTo(1);
    assertThat(into.peerLow[0]).isEqualTo(2);
    assertThat(into.peerPort[0]).isEqualTo(3);
    assertThat(into.waitedNanos[0]).isEqualTo(4);
    assertThat(isUdp[0]).isTrue();
    assertThat(into.length[1]).isEqualTo(99);
    assertThat(into.waitedNanos[1]).isEqualTo(-1);
    assertThat(isUdp[1]).isFalse();
    into.clear();
    assertThat(handover.take(into, isUdp)).isZero();
  }

  @Test
  void whatIsLargerThanACellIsRefused() {
    assertThat(handover.offer(from, 0, 0, Handover.LARGEST + 1, true)).isFalse();
    assertThat(handover.take(into, isUdp)).isZero();

    // The last octet of one cell and the first of the next do not meet.
    fill(from, 0, Handover.LARGEST, 1);
    fill(from, SLOT_SIZE, Handover.LARGEST, 2);
    assertThat(handover.offer(from, 0, 0, Handover.LARGEST, true)).isTrue();
    assertThat(handover.offer(from, 1, SLOT_SIZE, Handover.LARGEST, true)).isTrue();
    handover.take(into, isUdp);
    assertThat(isFilled(into, into.offset[0], Handover.LARGEST, 1)).isTrue();
    assertThat(isFilled(into, into.offset[1], Handover.LARGEST, 2)).isTrue();
  }

  @Test
  void itIsFullWhenAllCellsAre() {
    for (int i = 0; i < Handover.CELLS; i++) {
      assertThat(offerNumber(i)).isTrue();
    }
    assertThat(offerNumber(-1)).isFalse();
    assertThat(offerNumber(-1)).isFalse();

    assertThat(takeNumbers()).hasSize(SLOTS).startsWith(0, 1, 2);
    for (int i = 0; i < SLOTS; i++) {
      assertThat(offerNumber(Handover.CELLS + i)).isTrue();
    }
    assertThat(offerNumber(-1)).isFalse();
    List<Integer> rest = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      rest.addAll(takeNumbers());
    }
    assertThat(rest).hasSize(Handover.CELLS).isSorted().doesNotContain(-1);
  }

  @Test
  void orderIsKeptRoundAndRound() {
    int offered = 0;
    int taken = 0;
    for (int round = 0; round < 1_000; round++) {
      for (int i = 0; i < round % SLOTS; i++) {
        assertThat(offerNumber(offered++)).isTrue();
      }
      for (int number : takeNumbers()) {
        assertThat(number).isEqualTo(taken++);
      }
    }
    assertThat(taken).isEqualTo(offered).isGreaterThan(20 * Handover.CELLS);
  }

  @Test
  void twoThreadsOfferWhatAThirdTakes() throws InterruptedException {
    int each = 100_000;
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> offering = new ArrayList<>();
    for (int origin = 0; origin < 2; origin++) {
      int by = origin;
      offering.add(
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, failure) -> failures.add(failure))
              .start(() -> offerAll(by, each)));
    }

    int[] next = new int[2];
    while (next[0] + next[1] < 2 * each && failures.isEmpty()) {
      into.clear();
      int count = handover.take(into, isUdp);
      for (int slot = 0; slot < count; slot++) {
        int by = into.peerPort[slot];
        int number = into.memory.get(ValueLayout.JAVA_INT_UNALIGNED, into.offset[slot]);
        assertThat(number).as("of thread %d", by).isEqualTo(next[by]++);
        assertThat(into.length[slot]).isEqualTo(length(number));
        assertThat(isUdp[slot]).isEqualTo(number % 2 == 0);
        assertThat(into.waitedNanos[slot]).isEqualTo(number);
        assertThat(isFilled(into, into.offset[slot] + 4, length(number) - 4, number)).isTrue();
      }
    }
    for (Thread thread : offering) {
      thread.join();
    }

    assertThat(failures).isEmpty();
    assertThat(next).containsExactly(each, each);
    into.clear();
    assertThat(handover.take(into, isUdp)).isZero();
  }

  private void offerAll(int by, int each) {
    PacketBatch mine = new PacketBatch(arena, 1, 256, 0);
    mine.peerPort[0] = by;
    for (int number = 0; number < each; number++) {
      mine.memory.set(ValueLayout.JAVA_INT_UNALIGNED, 0, number);
      fill(mine, 4, length(number) - 4, number);
      mine.waitedNanos[0] = number;
      while (!handover.offer(mine, 0, 0, length(number), number % 2 == 0)) {
        Thread.yield();
      }
    }
  }

  private static int length(int number) {
    return 8 + number % 200;
  }

  private boolean offerNumber(int number) {
    from.memory.set(ValueLayout.JAVA_INT_UNALIGNED, 0, number);
    return handover.offer(from, 0, 0, 4, true);
  }

  private List<Integer> takeNumbers() {
    into.clear();
    handover.take(into, isUdp);
    List<Integer> numbers = new ArrayList<>();
    for (int slot = 0; slot < into.count; slot++) {
      numbers.add(into.memory.get(ValueLayout.JAVA_INT_UNALIGNED, into.offset[slot]));
    }
    return numbers;
  }

  private static void fill(PacketBatch batch, int at, int length, int seed) {
    for (int i = 0; i < length; i++) {
      batch.memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) (seed + i));
    }
  }

  private static boolean isFilled(PacketBatch batch, int at, int length, int seed) {
    for (int i = 0; i < length; i++) {
      if (batch.memory.get(ValueLayout.JAVA_BYTE, at + i) != (byte) (seed + i)) {
        return false;
      }
    }
    return true;
  }
}
