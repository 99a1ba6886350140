package dev.culvert.cli;

import dev.culvert.cli.io.ControlClient;
import dev.culvert.cli.io.ControlException;
import dev.culvert.cli.shell.Shell;
import dev.culvert.core.notice.FileErrors;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/culvert}: the operator's shell, or a few commands and their output. */
@Command(
    name = "culvert",
    description =
        "Operates a Culvert router. Without -c and -f, at a terminal: an interactive shell.",
    sortOptions = false,
    footer = {"", "\"culvert demo\" shows two routers and their tunnels on this machine."})
public final class Main implements Callable<Integer> {
  private static final int SUCCESS = 0;
  private static final int FAILURE = 1;
  private static final Path STANDARD_INPUT = Path.of("-");

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "where the router's control.sock is (default: ${DEFAULT-VALUE})")
  private Path runDir = ControlClient.DEFAULT_RUN_DIR;

  @Option(
      names = "-c",
      paramLabel = "COMMAND",
      description = "run this command and exit; may be repeated, stops at the first error")
  private List<String> commands = new ArrayList<>();

  @Option(
      names = "-f",
      paramLabel = "FILE",
      description =
          "run the commands of this file, a line each; - is standard input, which is read so too"
              + " where it is no terminal")
  private @Nullable Path file;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this")
  @SuppressWarnings("UnusedVariable") // picocli sets it and acts on it
  private boolean help;

  /** Only {@link #main} and tests make one. */
  Main() {}

  /** Entry point. */
  public static void main(String[] args) {
    System.exit(run(args, System.err));
  }

  static int run(String[] args, PrintStream errors) {
    CommandLine line = new CommandLine(new Main());
    line.setParameterExceptionHandler((e, _) -> {
      errors.println("culvert: " + e.getMessage() + " (see culvert --help)");
      return FAILURE;
    });
    line.setExecutionExceptionHandler((e, _, _) -> {
      if (e instanceof ControlException || e instanceof IOException) {
        errors.println("culvert: " + FileErrors.reason(e));
        return FAILURE;
      }
      throw e;
    });
    return line.execute(args);
  }

  @Override
  public Integer call() throws ControlException, IOException {
    if (file == null && commands.isEmpty() && isInteractive()) {
      try (ControlClient client = ControlClient.connect(runDir)) {
        return Shell.interact(client, System.getProperty("user.name", "operator"))
            ? SUCCESS
            : FAILURE;
      }
    }
    try (ControlClient client = ControlClient.connect(runDir)) {
      Script script = new Script(client, StandardOutput.open());
      String error = runCommands(script);
      if (error != null) {
        System.err.println(error);
      }
      return error == null ? SUCCESS : FAILURE;
    }
  }

  /** Those of {@code -c}, then those of the file; without either, standard input is the file. */
  private @Nullable String runCommands(Script script) throws ControlException, IOException {
    if (!commands.isEmpty()) {
      String lines = String.join("\n", commands);
      String error = script.run(new BufferedReader(new StringReader(lines)));
      if (error != null || file == null) {
        return error;
      }
    }
    try (BufferedReader lines = open(file == null ? STANDARD_INPUT : file)) {
      return script.run(lines);
    }
  }

  // The JDK's own console provider yields null where there is no terminal, others do not.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isInteractive() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private static BufferedReader open(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "is a directory");
    }
    InputStream input = file.equals(STANDARD_INPUT) ? System.in : Files.newInputStream(file);
    return new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
  }
}
