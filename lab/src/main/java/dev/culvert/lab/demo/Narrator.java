package dev.culvert.lab.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Tells the spectator what happens, each line with the seconds since the start. */
final class Narrator {
  private final PrintStream out;
  private final long start = System.nanoTime();

  Narrator(PrintStream out) {
    this.out = out;
  }

  /** Something that happens or is found. */
  void say(String text) {
    double seconds = elapsed().toMillis() / 1000.0;
    out.println(String.format(Locale.ROOT, "[%6.2f s] %s", seconds, text));
    out.flush();
  }

  /** The beginning of an act. */
  void title(String text) {
    out.println();
    say("== " + text);
  }

  /** Text as some program printed it, line by line behind a margin. */
  void quote(String text) {
    text.strip().lines().forEach(this::indented);
    out.flush();
  }

  /** A plain line, for instructions. */
  void line(String text) {
    out.println(text);
    out.flush();
  }

  /** A router's answer as its shell shows it, with prompt and command above. */
  void table(String router, String command, String answer) {
    out.println();
    out.println("    " + router + "> " + command);
    String text = answer.isBlank() ? "(nothing)" : answer.stripTrailing();
    text.lines().dropWhile(String::isBlank).forEach(this::indented);
    out.flush();
  }

  private void indented(String line) {
    out.println(line.isBlank() ? "" : "    " + line);
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
