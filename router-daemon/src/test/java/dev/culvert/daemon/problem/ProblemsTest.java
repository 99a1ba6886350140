package dev.culvert.daemon.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProblemsTest {
  private final Problems problems = new Problems();
  private final Refusals ports = problems.of("bfd", "BFD port at");
  private final Refusals sockets = problems.of("ospf", "OSPF socket on");

  @Test
  void whatIsRefusedIsShownUntilItIsMended() {
    ports.refused("st0.0", "in use");
    sockets.refused("st0.0", "not permitted");
    assertThat(problems.all())
        .containsEntry("BFD port at st0.0", "in use")
        .containsEntry("OSPF socket on st0.0", "not permitted")
        .hasSize(2);

    assertThat(ports.mended("st0.0")).isTrue();
    assertThat(ports.mended("st0.0")).isFalse();
    assertThat(problems.all()).containsOnlyKeys("OSPF socket on st0.0");
    assertThat(problems.errors()).containsEntry("bfd", 1L).containsEntry("ospf", 1L);
  }

  @Test
  void onlyAFirstRefusalAndAnotherReasonAreNews() {
    assertThat(ports.refused("st0.0", "in use").isNews()).isTrue();
    assertThat(ports.refused("st0.0", "in use").isNews()).isFalse();
    assertThat(ports.refused("st0.1", "in use").isNews()).isTrue();
    assertThat(ports.refused("st0.0", "not permitted").isNews()).isTrue();
    ports.mended("st0.0");
    assertThat(ports.refused("st0.0", "not permitted").isNews()).isTrue();
  }

  @Test
  void pausesDoubleUpToAMinuteAndBeginAnewAfterASuccess() {
    for (long seconds : new long[] {1, 2, 4, 8, 16, 32, 64, 64}) {
      assertThat(ports.refused("st0.0", "in use").pause()).isEqualTo(Duration.ofSeconds(seconds));
    }
    ports.mended("st0.0");
    assertThat(ports.refused("st0.0", "in use").pause()).isEqualTo(Duration.ofSeconds(1));
  }
}
