package dev.culvert.lab.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program of the machine to its end. */
public final class HostCommand {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private HostCommand() {}

  /** How a program ended, with standard output and error as one text. */
  public record Result(List<String> command, int exitStatus, String output) {
    public boolean succeeded() {
      return exitStatus == 0;
    }

    /** The output, if the program succeeded. */
    public String orThrow() {
      if (!succeeded()) {
        throw new LabException(
            String.join(" ", command) + " ended with " + exitStatus + ": " + output.strip());
      }
      return output;
    }
  }

  /** Runs a program that has to succeed, and returns its output. */
  public static String run(String... command) {
    return attempt(LIMIT, List.of(command)).orThrow();
  }

  /** Runs a program that has to succeed, and returns its output. */
  public static String run(List<String> command) {
    return attempt(LIMIT, command).orThrow();
  }

  /** Runs a program that may fail; one that does not end in time is killed. */
  public static Result attempt(Duration limit, List<String> command) {
    try {
      // A file, so that a program that says much is never held up by a full pipe.
      Path output = Files.createTempFile("culvert-lab", ".out");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly();
          throw new LabException(
              String.join(" ", command) + " did not end within " + limit.toSeconds() + " s");
        }
        String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
        return new Result(List.copyOf(command), process.exitValue(), text);
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new LabException("cannot run " + command.getFirst(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while running " + command.getFirst(), e);
    }
  }

  /** Whether a program of that name is on the PATH. */
  public static boolean exists(String program) {
    return attempt(LIMIT, List.of("sh", "-c", "command -v \"$1\"", "sh", program)).succeeded();
  }
}
