package dev.culvert.daemon.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.ike.operational.TunnelEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class TunnelEventsShowTest {
  @Test
  void theSameEventOfSeveralTunnelsIsAddedUp() {
    Page page =
        TunnelEventsShow.page(
            List.of(
                new TunnelEvent(SampleRecords.NOW, "IPSec SA rekey successfully completed", 3),
                new TunnelEvent(SampleRecords.NOW, "DPD detected peer as down", 1),
                new TunnelEvent(SampleRecords.NOW, "IPSec SA rekey successfully completed", 4)));
    assertThat(page.lines())
        .containsExactly(
            "%-70s: 1".formatted("DPD detected peer as down"),
            "%-70s: 7".formatted("IPSec SA rekey successfully completed"));
    assertThat(page.element().toJson()).contains("tunnel-event-count", "7");
  }
}
