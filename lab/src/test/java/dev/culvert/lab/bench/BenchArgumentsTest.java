package dev.culvert.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.lab.bench.measure.Effort;
import dev.culvert.lab.bench.measure.Measurement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchArgumentsTest {
  @Test
  void withoutOptionsEverythingIsMeasuredThreeTimes() {
    BenchArguments arguments = parse("throughput");
    assertThat(arguments.passes()).isEqualTo(3);
    assertThat(arguments.measurements()).containsExactly(Measurement.values());
    assertThat(arguments.effort()).isEqualTo(Effort.FULL);
    assertThat(arguments.offload()).isTrue();
    assertThat(arguments.includes("openvpn")).isTrue();
    assertThat(arguments.cBound()).isEmpty();
  }

  @Test
  void quickIsOneShortPassUnlessToldOtherwise() {
    assertThat(parse("throughput --quick").passes()).isEqualTo(1);
    BenchArguments arguments = parse("throughput --quick --passes 2 --seconds 9");
    assertThat(arguments.passes()).isEqualTo(2);
    assertThat(arguments.effort()).isEqualTo(Effort.QUICK.withTcp(Duration.ofSeconds(9)));
  }

  @Test
  void rekeysAreTwentyUnlessToldOtherwise() {
    assertThat(parse("throughput").effort().rekeys()).isEqualTo(20);
    assertThat(parse("throughput --seconds 4 --rekeys 200").effort())
        .isEqualTo(Effort.FULL.withTcp(Duration.ofSeconds(4)).withRekeys(200));
  }

  @Test
  void onlyNamesContendersAndCulvertIsAllOfItsKinds() {
    BenchArguments arguments = parse("throughput --only strongswan,culvert");
    assertThat(arguments.includes("strongswan")).isTrue();
    assertThat(arguments.includes("culvert-aes128")).isTrue();
    assertThat(arguments.includes("none")).isFalse();
    BenchArguments one = parse("throughput --only culvert-aes128");
    assertThat(one.includes("culvert-aes128")).isTrue();
    assertThat(one.includes("culvert-aes128-native")).isFalse();
  }

  @Test
  void testsAreMadeInTheOrderGiven() {
    assertThat(parse("throughput --tests rtt-idle,tcp1,tcp1-nooffload").measurements())
        .containsExactly(Measurement.RTT_IDLE, Measurement.TCP1, Measurement.TCP1_NOOFFLOAD);
  }

  @Test
  void theOptionForTheBoundGoesBeforeTheEnvironment() {
    List<String> words = List.of("throughput");
    assertThat(BenchArguments.parse(words, Optional.of("/opt/gw")).cBound())
        .contains(Path.of("/opt/gw"));
    List<String> option = List.of("throughput", "--c-bound", "/opt/other");
    assertThat(BenchArguments.parse(option, Optional.of("/opt/gw")).cBound())
        .contains(Path.of("/opt/other"));
  }

  @Test
  void theCommandInTheReportHidesPaths() {
    assertThat(parse("throughput --c-bound /root/x --passes 2 --out /tmp/y").command())
        .isEqualTo("bin/bench throughput --c-bound PATH --passes 2 --out PATH");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "speed",
        "throughput --passes",
        "throughput --passes 0",
        "throughput --passes many",
        "throughput --passes 99999999",
        "throughput --tests tcp9",
        "throughput --fast"
      })
  void aWrongCommandLineIsRefused(String line) {
    assertThatThrownBy(() -> parse(line)).isInstanceOf(IllegalArgumentException.class);
  }

  private static BenchArguments parse(String line) {
    return BenchArguments.parse(
        line.isEmpty() ? List.of() : List.of(line.split(" ")), Optional.empty());
  }
}
