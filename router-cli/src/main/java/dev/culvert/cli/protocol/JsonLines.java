package dev.culvert.cli.protocol;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lays JSON out in lines: indentation, and the comma that can only be put behind a line when its
 * successor is known. Holds back one line for that.
 */
final class JsonLines {
  private static final int INDENT = 4;

  private final Consumer<String> output;
  private @Nullable String held;
  private boolean heldBegins;
  private int depth;

  JsonLines(Consumer<String> output) {
    this.output = output;
  }

  /** A line that opens an object or an array. */
  void begin(String line) {
    next(line, true, !heldBegins);
    depth++;
  }

  /** A complete member or value. */
  void item(String line) {
    next(line, false, !heldBegins);
  }

  /** A line that closes what was begun last. */
  void end(String line) {
    depth--;
    next(line, false, false);
  }

  void flush() {
    if (held != null) {
      output.accept(held);
      held = null;
    }
  }

  private void next(String line, boolean begins, boolean comma) {
    if (held != null) {
      output.accept(comma ? held + "," : held);
    }
    held = " ".repeat(INDENT * depth) + line;
    heldBegins = begins;
  }
}
