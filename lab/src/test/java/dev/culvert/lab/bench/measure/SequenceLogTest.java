package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SequenceLogTest {
  @Test
  void everyPacketCountsOnceInWhateverOrderItComes() {
    SequenceLog log = new SequenceLog(200, 0);
    for (int sequence : new int[] {0, 2, 1, 199, 2, 64, 63}) {
      log.arrived(sequence, 1);
    }
    assertThat(log.arrived()).isEqualTo(6);
    assertThat(log.repeated()).isEqualTo(1);
  }

  @Test
  void numbersThatCannotBeOfThisFlowAreIgnored() {
    SequenceLog log = new SequenceLog(64, 0);
    log.arrived(1000, 1);
    log.arrived(-1, 1);
    assertThat(log.arrived()).isZero();
  }

  @Test
  void delaysOfTheFirstToArriveAreKept() {
    SequenceLog log = new SequenceLog(10, 2);
    log.arrived(5, 1_500_000);
    log.arrived(4, 250_000);
    log.arrived(3, 9_000_000);
    assertThat(log.delaysMillis()).containsExactly(1.5, 0.25);
  }
}
