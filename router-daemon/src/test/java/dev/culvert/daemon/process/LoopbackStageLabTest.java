package dev.culvert.daemon.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.forwarding.Rehearsal;
import dev.culvert.tun.sys.SystemCallException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Its socket's buffers are beyond what anybody may ask for: a lab, as it needs root. */
@Tag("lab")
class LoopbackStageLabTest {
  @Test
  void everyPacketOfARehearsalComesThroughTheKernel() throws SystemCallException {
    try (LoopbackStage loopback = LoopbackStage.open()) {
      // Two rounds are a stream of 20 segments, four acknowledgments and three datagrams. What
      // the last ones sent may still be under way.
      assertThat(Rehearsal.run(new JceAeadProvider(), loopback.stage(), 20, () -> false))
          .isBetween(9 * 27L, 10 * 27L);
    }
  }
}
