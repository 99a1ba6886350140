package dev.culvert.core.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketBatchTest {
  private static final int SLOTS = 8;
  private static final int SLOT_SIZE = 256;
  private static final int HEADROOM = 64;

  private final PacketBatch batch = new PacketBatch(Arena.ofAuto(), SLOTS, SLOT_SIZE, HEADROOM);

  @Test
  void aFreshBatchIsEmptyAndEachPacketStartsBehindItsHeadroom() {
    assertIsClear();
    assertThat(batch.room(0)).isEqualTo(SLOT_SIZE - HEADROOM);
    assertThat(batch.room(SLOTS - 1)).isEqualTo(SLOT_SIZE - HEADROOM);
  }

  @Test
  void howeverManySlotsWereUsedNothingOfThemIsLeftBehindOnceCleared() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 100; round++) {
      int used = random.nextInt(SLOTS + 1);
      for (int i = 0; i < used; i++) {
        use(i, random);
      }
      batch.count = used;
      batch.clear();
      assertIsClear();
    }
  }

  private void use(int slot, Random random) {
    batch.offset[slot] = random.nextInt();
    batch.length[slot] = random.nextInt();
    batch.segmentSize[slot] = random.nextInt();
    batch.gsoType[slot] = random.nextInt();
    batch.checksumStart[slot] = random.nextInt();
    batch.checksumOffset[slot] = random.nextInt();
    batch.trafficClass[slot] = random.nextInt();
    batch.dontFragment[slot] = true;
    batch.tooBig[slot] = true;
  }

  private void assertIsClear() {
    assertThat(batch.count).isZero();
    for (int i = 0; i < SLOTS; i++) {
      assertThat(batch.offset[i]).isEqualTo(i * SLOT_SIZE + HEADROOM);
    }
    assertThat(batch.length).containsOnly(0);
    assertThat(batch.segmentSize).containsOnly(0);
    assertThat(batch.gsoType).containsOnly(PacketBatch.GSO_NONE);
    assertThat(batch.checksumStart).containsOnly(-1);
    assertThat(batch.checksumOffset).containsOnly(-1);
    assertThat(batch.trafficClass).containsOnly(-1);
    assertThat(batch.dontFragment).containsOnly(false);
    assertThat(batch.tooBig).containsOnly(false);
  }
}
