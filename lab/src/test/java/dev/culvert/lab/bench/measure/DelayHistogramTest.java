package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DelayHistogramTest {
  private final DelayHistogram histogram = new DelayHistogram();

  @Test
  void percentilesAreExactToAStep() {
    for (int i = 1; i <= 1000; i++) {
      histogram.add(i * 10_000L);
    }
    assertThat(histogram.count()).isEqualTo(1000);
    assertThat(histogram.percentileMillis(50)).isCloseTo(5.0, within(0.005));
    assertThat(histogram.percentileMillis(99)).isCloseTo(9.9, within(0.005));
    assertThat(histogram.longestMillis()).isEqualTo(10.0);
  }

  @Test
  void whatIsBeyondTheStepsIsTheLongest() {
    histogram.add(100_000);
    histogram.add(3_000_000_000L);
    assertThat(histogram.percentileMillis(100)).isEqualTo(3000.0);
    assertThat(histogram.percentileMillis(50)).isCloseTo(0.1, within(0.005));
  }

  @Test
  void anEmptyOneHasNoDelay() {
    assertThat(histogram.percentileMillis(50)).isZero();
    assertThat(histogram.longestMillis()).isZero();
  }
}
