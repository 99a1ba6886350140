package dev.culvert.daemon.command;

import dev.culvert.cli.protocol.Completion;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The words that may follow a command: which are meant by those typed, and which may be typed next.
 * An option is a word of its own ({@code detail}), a word with a value ({@code protocol
 * <protocol>}), or a value alone ({@code <prefix>}).
 *
 * @param options as in the row of the command
 * @param values what a placeholder may stand for at this moment; a placeholder without an entry
 *     stands for anything
 */
record Options(List<String> options, Map<String, Supplier<List<String>>> values) {
  /** The words in full, or what is wrong with one of them. */
  sealed interface Resolved {
    record Whole(List<String> words) implements Resolved {}

    record Fault(String text) implements Resolved {}
  }

  /**
   * Abbreviated options in full. A word that may be a value is never taken for an abbreviation, nor
   * is the value of an option.
   */
  Resolved resolve(List<String> typed) {
    List<String> whole = new ArrayList<>();
    Iterator<String> words = typed.iterator();
    while (words.hasNext()) {
      String word = words.next();
      List<String> meant = meantBy(word);
      if (meant.size() > 1) {
        return new Resolved.Fault("ambiguous option: " + word);
      }
      if (meant.isEmpty() && !takesAnyWord()) {
        return new Resolved.Fault("unknown option: " + word);
      }
      String option = meant.isEmpty() ? word : meant.getFirst();
      whole.add(option);
      if (!meant.isEmpty() && !valueOf(option).isEmpty() && words.hasNext()) {
        whole.add(words.next());
      }
    }
    return new Resolved.Whole(whole);
  }

  /** The options a word stands for; none if it is, or may be, a value. */
  private List<String> meantBy(String word) {
    List<String> begun = names().stream().filter(name -> name.startsWith(word)).toList();
    if (begun.contains(word)) {
      return List.of(word);
    }
    return begun.isEmpty() || mayBeValue(word) ? List.of() : begun;
  }

  private List<String> names() {
    return options.stream().filter(o -> !o.startsWith("<")).map(o -> o.split(" ", 2)[0]).toList();
  }

  private boolean takesAnyWord() {
    return options.stream().anyMatch(o -> o.startsWith("<"));
  }

  private boolean mayBeValue(String word) {
    return options.stream()
        .filter(o -> o.startsWith("<"))
        .anyMatch(o -> !values.containsKey(o) || known(o).contains(word));
  }

  private List<String> known(String placeholder) {
    Supplier<List<String>> source = values.get(placeholder);
    return source == null ? List.of() : source.get();
  }

  /** The placeholder of an option's value, empty if it has none. */
  private String valueOf(String name) {
    return options.stream()
        .filter(o -> o.startsWith(name + " "))
        .map(o -> o.substring(name.length() + 1))
        .findFirst()
        .orElse("");
  }

  /** What may follow the words typed, if it begins like this. */
  List<Completion> complete(List<String> typed, String partial) {
    if (!(resolve(typed) instanceof Resolved.Whole(List<String> given))) {
      return List.of();
    }
    String awaited = "";
    for (String word : given) {
      awaited = awaited.isEmpty() ? valueOf(word) : "";
    }
    List<Completion> found = new ArrayList<>();
    if (!awaited.isEmpty()) {
      valuesOf(awaited, partial, found);
      return found;
    }
    for (String option : options) {
      String name = option.split(" ", 2)[0];
      if (option.startsWith("<")) {
        valuesOf(option, partial, found);
      } else if (name.startsWith(partial) && !given.contains(name)) {
        found.add(Completion.word(name, Help.ofOption(name)));
      }
    }
    return found;
  }

  /** The values there are, or the placeholder where they cannot be listed. */
  private void valuesOf(String placeholder, String partial, List<Completion> found) {
    List<String> known = known(placeholder);
    if (known.isEmpty()) {
      found.add(Completion.placeholder(placeholder, Help.ofOption(placeholder)));
    }
    known.stream()
        .filter(value -> value.startsWith(partial))
        .forEach(value -> found.add(Completion.word(value, Help.ofOption(placeholder))));
  }
}
