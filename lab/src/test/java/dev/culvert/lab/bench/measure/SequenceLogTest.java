package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.bench.measure.SequenceLog.Gap;
import org.junit.jupiter.api.Test;

class SequenceLogTest {
  @Test
  void everyPacketCountsOnceInWhateverOrderItComes() {
    SequenceLog log = new SequenceLog(200);
    for (int sequence : new int[] {0, 2, 1, 199, 2, 64, 63}) {
      log.arrived(sequence, 1);
    }
    assertThat(log.arrived()).isEqualTo(6);
    assertThat(log.repeated()).isEqualTo(1);
  }

  @Test
  void numbersThatCannotBeOfThisFlowAreIgnored() {
    SequenceLog log = new SequenceLog(60);
    log.arrived(1000, 1);
    log.arrived(60, 1);
    log.arrived(-1, 1);
    assertThat(log.arrived()).isZero();
  }

  @Test
  void whatIsMissingIsToldInRuns() {
    SequenceLog log = new SequenceLog(100);
    for (int sequence : new int[] {0, 1, 4, 5, 7}) {
      log.arrived(sequence, 1);
    }
    assertThat(log.gaps(10)).containsExactly(new Gap(2, 2), new Gap(6, 1), new Gap(8, 2));
    assertThat(log.gaps(6)).containsExactly(new Gap(2, 2));
    assertThat(log.gaps(2)).isEmpty();
  }

  @Test
  void gapsOfAFullLogEndWithIt() {
    SequenceLog log = new SequenceLog(70);
    log.arrived(0, 1);
    assertThat(log.gaps(70)).containsExactly(new Gap(1, 69));
  }
}
