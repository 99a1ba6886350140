package dev.culvert.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.FakeDaemon;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as a script starts it: a process with pipes. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MainTest {
  @TempDir Path directory;
  private FakeDaemon daemon;
  private Process process;

  @BeforeEach
  void startDaemon() throws Exception {
    daemon = FakeDaemon.start(directory.resolve("run"));
  }

  @AfterEach
  void stopAll() throws Exception {
    if (process != null) {
      process.destroyForcibly();
    }
    daemon.close();
  }

  @Test
  void whoWritesTheCommandsMayWaitForEachAnswerBeforeTheNext() throws Exception {
    start();
    try (Writer commands = process.outputWriter(StandardCharsets.UTF_8);
        BufferedReader answers = process.inputReader(StandardCharsets.UTF_8)) {
      for (int i = 0; i < 2; i++) {
        commands.write("# by a program\n\nshow numbers | last 1\n");
        commands.flush();
        assertThat(answers.readLine()).isEqualTo("line 200");
      }
    }
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void theFirstErrorInStandardInputEndsItAsInAFile() throws Exception {
    String lines = "show numbers | last 1\nshow bogus\nshow numbers | last 2\n";
    Path file = Files.writeString(directory.resolve("commands"), lines);
    List<String> outcomes = new ArrayList<>();
    for (List<String> arguments :
        List.of(List.<String>of(), List.of("-f", "-"), List.of("-f", file.toString()))) {
      start(arguments.toArray(String[]::new));
      try (Writer commands = process.outputWriter(StandardCharsets.UTF_8)) {
        commands.write(lines);
      } catch (IOException e) {
        // It has left without reading all.
        assertThat(process.isAlive()).isFalse();
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      outcomes.add(process.waitFor() + " " + output + errors);
    }
    assertThat(outcomes.getFirst()).startsWith("1 line 200\n").hasLineCount(2);
    assertThat(outcomes).allMatch(outcomes.getFirst()::equals);
  }

  @Test
  void aFileThatCannotBeReadIsNamedWithTheReason() throws Exception {
    assertThat(errorsOf("-f", directory.resolve("none").toString()))
        .isEqualTo("culvert: " + directory.resolve("none") + ": no such file or directory\n");
    assertThat(errorsOf("-f", directory.toString()))
        .isEqualTo("culvert: " + directory + ": is a directory\n");
    assertThat(errorsOf("-c", "show numbers | save " + directory.resolve("none/file")))
        .isEqualTo("culvert: " + directory.resolve("none/file") + ": no such file or directory\n");
  }

  private String errorsOf(String... arguments) throws Exception {
    start(arguments);
    process.getOutputStream().close();
    String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isEqualTo(1);
    return errors;
  }

  private void start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("--run-dir", directory.resolve("run").toString()));
    command.addAll(List.of(arguments));
    process = new ProcessBuilder(command).start();
  }
}
