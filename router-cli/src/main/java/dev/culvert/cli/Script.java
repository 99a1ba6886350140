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
  private final CommandRunner runner;
  private final LineSink output;

  Script(ControlClient client, LineSink output) {
    this.runner = new CommandRunner(client);
    this.output = output;
  }

  /**
   * Runs each line as soon as it is there, for whoever writes them may wait for an answer before
   * the next; empty ones and comments ({@code #}) are skipped.
   *
   * @return the first error, at which the rest was left alone; or null
   */
  @Nullable String run(BufferedReader lines) throws ControlException, IOException {
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
