package dev.culvert.kernels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * {@code bin/bench kernels}: JMH with its own options, and one more: {@code --docs} makes the
 * results {@code docs/kernels.md}. The first argument is the file that JMH's results go to.
 */
public final class Kernels {
  private static final String DOCS = "--docs";

  private Kernels() {}

  public static void main(String[] arguments)
      throws IOException, RunnerException, CommandLineOptionException {
    List<String> asked = new ArrayList<>(List.of(arguments).subList(1, arguments.length));
    boolean docs = asked.remove(DOCS);
    List<String> words = new ArrayList<>(List.of("-rf", "json", "-rff", arguments[0]));
    words.addAll(asked);
    if (!docs) {
      org.openjdk.jmh.Main.main(words.toArray(String[]::new));
      return;
    }
    Collection<RunResult> results =
        new Runner(new CommandLineOptions(words.toArray(String[]::new))).run();
    if (results.isEmpty()) {
      throw new RunnerException("no benchmark was run");
    }
    Path file = Path.of(System.getProperty("culvert.home", "."), "docs", "kernels.md");
    Files.writeString(file, new KernelReport(List.copyOf(results)).document(asked, Instant.now()));
    System.out.println("the results are in " + file);
  }
}
