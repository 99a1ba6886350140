package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The configurations that come with the router. */
class SampleConfigurationTest {
  static Stream<String> names() {
    return Stream.of(
        "autovpn-hub",
        "autovpn-spoke",
        "branch",
        "hub",
        "internet-nat",
        "many-policies",
        "overlapping-subnets-a",
        "overlapping-subnets-b",
        "primary-backup-bgp",
        "primary-backup-bgp-hub",
        "primary-backup-ospf",
        "primary-backup-ospf-hub",
        "primary-backup-static",
        "primary-backup-static-hub",
        "traffic-selectors",
        "rip-over-vpn-a",
        "rip-over-vpn-b");
  }

  @ParameterizedTest
  @MethodSource("names")
  void isAcceptedWithoutAnyFinding(String name) throws IOException {
    assertThat(findings(text(name))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("names")
  void meansTheSameInBothPrintedForms(String name) throws IOException {
    RouterConfig config = read(text(name), new Diagnostics());
    for (String printed : List.of(config.tree().toBraces(true), config.tree().toSet(true))) {
      Diagnostics diagnostics = new Diagnostics();
      RouterConfig again = read(printed, diagnostics);
      assertThat(diagnostics.findings()).isEmpty();
      assertThat(again.interfaces()).isEqualTo(config.interfaces());
      assertThat(again.routing()).isEqualTo(config.routing());
      assertThat(again.system()).isEqualTo(config.system());
      assertThat(again.bgp()).isEqualTo(config.bgp());
      assertThat(again.firewall()).isEqualTo(config.firewall());
      assertThat(again.tree().toBraces(true)).isEqualTo(config.tree().toBraces(true));
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void isShownWithoutItsSecrets(String name) throws IOException {
    RouterConfig config = read(text(name), new Diagnostics());
    assertThat(config.toString()).doesNotContain("change-me-before-use");
    assertThat(config.tree().toBraces(false)).doesNotContain("change-me-before-use");
    assertThat(config.tree().toSet(false)).doesNotContain("change-me-before-use");
    assertThat(config.tree().toJson()).doesNotContain("change-me-before-use");
  }

  private static String text(String name) throws IOException {
    return Files.readString(Path.of("../conf/" + name + ".conf"));
  }

  private static List<Diagnostics.Finding> findings(String text) {
    Diagnostics diagnostics = new Diagnostics();
    read(text, diagnostics);
    return diagnostics.findings();
  }

  private static RouterConfig read(String text, Diagnostics diagnostics) {
    return RouterConfigReader.read("sample.conf", text, diagnostics);
  }
}
