package dev.culvert.cli.shell;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Points at the word that an error is about, as Junos does. */
final class ErrorCaret {
  /** How the daemon names a word that it has not understood. */
  private static final Pattern BLAMED =
      Pattern.compile(
          "^(?:unknown command|unknown option|ambiguous option|unknown statement|unexpected"
              + "|no such [A-Za-z ]+):? '?([^' ]+)'?");

  private ErrorCaret() {}

  /**
   * A line with a caret under the word.
   *
   * @param prompt in front of the line
   * @param line as it was typed
   * @return empty if the error blames no word of the line
   */
  static Optional<String> under(String prompt, String line, String error) {
    Matcher blamed = BLAMED.matcher(error);
    if (!blamed.find()) {
      return Optional.empty();
    }
    Matcher word =
        Pattern.compile("(?<!\\S)" + Pattern.quote(blamed.group(1)) + "(?!\\S)").matcher(line);
    int at = -1;
    while (word.find()) {
      at = word.start();
    }
    return at < 0 ? Optional.empty() : Optional.of(" ".repeat(prompt.length() + at) + "^");
  }
}
