package dev.culvert.lab.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerStartTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** What charon 5.9.8 says where libstrongswan-standard-plugins is not installed. */
  private static final String CHARON =
      """
      00[LIB] plugin 'gcm': failed to load - gcm_plugin_create not found and no plugin file available
      00[LIB] plugin 'openssl': failed to load - openssl_plugin_create not found and no plugin file available
      00[LIB] feature PUBKEY:BLISS in plugin 'pem' has unmet dependency: PUBKEY:BLISS
      00[LIB] loaded plugins: charon-systemd random nonce aes sha1
      00[JOB] spawning 16 worker threads
      """;

  @TempDir Path folder;

  @Test
  void whatStrongswanLacksIsNamed() {
    assertThat(PeerStart.lacks(CHARON))
        .containsExactly(
            "plugin 'gcm'",
            "plugin 'openssl'",
            "feature PUBKEY:BLISS in plugin 'pem' has unmet dependency: PUBKEY:BLISS");
  }

  @Test
  void whatOtherProgramsAndThoseThatStartThemLackIsNamed() {
    assertThat(
            PeerStart.lacks(
                """
                exec of "charon-systemd" failed: No such file or directory
                nsenter: failed to execute /usr/lib/frr/ospfd: No such file or directory
                sh: 1: exec: bird: not found
                env: ‘nice’: No such file or directory
                bgpd: error while loading shared libraries: libyang.so.2: cannot open shared object file: No such file or directory
                bird: Unable to open configuration file /tmp/lab/bird.conf: No such file or directory
                bird: /tmp/lab/bird.conf:2:10 syntax error, unexpected CF_SYM_UNDEFINED
                ZEBRA: [SHWNK-NWT5S][EC 100663304] No such command on config line 2:  foo bar
                """))
        .containsExactly(
            "charon-systemd",
            "/usr/lib/frr/ospfd",
            "bird",
            "nice",
            "libyang.so.2",
            "/tmp/lab/bird.conf",
            "/tmp/lab/bird.conf:2:10 syntax error, unexpected CF_SYM_UNDEFINED",
            "No such command on config line 2:  foo bar");
  }

  @Test
  void theErrorHoldsWhatIsMissingAndTheEndOfTheLogOnly() {
    String many = "early\n" + "line\n".repeat(40) + "last\n";
    assertThat(PeerStart.failure("strongSwan swan", "it runs without plugins", CHARON + many))
        .startsWith(
            "strongSwan swan did not start: it runs without plugins\nmissing: plugin 'gcm',")
        .endsWith("line\nlast")
        .doesNotContain("early");
    assertThat(PeerStart.failure("x", "it ended with 1", "")).endsWith("it wrote nothing");
  }

  @Test
  void aProgramThatEndsIsNotWaitedFor() {
    LabProcess process = start("echo 'sh: 1: exec: bird: not found'; exit 3");
    assertThatThrownBy(() -> PeerStart.await(process, "BIRD b", LIMIT, () -> false))
        .isInstanceOf(LabException.class)
        .hasMessage(
            "BIRD b did not start: it ended with 3\nmissing: bird\nits last lines:\n"
                + "sh: 1: exec: bird: not found");
  }

  @Test
  void aProgramThatAnswersIsWaitedForOnlyUntilThen() {
    LabProcess process = start("echo ready; exec sleep 600");
    try {
      PeerStart.await(process, "it", LIMIT, () -> process.log().contains("ready"));
      PeerStart.requirePlugins(process, "it");
    } finally {
      process.kill();
    }
  }

  @Test
  void strongswanWithoutItsPluginsIsNoPeer() {
    LabProcess process = start("echo \"00[LIB] plugin 'openssl': failed to load - no\"");
    assertThat(process.awaitEnd(LIMIT)).isTrue();
    assertThatThrownBy(() -> PeerStart.requirePlugins(process, "strongSwan swan"))
        .hasMessageContaining("missing: plugin 'openssl'");
  }

  private LabProcess start(String script) {
    return LabProcess.start(folder.resolve("log"), List.of("sh", "-c", script), Map.of());
  }
}
