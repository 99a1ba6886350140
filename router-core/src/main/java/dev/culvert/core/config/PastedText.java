package dev.culvert.core.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Configuration text as it comes from a terminal's window: prompts, and the commands that printed
 * it, are blanked, so that every word keeps its line and column.
 *
 * @param isSetForm it is a list of commands, one a line, and not in braces
 */
record PastedText(String text, boolean isSetForm) {
  /** Commands of configuration mode that a list of edits may hold. */
  private static final List<String> COMMANDS =
      List.of(
          "set",
          "delete",
          "activate",
          "deactivate",
          "rename",
          "copy",
          "insert",
          "annotate",
          "protect",
          "unprotect",
          "replace",
          "edit",
          "up",
          "top",
          "exit",
          "quit",
          "configure",
          "commit");

  private static final Pattern PROMPT = Pattern.compile("[ \\t]*[\\w.-]+@[\\w.-]+[>#%][ \\t]*");

  static PastedText of(String raw) {
    String text = raw.indexOf('@') >= 0 || raw.contains("[edit") ? withoutPrompts(raw) : raw;
    Token first = new Lexer("", text, false, new Diagnostics()).next();
    return new PastedText(text, COMMANDS.stream().anyMatch(first::isBare));
  }

  private static String withoutPrompts(String raw) {
    StringBuilder text = new StringBuilder(raw.length());
    int from = 0;
    while (from < raw.length()) {
      int newline = raw.indexOf('\n', from);
      int end = newline < 0 ? raw.length() : newline;
      String line = raw.substring(from, end);
      int blanked = blanked(line);
      text.append(" ".repeat(blanked)).append(line, blanked, line.length());
      if (newline >= 0) {
        text.append('\n');
      }
      from = end + 1;
    }
    return text.toString();
  }

  /** How much of the line's beginning says nothing. */
  private static int blanked(String line) {
    if (line.startsWith("[edit")) {
      return line.length();
    }
    Matcher prompt = PROMPT.matcher(line);
    if (!prompt.lookingAt()) {
      return 0;
    }
    String command = line.substring(prompt.end());
    boolean isEdit =
        COMMANDS.stream().anyMatch(c -> command.equals(c) || command.startsWith(c + " "));
    return isEdit ? prompt.end() : line.length();
  }
}
