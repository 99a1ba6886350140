package dev.culvert.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TunnelsArgumentsTest {
  @Test
  void fourCountsUnlessToldOtherwise() {
    TunnelsArguments arguments = parse("tunnels");
    assertThat(arguments.counts()).containsExactly(1, 50, 200, 500);
    assertThat(arguments.settle()).isEqualTo(Duration.ofSeconds(60));
    assertThat(arguments.hub()).isFalse();
    assertThat(arguments.oneSided()).isFalse();
    assertThat(arguments.culvertd()).isEmpty();
  }

  @Test
  void spokesAreTheSameOfAHub() {
    assertThat(parse("spokes").counts()).containsExactly(8, 50, 200);
    assertThat(parse("spokes").spokes()).isTrue();
    assertThat(parse("spokes --quick").counts()).containsExactly(8, 50);
    assertThat(parse("tunnels").spokes()).isFalse();
  }

  @Test
  void quickIsLessOfAllAndMayBeOverruled() {
    assertThat(parse("tunnels --quick").counts()).containsExactly(1, 50);
    TunnelsArguments arguments = parse("tunnels --quick --counts 7,9 --settle 3 --idle 4");
    assertThat(arguments.counts()).containsExactly(7, 9);
    assertThat(arguments.settle()).isEqualTo(Duration.ofSeconds(3));
    assertThat(arguments.idle()).isEqualTo(Duration.ofSeconds(4));
  }

  @Test
  void theReportNamesTheCommandWithoutPathsOfThisMachine() {
    assertThat(parse("tunnels --hub --one-sided --culvertd /x/culvertd --out /tmp/y").command())
        .isEqualTo("bin/bench tunnels --hub --one-sided --culvertd PATH --out PATH");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tunnels --counts",
        "tunnels --counts ,",
        "tunnels --counts 1,x",
        "tunnels --counts 0",
        "tunnels --counts 2001",
        "spokes --hub",
        "spokes --one-sided",
        "tunnels --passes 3"
      })
  void whatMakesNoSenseIsRefused(String line) {
    assertThatThrownBy(() -> parse(line)).isInstanceOf(IllegalArgumentException.class);
  }

  private static TunnelsArguments parse(String line) {
    return TunnelsArguments.parse(List.of(line.split(" ", -1)));
  }
}
