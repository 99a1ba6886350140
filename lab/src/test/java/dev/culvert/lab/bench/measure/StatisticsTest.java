package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  @Test
  void theMedianIsTheMiddleOrTheMeanOfTheTwoInTheMiddle() {
    assertThat(Statistics.median(List.of(9.0, 1.0, 4.0))).isEqualTo(4.0);
    assertThat(Statistics.median(List.of(9.0, 1.0, 4.0, 5.0))).isEqualTo(4.5);
    assertThat(Statistics.median(List.of(7.0))).isEqualTo(7.0);
  }

  @Test
  void percentilesAreValuesThatWereMeasured() {
    double[] hundred = IntStream.rangeClosed(1, 100).mapToDouble(i -> 101 - i).toArray();
    assertThat(Statistics.percentile(hundred, 50)).isEqualTo(50);
    assertThat(Statistics.percentile(hundred, 99)).isEqualTo(99);
    assertThat(Statistics.percentile(hundred, 100)).isEqualTo(100);
    assertThat(Statistics.percentile(hundred, 0)).isEqualTo(1);
    assertThat(Statistics.percentile(new double[] {3}, 99)).isEqualTo(3);
  }

  @Test
  void thereIsNoMedianOfNothing() {
    assertThatThrownBy(() -> Statistics.median(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Statistics.percentile(new double[0], 50))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
