package dev.culvert.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What scripts rely on: the exit status and the form of findings. */
class MainTest {
  @TempDir Path directory;

  private record Outcome(int status, String err) {}

  @ParameterizedTest
  @ValueSource(strings = {"branch", "hub"})
  void aGoodFileIsCheckedInSilence(String name) {
    assertThat(run("--check", "--config", "../conf/" + name + ".conf"))
        .isEqualTo(new Outcome(0, ""));
  }

  @Test
  void everyFaultIsALineOfFileLinePathAndMessage() throws Exception {
    Path file = directory.resolve("bad.conf");
    Files.writeString(
        file,
        """
        routing-options {
            router-id 0.0.0.0;
            static { route 10.0.0.0/8 next-hop st0.9; }
        }
        protocolls { }
        """);
    Outcome outcome = run("--config", file.toString(), "--check");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err().lines())
        .hasSizeGreaterThanOrEqualTo(2)
        .allSatisfy(line -> assertThat(line).matches(".*bad\\.conf:[0-9]+: \\[[^]]*] .+"))
        .anySatisfy(line -> assertThat(line).startsWith(file + ":2: [routing-options"))
        .anySatisfy(line -> assertThat(line).startsWith(file + ":5: []"));
  }

  @Test
  void aMissingFileIsAFindingToo() {
    Path file = directory.resolve("missing.conf");
    assertThat(run("--check", "--config", file.toString()))
        .isEqualTo(
            new Outcome(
                1,
                file
                    + ":1: [] cannot be read: no such file or directory"
                    + System.lineSeparator()));
  }

  @Test
  void aRunDirectoryThatCannotBeUsedIsNamedWithTheReason() throws Exception {
    Path file = Files.createFile(directory.resolve("run"));
    Outcome outcome =
        run("--config", "../conf/branch.conf", "--run-dir", file + "", "--state-dir", file + "");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err().lines())
        .contains(
            "culvertd: cannot use the run directory %1$s: %1$s: not a directory".formatted(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--bogus", "--config", "--check", "--config= --checks", "file.conf"})
  void aWrongCommandLineIsAnsweredWithTheUsage(String line) {
    Outcome outcome = run(line.isEmpty() ? new String[0] : line.split(" "));
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("culvertd: ").contains(Arguments.USAGE);
  }

  private static Outcome run(String... words) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status = Main.run(words, new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Outcome(status, err.toString(StandardCharsets.UTF_8));
  }
}
