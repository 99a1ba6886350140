package dev.culvert.daemon.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.engine.config.RouterConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFileTest {
  @TempDir Path directory;

  @Test
  void theActiveConfigurationIsForItsOwnerOnlyAndReadsAsTheSame() throws Exception {
    RouterConfig config = read(Path.of("../conf/branch.conf"));
    Path state = directory.resolve("state");
    ConfigurationFile.saveActive(state, config);
    Path active = state.resolve("active.conf");
    assertThat(Files.getPosixFilePermissions(active))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(read(active).tree().toBraces(true)).isEqualTo(config.tree().toBraces(true));
  }

  @Test
  void anEarlierOneIsReplacedAsAWholeAndNothingElseStays() throws Exception {
    Files.writeString(directory.resolve("active.conf"), "system { host-name old; }\n");
    Files.writeString(directory.resolve("active.conf.next"), "left by a crash");
    Path reader = directory.resolve("reader");
    Files.createLink(reader, directory.resolve("active.conf"));
    ConfigurationFile.saveActive(directory, read(Path.of("../conf/hub.conf")));
    // Whoever has the old file open reads the old one to its end.
    assertThat(reader).hasContent("system { host-name old; }");
    assertThat(directory.resolve("active.conf")).content().contains("host-name hub;");
    assertThat(directory.resolve("active.conf.next")).doesNotExist();
  }

  @Test
  void aFileThatCannotBeReadIsAFinding() throws Exception {
    Path missing = directory.resolve("missing.conf");
    Path binary = directory.resolve("binary.conf");
    Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe});
    String why = ":1: [] cannot be read: ";
    assertThat(findings(missing)).containsExactly(missing + why + "no such file or directory");
    assertThat(findings(binary)).containsExactly(binary + why + "not UTF-8 text");
    assertThat(findings(directory)).containsExactly(directory + why + "Is a directory");
  }

  @Test
  void aStateDirectoryThatCannotBeWrittenIsNamedWithTheReason() throws Exception {
    RouterConfig config = read(Path.of("../conf/branch.conf"));
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> ConfigurationFile.saveActive(file, config))
        .hasMessage("cannot save the configuration in %1$s: %1$s: not a directory", file);
    Files.createDirectories(directory.resolve("active.conf/x"));
    assertThatThrownBy(() -> ConfigurationFile.saveActive(directory, config))
        .hasMessageStartingWith("cannot save the configuration in " + directory + ": ")
        .hasMessageEndingWith("irectory");
  }

  private static RouterConfig read(Path file) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = ConfigurationFile.read(file, diagnostics);
    assertThat(diagnostics.findings()).isEmpty();
    return config;
  }

  private static List<String> findings(Path file) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigurationFile.read(file, diagnostics);
    return diagnostics.findings().stream().map(Diagnostics.Finding::toString).toList();
  }
}
