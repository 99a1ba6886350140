package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineLoadTest {
  @Test
  void waitingAndStolenTimeIsNotBusy() {
    assertThat(MachineLoad.busySeconds("cpu  10 20 30 9999 8888 4 5 7777 0 0\ncpu0 1 1 1 1\n"))
        .isEqualTo(0.69);
  }
}
