package dev.culvert.cli;

import dev.culvert.cli.io.CommandRunner;
import dev.culvert.cli.io.ControlClient;
import dev.culvert.cli.io.ControlException;
import dev.culvert.cli.pipe.CommandLine;
import dev.culvert.cli.pipe.LineSink;
import java.io.BufferedReader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Commands that run one after another in one session, without a person watching. */
final class Script {
  private static final String END_OF_INPUT = "\u0004";

  private final CommandRunner runner;
  private final LineSink output;

  private @Nullable BufferedReader rest;

  Script(ControlClient client, LineSink output) {
    this.runner = new CommandRunner(client, this::readTyped);
    this.output = output;
  }

  /** What follows {@code load … terminal}, up to a line of Ctrl-D or the end. */
  private String readTyped() throws IOException {
    StringBuilder text = new StringBuilder();
    BufferedReader lines = rest;
    String line = lines == null ? null : lines.readLine();
    while (lines != null && line != null && !line.equals(END_OF_INPUT)) {
      text.append(line).append('\n');
      line = lines.readLine();
    }
    return text.toString();
  }

  /**
   * Runs each line as soon as it is there, for whoever writes them may wait for an answer before
   * the next; empty ones and comments ({@code #}) are skipped.
   *
   * @return the first error, at which the rest was left alone; or null
   */
  @Nullable String run(BufferedReader lines) throws ControlException, IOException {
    rest = lines;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isBlank() || line.stripLeading().startsWith("#")) {
        continue;
      }
      String error = runOne(line);
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  private @Nullable String runOne(String line) throws ControlException, IOException {
    try {
      return runner.run(CommandLine.parse(line), output);
    } catch (CommandLine.SyntaxException e) {
      return "error: " + e.getMessage();
    }
  }
}
