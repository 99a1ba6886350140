package dev.culvert.lab.net;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Waits for a program of others, such as a routing daemon, to be there for a lab. Where it is not,
 * the error names the plugin, library or file it lacks: on a machine that misses a package, that is
 * all there is to know.
 */
public final class PeerStart {
  private static final int LAST_LINES = 15;

  /** strongSwan goes on without a plugin it cannot load, and fails at whatever needs it. */
  private static final Pattern PLUGIN = Pattern.compile("(plugin '[^']+'): failed to load");

  private static final String FILE_REASON = "(No such file or directory|Permission denied)";

  /** How programs, the dynamic linker and the commands that start them name what is not there. */
  private static final List<Pattern> LACKS =
      List.of(
          PLUGIN,
          Pattern.compile("(feature \\S+ in plugin '[^']+' has unmet dependency: \\S+)"),
          Pattern.compile("(\\S+): cannot open shared object file"),
          Pattern.compile("exec of \"([^\"]+)\" failed: " + FILE_REASON),
          Pattern.compile("failed to execute (\\S+): " + FILE_REASON),
          Pattern.compile("env: [‘'](.+)[’']: " + FILE_REASON),
          Pattern.compile("exec: (\\S+): not found"),
          Pattern.compile("(?:^|[\\s'\"\\[])(/[^\\s:'\"\\]]+)['\"\\]]?: " + FILE_REASON),
          // A configuration it does not understand: BIRD, FRR.
          Pattern.compile("(\\S+:\\d+:\\d+ syntax error.*)"),
          Pattern.compile("(No such command on config line \\d+: .*)"));

  private PeerStart() {}

  /**
   * Returns as soon as {@code answers} holds; fails as soon as the program has ended, or when it
   * has not answered in time.
   *
   * @param name how errors call the program
   */
  public static void await(
      LabProcess process, String name, Duration limit, Await.Condition answers) {
    try {
      Await.until(limit, name + " to answer", () -> !process.isAlive() || answers.holds());
    } catch (LabException e) {
      throw new LabException(failure(name, String.valueOf(e.getMessage()), process.log()), e);
    }
    if (!process.isAlive()) {
      throw new LabException(failure(name, "it ended with " + process.exitStatus(), process.log()));
    }
  }

  /** Fails if strongSwan, which runs without them, could not load every plugin it was told to. */
  public static void requirePlugins(LabProcess process, String name) {
    String log = process.log();
    if (PLUGIN.matcher(log).find()) {
      throw new LabException(failure(name, "it runs without plugins", log));
    }
  }

  /** What the operator of a lab reads: what happened, what is missing, the end of the log. */
  static String failure(String name, String what, String log) {
    List<String> lines = log.lines().toList();
    List<String> last = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
    Set<String> lacks = lacks(log);
    return name
        + " did not start: "
        + what
        + (lacks.isEmpty() ? "" : "\nmissing: " + String.join(", ", lacks))
        + (last.isEmpty() ? "\nit wrote nothing" : "\nits last lines:\n" + String.join("\n", last));
  }

  /** What a log names as missing, in its order, each once. */
  static Set<String> lacks(String log) {
    Set<String> found = new LinkedHashSet<>();
    for (String line : log.lines().toList()) {
      for (Pattern pattern : LACKS) {
        Matcher matcher = pattern.matcher(line);
        if (matcher.find()) {
          found.add(matcher.group(1));
          break;
        }
      }
    }
    return found;
  }
}
