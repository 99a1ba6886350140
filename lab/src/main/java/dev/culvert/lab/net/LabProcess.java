package dev.culvert.lab.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program of a lab that goes on running; its output is collected in a file. */
public final class LabProcess {
  private final Process process;
  private final Path log;

  private LabProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  static LabProcess start(Path log, List<String> command, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      return new LabProcess(builder.start(), log);
    } catch (IOException e) {
      throw new LabException("cannot start " + command.getFirst(), e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Where its output goes, behind what a program of the same name wrote before. */
  public Path logFile() {
    return log;
  }

  /** All it wrote so far. */
  public String log() {
    try {
      return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LabException("cannot read " + log, e);
    }
  }

  /** A command line that runs inside this program's network and mount namespaces. */
  public List<String> beside(List<String> command) {
    List<String> whole =
        new ArrayList<>(List.of("nsenter", "-t", Long.toString(pid()), "-m", "-n"));
    whole.addAll(command);
    return whole;
  }

  /** A path as this program sees it, in its own mount namespace. */
  public Path path(String absolutePath) {
    return Path.of("/proc/" + pid() + "/root" + absolutePath);
  }

  /** Sends a signal by its name, such as {@code INT}. */
  public void signal(String name) {
    HostCommand.run("kill", "-" + name, Long.toString(pid()));
  }

  /** SIGTERM, and after {@code limit} SIGKILL. Returns whether it ended by itself. */
  public boolean stop(Duration limit) {
    process.destroy();
    if (awaitEnd(limit)) {
      return true;
    }
    kill();
    return false;
  }

  /**
   * SIGKILL: as if the power of this program alone went off. The kernel removes a router's tunnel
   * devices one by one before the process is gone, some twenty a second.
   */
  public void kill() {
    process.destroyForcibly();
    awaitEnd(Duration.ofMinutes(2));
  }

  /** Waits for its end; false if it goes on. */
  public boolean awaitEnd(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while waiting for a program to end", e);
    }
  }

  /** The exit status of a program that ended. */
  public int exitStatus() {
    return process.exitValue();
  }
}
