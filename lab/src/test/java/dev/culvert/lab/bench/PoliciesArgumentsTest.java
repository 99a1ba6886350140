package dev.culvert.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoliciesArgumentsTest {
  @Test
  void withoutOptionsEveryCountIsMeasuredThreeTimes() {
    PoliciesArguments arguments = parse("policies");
    assertThat(arguments.counts()).containsExactly(10, 100, 1000, 10_000);
    assertThat(arguments.passes()).isEqualTo(3);
    assertThat(arguments.docs()).isFalse();
  }

  @Test
  void quickIsLessOfAllAndMayBeOverruled() {
    assertThat(parse("policies --quick").passes()).isEqualTo(1);
    PoliciesArguments arguments = parse("policies --quick --counts 7 --passes 2 --seconds 5");
    assertThat(arguments.counts()).containsExactly(7);
    assertThat(arguments.passes()).isEqualTo(2);
    assertThat(arguments.stream()).isEqualTo(Duration.ofSeconds(5));
    assertThat(parse("policies --docs --out /tmp/x").command())
        .isEqualTo("bin/bench policies --docs --out PATH");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"policies --counts", "policies --counts 65537", "policies --hub", "policies 10"})
  void whatMakesNoSenseIsRefused(String line) {
    assertThatThrownBy(() -> parse(line)).isInstanceOf(IllegalArgumentException.class);
  }

  private static PoliciesArguments parse(String line) {
    return PoliciesArguments.parse(List.of(line.split(" ", -1)));
  }
}
