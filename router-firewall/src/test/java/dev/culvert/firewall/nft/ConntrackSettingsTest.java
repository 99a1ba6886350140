package dev.culvert.firewall.nft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.firewall.ruleset.FlowOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConntrackSettingsTest {
  @Test
  void whatNobodySaysIsAsOnJunos() {
    assertThat(ConntrackSettings.of(FlowOptions.DEFAULT).values())
        .containsEntry("nf_conntrack_acct", 1)
        .containsEntry("nf_conntrack_tcp_be_liberal", 0)
        .containsEntry("nf_conntrack_tcp_timeout_established", 1800)
        .containsEntry("nf_conntrack_udp_timeout", 60);
  }

  @Test
  void everyOptionHasItsSwitchAndNoneDisappearsWithItsOption() {
    FlowOptions flow =
        new FlowOptions(
            0,
            0,
            0,
            true,
            true,
            false,
            false,
            true,
            true,
            Duration.ofSeconds(20),
            Duration.ofSeconds(2),
            false,
            Set.of());
    Map<String, Integer> values = ConntrackSettings.of(flow).values();
    assertThat(values)
        .containsEntry("nf_conntrack_tcp_be_liberal", 1)
        .containsEntry("nf_conntrack_tcp_timeout_syn_sent", 20)
        .containsEntry("nf_conntrack_tcp_timeout_syn_recv", 20)
        .containsEntry("nf_conntrack_tcp_timeout_close", 1)
        .containsEntry("nf_conntrack_tcp_timeout_fin_wait", 1);
    assertThat(ConntrackSettings.of(FlowOptions.DEFAULT).values().keySet())
        .isEqualTo(values.keySet());
  }
}
