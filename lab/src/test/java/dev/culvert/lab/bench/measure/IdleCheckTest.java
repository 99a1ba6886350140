package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdleCheckTest {
  @Test
  void whoTakesMoreThanOnePercentIsToldOf() {
    assertThat(IdleCheck.findings(0.8).remarks()).isEmpty();
    assertThat(IdleCheck.findings(3.25).remarks())
        .containsExactly("took 3.3 % of a processor while it was idle");
    assertThat(IdleCheck.findings(3.25).readings())
        .containsExactly(new Reading(Metric.IDLE_CPU, 3.25));
  }
}
