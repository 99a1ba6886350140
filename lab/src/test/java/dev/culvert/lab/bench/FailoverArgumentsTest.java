package dev.culvert.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.lab.bench.failover.FailoverResult;
import dev.culvert.lab.bench.failover.Trigger;
import dev.culvert.lab.bench.measure.PacedFlow;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailoverArgumentsTest {
  @Test
  void allTriggersUnlessToldOtherwise() {
    assertThat(parse("failover").triggers()).containsExactly(Trigger.values());
    assertThat(parse("failover --triggers bfd-fast,ike-delete").triggers())
        .containsExactly(Trigger.BFD_FAST, Trigger.IKE_DELETE);
    assertThat(parse("failover --out /tmp/x").command()).isEqualTo("bin/bench failover --out PATH");
  }

  @ParameterizedTest
  @ValueSource(strings = {"failover --triggers", "failover --triggers no-such", "failover --quick"})
  void whatIsWrongIsToldAsALine(String line) {
    assertThatThrownBy(() -> parse(line)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aGoalIsMissedByOnePacketTooManyAndByAnyOnTheReturn() {
    assertThat(result(150, 0).isMet()).isTrue();
    assertThat(result(151, 0).isMet()).isFalse();
    assertThat(result(10, 1).isMet()).isFalse();
    assertThat(FailoverResult.table(List.of(result(120, 0))))
        .containsPattern("BFD 50 ms x 3, OSPF +118 ms +120 +<= 150 +0");
  }

  private static FailoverResult result(int lost, int onReturn) {
    return new FailoverResult(
        Trigger.BFD_OSPF,
        new PacedFlow.Loss(5000, lost, 118),
        new PacedFlow.Loss(5000, onReturn, onReturn));
  }

  private static FailoverArguments parse(String line) {
    return FailoverArguments.parse(List.of(line.split(" ")));
  }
}
