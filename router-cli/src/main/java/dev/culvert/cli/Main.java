package dev.culvert.cli;

import dev.culvert.cli.io.ControlClient;
import dev.culvert.cli.io.ControlException;
import dev.culvert.cli.shell.Shell;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
    description = "Operates a Culvert router. Without -c and -f: an interactive shell.",
    sortOptions = false,
    footer = {"", "\"culvert demo\" shows two routers and their tunnels on this machine."})
public final class Main implements Callable<Integer> {
  private static final int SUCCESS = 0;
  private static final int FAILURE = 1;

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
      description = "run the commands of this file, a line each; - is standard input")
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
        errors.println("culvert: " + reason(e));
        return FAILURE;
      }
      throw e;
    });
    return line.execute(args);
  }

  private static String reason(Exception failure) {
    return failure instanceof NoSuchFileException
        ? failure.getMessage() + ": no such file"
        : String.valueOf(failure.getMessage());
  }

  @Override
  public Integer call() throws ControlException, IOException {
    List<String> script = new ArrayList<>(commands);
    if (file != null) {
      script.addAll(scriptLines(file));
    } else if (script.isEmpty() && !isInteractive()) {
      script.addAll(scriptLines(Path.of("-")));
    } else if (script.isEmpty()) {
      try (ControlClient client = ControlClient.connect(runDir)) {
        return Shell.interact(client, System.getProperty("user.name", "operator"))
            ? SUCCESS
            : FAILURE;
      }
    }
    try (ControlClient client = ControlClient.connect(runDir)) {
      String error = new Script(client, StandardOutput.open()).run(script);
      if (error != null) {
        System.err.println(error);
      }
      return error == null ? SUCCESS : FAILURE;
    }
  }

  // The JDK's own console provider yields null where there is no terminal, others do not.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isInteractive() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private static List<String> scriptLines(Path file) throws IOException {
    if (!file.toString().equals("-")) {
      return Files.readAllLines(file);
    }
    InputStream input = System.in;
    return new String(input.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
  }
}
