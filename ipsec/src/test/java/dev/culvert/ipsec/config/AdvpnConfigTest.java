package dev.culvert.ipsec.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code security ike gateway … advpn}. */
class AdvpnConfigTest {
  private static final List<String> GATEWAY =
      List.of(
          "proposal p encryption-algorithm aes-256-gcm",
          "proposal p dh-group group20",
          "policy pol proposals p",
          "policy pol pre-shared-key ascii-text feijoa",
          "gateway gw ike-policy pol",
          "gateway gw external-interface eth0.0",
          "gateway gw version v2-only");

  private final Diagnostics diagnostics = new Diagnostics();

  @Test
  void withoutItNobodySuggestsAndNobodyBuilds() {
    GatewayConfig gateway = bind("address 192.0.2.1");
    assertThat(gateway.advpn()).isNull();
    assertThat(gateway.suggestsShortcuts()).isFalse();
    assertThat(gateway.takesShortcuts()).isFalse();
  }

  @Test
  void aHubSuggestsAndASpokeBuildsWithWhatJunosTakesWhereNothingIsSaid() {
    assertThat(bind("address 192.0.2.1", "advpn partner disable").advpn())
        .isEqualTo(new Advpn(true, false, 1_000, Duration.ofMinutes(5), 5));
    assertThat(
            bind(
                    "address 192.0.2.1",
                    "advpn suggester disable",
                    "advpn partner connection-limit 7",
                    "advpn partner idle-time 60",
                    "advpn partner idle-threshold 12")
                .advpn())
        .isEqualTo(new Advpn(false, true, 7, Duration.ofSeconds(60), 12));
    assertThat(diagnostics.findings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "address 192.0.2.1;advpn partner idle-time 90, disable one of them",
    "address 192.0.2.1;advpn partner disable;advpn suggester disable, does nothing",
    "address 192.0.2.1;advpn partner disable;no-nat-traversal, exclude each other",
    "dynamic hostname x.y;dynamic ike-user-type group-ike-id;advpn suggester disable, peer is one",
    "dynamic general-ikeid;advpn suggester disable, peer is one",
  })
  void whatCannotBeIsRefused(String lines, String complaint) {
    bind(lines.split(";"));
    assertThat(diagnostics.findings())
        .extracting(finding -> finding.message())
        .singleElement()
        .asString()
        .contains(complaint);
  }

  private GatewayConfig bind(String... lines) {
    List<String> all = new ArrayList<>(GATEWAY);
    Arrays.stream(lines).forEach(line -> all.add("gateway gw " + line));
    return new IkeBinder(diagnostics)
        .bind(SetLines.parse(SecurityIkeSchema.schema(), all.toArray(String[]::new)))
        .gateways()
        .getFirst();
  }
}
