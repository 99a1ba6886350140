package dev.culvert.daemon.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapPolicyTest {
  private static final long MEBIBYTE = 1L << 20;
  private static final long MOST = 6_000 * MEBIBYTE;

  private final HeapPolicy policy = new HeapPolicy(HeapPolicy.LEAST, MOST);

  @Test
  void theHeapMayHoldAsMuchGarbageAsItHoldsLife() {
    assertThat(look(20, 60).softMax()).isEqualTo(HeapPolicy.LEAST);
    HeapPolicy.Decision afterATable = look(1_000, 1_200);
    assertThat(afterATable.changed()).isTrue();
    assertThat(afterATable.softMax()).isEqualTo(2_032 * MEBIBYTE);
    assertThat(look(5_000, 5_000).softMax()).isEqualTo(MOST);
    assertThat(look(20, 60).softMax()).isEqualTo(HeapPolicy.LEAST);
  }

  @Test
  void aLittleMoreOrLessChangesNothing() {
    look(1_000, 1_200);
    assertThat(look(1_020, 1_300).changed()).isFalse();
  }

  @Test
  void whatABusyTimeHasLeftIsCollectedOnceTheRouterIsIdle() {
    for (int used = 40; used <= 90; used += 10) {
      assertThat(look(20, used).collect()).isFalse();
    }
    for (int idle = 1; idle < 5; idle++) {
      assertThat(look(20, 90).collect()).as("idle look %d", idle).isFalse();
    }
    assertThat(look(20, 90).collect()).isTrue();
    // It was collected, and an idle router is then left alone.
    for (int i = 0; i < 100; i++) {
      assertThat(look(21, 21 + i / 10).collect()).isFalse();
    }
  }

  @Test
  void nobodyCollectsWhileTheRouterIsBusy() {
    for (int look = 0; look < 100; look++) {
      assertThat(look(20, look % 2 == 0 ? 30 : 80).collect()).isFalse();
    }
  }

  private HeapPolicy.Decision look(long live, long used) {
    return policy.look(live * MEBIBYTE, used * MEBIBYTE);
  }
}
