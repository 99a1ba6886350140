package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.bench.measure.RateSearch.Result;
import dev.culvert.lab.bench.measure.RateSearch.Trial;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateSearchTest {
  private static final double OFFERED = 300_000;
  private static final RateSearch SEARCH = new RateSearch(OFFERED, 0.1);

  @ParameterizedTest
  @ValueSource(doubles = {500, 18_000, 33_000, 140_000, 260_000, 299_000})
  void theCapacityOfAGatewayIsFoundWithinFivePercentAndNeverExceeded(double capacity) {
    double found = SEARCH.highest(rate -> gateway(rate, capacity));
    assertThat(found)
        .isLessThanOrEqualTo(capacity * 1.002)
        .isCloseTo(capacity, Percentage.withPercentage(5));
  }

  @Test
  void aGatewayThatDeliversLessUnderOverloadThanItCouldIsMeasuredAtItsBest() {
    double found = SEARCH.highest(rate -> rate > 100_000 ? result(rate, 40) : result(rate, 0));
    assertThat(found).isCloseTo(100_000, Percentage.withPercentage(5));
  }

  @Test
  void oneTrialIsEnoughWhenAllThatCanBeSentGetsThrough() {
    List<Double> rates = new ArrayList<>();
    double found =
        SEARCH.highest(rate -> {
          rates.add(rate);
          return result(171_000, 0.05);
        });
    assertThat(found).isEqualTo(171_000);
    assertThat(rates).containsExactly(OFFERED);
  }

  @Test
  void aSenderThatIsTooSlowForARateYieldsWhatItSent() {
    double found =
        SEARCH.highest(
            rate -> rate == OFFERED ? result(250_000, 20) : result(Math.min(rate, 120_000), 0));
    assertThat(found).isEqualTo(120_000);
  }

  @Test
  void oneUnluckyTrialDoesNotRefuseARate() {
    Trial steady = rate -> gateway(rate, 100_000);
    int[] trials = {0};
    double found = SEARCH.highest(rate -> trials[0]++ % 2 == 1 ? result(rate, 5) : steady.at(rate));
    assertThat(found).isCloseTo(100_000, Percentage.withPercentage(5));
  }

  @Test
  void whatNothingGetsThroughHasNoRate() {
    assertThat(SEARCH.highest(rate -> result(rate, 100))).isZero();
  }

  @Test
  void aDisturbedTrialCannotRefuseARate() {
    int[] trials = {0};
    double found =
        SEARCH.highest(rate -> {
          boolean lucky = trials[0]++ % 6 == 0;
          return lucky ? gateway(rate, 100_000) : new Result(rate, 5, true);
        });
    assertThat(found).isCloseTo(100_000, Percentage.withPercentage(5));
  }

  private static Result result(double sentPerSecond, double lossPercent) {
    return new Result(sentPerSecond, lossPercent, false);
  }

  private static Result gateway(double rate, double capacity) {
    return result(rate, rate <= capacity ? 0 : 100 * (1 - capacity / rate));
  }
}
