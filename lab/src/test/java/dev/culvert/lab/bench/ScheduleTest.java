package dev.culvert.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.contender.Contenders;
import dev.culvert.lab.bench.measure.Measurement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final List<Contender> CONTENDERS =
      Contenders.all(List.of("culvertd"), "1.0", Optional.empty());

  private final Schedule schedule = new Schedule(false);

  @Test
  void whatTheTargetsCompareIsMeasuredInEveryPass() {
    for (String contender : List.of("none", "strongswan", "c-bound", "culvert-aes128")) {
      assertThat(includes(3, Measurement.UDP64, contender)).isTrue();
      assertThat(includes(3, Measurement.TCP1_NOOFFLOAD, contender)).isTrue();
    }
    assertThat(includes(3, Measurement.REKEY, "culvert-aes128")).isTrue();
  }

  @Test
  void theOthersAreRepeatedByTcpAlone() {
    assertThat(includes(1, Measurement.UDP64, "openvpn")).isTrue();
    assertThat(includes(2, Measurement.UDP64, "openvpn")).isFalse();
    assertThat(includes(2, Measurement.TCP4, "openvpn")).isTrue();
    assertThat(includes(2, Measurement.RTT_IDLE, "culvert-chacha-native")).isFalse();
  }

  @Test
  void theBoundWithoutSuperPacketsIsThereForTheComparisonWithoutOffload() {
    assertThat(includes(2, Measurement.TCP1_NOOFFLOAD, "c-bound-plain")).isTrue();
    assertThat(includes(1, Measurement.TCP1, "c-bound-plain")).isFalse();
  }

  @Test
  void everythingIsEverythingThatCanBeDone() {
    Schedule everything = new Schedule(true);
    for (Contender contender : CONTENDERS) {
      for (Measurement measurement : Measurement.values()) {
        boolean canBe =
            contender.name().startsWith("culvert-")
                || (measurement != Measurement.REKEY && measurement != Measurement.START);
        assertThat(everything.includes(2, measurement, contender)).isEqualTo(canBe);
      }
    }
  }

  private boolean includes(int pass, Measurement measurement, String name) {
    return schedule.includes(
        pass,
        measurement,
        CONTENDERS.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow());
  }
}
