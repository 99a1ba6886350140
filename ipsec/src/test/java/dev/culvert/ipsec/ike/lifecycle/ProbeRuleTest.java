package dev.culvert.ipsec.ike.lifecycle;

import static dev.culvert.ipsec.config.DeadPeerDetection.Mode.ALWAYS_SEND;
import static dev.culvert.ipsec.config.DeadPeerDetection.Mode.OPTIMIZED;
import static dev.culvert.ipsec.config.DeadPeerDetection.Mode.PROBE_IDLE_TUNNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.config.DeadPeerDetection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rule, row by row; times in seconds, the interval ten, the threshold three. */
class ProbeRuleTest {
  private record Row(
      DeadPeerDetection.Mode mode, int heard, int sent, int now, boolean probe, int next) {}

  private static final List<Row> ROWS =
      List.of(
          // Heard within the interval: not before that is over.
          new Row(OPTIMIZED, 95, 96, 100, false, 105),
          new Row(PROBE_IDLE_TUNNEL, 95, 96, 100, false, 105),
          new Row(ALWAYS_SEND, 95, 96, 100, true, 110),
          // Silent, and we have sent since.
          new Row(OPTIMIZED, 90, 91, 100, true, 110),
          new Row(PROBE_IDLE_TUNNEL, 90, 91, 100, true, 110),
          new Row(ALWAYS_SEND, 90, 91, 100, true, 110),
          // Silent, but so have we been.
          new Row(OPTIMIZED, 90, 90, 100, false, 110),
          new Row(OPTIMIZED, 50, 20, 100, false, 110),
          new Row(PROBE_IDLE_TUNNEL, 50, 20, 100, true, 110),
          new Row(ALWAYS_SEND, 50, 20, 100, true, 110),
          // We begin to send after a long silence.
          new Row(OPTIMIZED, 20, 99, 100, true, 110));

  @Test
  void eachRowSaysWhetherToProbeAndWhenToLookAgain() {
    for (Row row : ROWS) {
      DeadPeerDetection detection = new DeadPeerDetection(row.mode, Duration.ofSeconds(10), 3);
      assertThat(ProbeRule.look(detection, at(row.now), at(row.heard), at(row.sent)))
          .as("%s", row)
          .isEqualTo(new ProbeRule.Look(row.probe, at(row.next)));
    }
  }

  @Test
  void aRequestStandsForProbesOnceItHasHadTheirTimeAndTheirNumber() {
    DeadPeerDetection detection = new DeadPeerDetection(OPTIMIZED, Duration.ofSeconds(10), 3);
    assertThat(ProbeRule.isDead(detection, at(130), at(99), at(100), 3)).isTrue();
    assertThat(ProbeRule.isDead(detection, at(129), at(99), at(100), 3)).isFalse();
    assertThat(ProbeRule.isDead(detection, at(130), at(99), at(100), 2)).isFalse();
    // It has been heard since the request was sent.
    assertThat(ProbeRule.isDead(detection, at(130), at(101), at(100), 3)).isFalse();
  }

  private static Instant at(int second) {
    return Instant.EPOCH.plusSeconds(second);
  }
}
