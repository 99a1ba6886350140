package dev.culvert.cli.pipe;

import dev.culvert.cli.protocol.Completion;
import dev.culvert.core.config.Words;
import java.util.List;
import java.util.stream.Collectors;

/** The words behind a {@code |}: their abbreviations and their help. */
public final class PipeWords {
  private static final List<Completion> NAMES =
      List.of(
          Completion.word("compare", "Compare the configuration with an earlier one"),
          Completion.word("count", "Count the lines"),
          Completion.word("display", "Show the answer in another form"),
          Completion.word("except", "Show only lines that do not match"),
          Completion.word("find", "Show from the first line that matches"),
          Completion.word("last", "Show only the end"),
          Completion.word("match", "Show only lines that match"),
          Completion.word("no-more", "Do not stop at each page"),
          Completion.word("save", "Write into a file"));

  private static final List<Completion> FORMS =
      List.of(
          Completion.word("inheritance", "With what is inherited from groups"),
          Completion.word("json", "JSON with Junos' element names"),
          Completion.word("set", "Commands that make this configuration"),
          Completion.word("xml", "XML with Junos' element names"));

  private PipeWords() {}

  /** What may stand at the end of {@code pipe}, the text between the last bar and the cursor. */
  public static List<Completion> completions(String pipe) {
    List<String> words = Words.split(pipe);
    boolean atNewWord = pipe.isEmpty() || Character.isWhitespace(pipe.charAt(pipe.length() - 1));
    int complete = atNewWord ? words.size() : words.size() - 1;
    String partial = atNewWord ? "" : words.getLast();
    if (complete == 0) {
      return startingWith(partial, NAMES);
    } else if (complete > 1) {
      return List.of();
    }
    return switch (expand(words.getFirst())) {
      case "display" -> startingWith(partial, FORMS);
      case "match", "except", "find" ->
          List.of(Completion.placeholder("<pattern>", "Regular expression, case ignored"));
      case "last" -> List.of(Completion.placeholder("<lines>", "Number of lines"));
      case "save" -> List.of(Completion.placeholder("<file>", "Name of the file"));
      default -> List.of();
    };
  }

  /** The full name of a pipe, which may be abbreviated as long as it is clear. */
  static String resolve(String word) throws CommandLine.SyntaxException {
    String name = expand(word);
    if (!name.isEmpty()) {
      return name;
    }
    List<Completion> candidates = startingWith(word, NAMES);
    throw new CommandLine.SyntaxException(
        candidates.isEmpty()
            ? "no pipe is called '" + word + "'; there are " + names(NAMES)
            : "'" + word + "' may be " + names(candidates));
  }

  /** The one name that starts with the word, or an empty string. */
  private static String expand(String word) {
    List<Completion> candidates = startingWith(word, NAMES);
    return candidates.size() == 1 ? candidates.getFirst().word() : "";
  }

  private static List<Completion> startingWith(String prefix, List<Completion> completions) {
    return completions.stream().filter(completion -> completion.word().startsWith(prefix)).toList();
  }

  private static String names(List<Completion> completions) {
    return completions.stream().map(Completion::word).collect(Collectors.joining(", "));
  }
}
