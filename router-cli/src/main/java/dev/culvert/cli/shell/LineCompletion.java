package dev.culvert.cli.shell;

import dev.culvert.cli.protocol.Completion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What Tab, the space bar and {@code ?} make of the daemon's completions, as in Junos: one
 * candidate is completed, several are completed as far as they agree and then listed.
 *
 * @param insert text to insert at the cursor, may be empty
 * @param list what to show, may be empty
 */
record LineCompletion(String insert, List<String> list) {
  private static final int MAX_WORD_COLUMN = 28;

  /** Tab: completes, or lists where that leads no further. */
  static LineCompletion onTab(String line, List<Completion> completions) {
    String partial = partialWord(line);
    List<Completion> literals = literals(partial, completions);
    boolean onlyLiterals = completions.stream().allMatch(Completion::literal);
    if (literals.size() == 1 && onlyLiterals) {
      return new LineCompletion(
          literals.getFirst().word().substring(partial.length()) + " ", List.of());
    }
    String common = commonPrefix(literals);
    if (onlyLiterals && common.length() > partial.length()) {
      return new LineCompletion(common.substring(partial.length()), List.of());
    }
    return onQuestion(completions);
  }

  /** The space bar: completes a word that is clear, else it is just a blank. */
  static LineCompletion onSpace(String line, List<Completion> completions) {
    String partial = partialWord(line);
    List<Completion> literals = literals(partial, completions);
    boolean clear =
        !partial.isEmpty()
            && literals.size() == 1
            && completions.stream().allMatch(Completion::literal);
    return new LineCompletion(
        clear ? literals.getFirst().word().substring(partial.length()) + " " : " ", List.of());
  }

  /** {@code ?}: lists. */
  static LineCompletion onQuestion(List<Completion> completions) {
    if (completions.isEmpty()) {
      return new LineCompletion("", List.of("No valid completions"));
    }
    int width =
        completions.stream()
            .mapToInt(completion -> completion.word().length())
            .filter(length -> length <= MAX_WORD_COLUMN)
            .max()
            .orElse(MAX_WORD_COLUMN);
    List<String> list = new ArrayList<>();
    list.add("Possible completions:");
    completions.stream()
        .sorted(
            Comparator.comparing(Completion::literal)
                .thenComparing(completion -> completion.word()))
        .map(completion -> row(completion, width))
        .forEach(list::add);
    return new LineCompletion("", list);
  }

  /** Whether the cursor stands inside double quotes, where every key means itself. */
  static boolean isQuoted(String line) {
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      if (quoted && line.charAt(i) == '\\') {
        i++;
      } else if (line.charAt(i) == '"') {
        quoted = !quoted;
      }
    }
    return quoted;
  }

  private static String row(Completion completion, int width) {
    String word = completion.word();
    String padding = " ".repeat(Math.max(0, width - word.length()));
    return ("  " + word + padding + "  " + completion.help()).stripTrailing();
  }

  private static String partialWord(String line) {
    int start = line.length();
    while (start > 0 && !Character.isWhitespace(line.charAt(start - 1))) {
      start--;
    }
    return line.substring(start);
  }

  private static List<Completion> literals(String partial, List<Completion> completions) {
    return completions.stream()
        .filter(completion -> completion.literal() && completion.word().startsWith(partial))
        .toList();
  }

  private static String commonPrefix(List<Completion> completions) {
    if (completions.isEmpty()) {
      return "";
    }
    String common = completions.getFirst().word();
    for (Completion completion : completions) {
      int length = 0;
      int limit = Math.min(common.length(), completion.word().length());
      while (length < limit && common.charAt(length) == completion.word().charAt(length)) {
        length++;
      }
      common = common.substring(0, length);
    }
    return common;
  }
}
