package dev.culvert.daemon.command;

import dev.culvert.cli.protocol.Completion;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.daemon.show.ConfigurationShow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * From a line to a command of the table and its arguments, or to what may follow. Words may be
 * abbreviated as long as they are unambiguous. Safe to share.
 */
final class CommandParser {
  /** What a line means. */
  sealed interface Parsed {
    record Found(Command command, List<String> arguments) implements Parsed {}

    /** One line for the operator. */
    record Fault(String text) implements Parsed {}
  }

  private final List<Command> commands;
  private final SchemaNode.Container configuration;
  private final Map<String, Supplier<List<String>>> values;

  /**
   * @param values what placeholders of options may stand for, see {@link Options}
   */
  CommandParser(
      List<Command> commands,
      SchemaNode.Container configuration,
      Map<String, Supplier<List<String>>> values) {
    this.commands = List.copyOf(commands);
    this.configuration = configuration;
    this.values = Map.copyOf(values);
  }

  Parsed parse(String line) {
    List<String> words = words(line);
    List<Command> matching = longest(words);
    if (matching.isEmpty()) {
      return new Parsed.Fault(unknown(words));
    }
    if (matching.size() > 1) {
      return new Parsed.Fault("ambiguous command: " + line.strip());
    }
    Command command = matching.getFirst();
    List<String> arguments = words.subList(command.words().size(), words.size());
    if (command.options().contains(Command.STATEMENT)) {
      return new Parsed.Found(command, arguments);
    }
    return switch (new Options(command.options(), values).resolve(arguments)) {
      case Options.Resolved.Fault(String text) -> new Parsed.Fault(text);
      case Options.Resolved.Whole(List<String> whole) -> new Parsed.Found(command, whole);
    };
  }

  private static List<String> words(String line) {
    String trimmed = line.strip();
    return trimmed.isEmpty() ? List.of() : List.of(trimmed.split("\\s+"));
  }

  /** The commands that match with the most words; exact words beat abbreviations. */
  private List<Command> longest(List<String> words) {
    List<Command> matching = commands.stream().filter(c -> c.matches(words)).toList();
    int most = matching.stream().mapToInt(c -> c.words().size()).max().orElse(0);
    List<Command> longest = matching.stream().filter(c -> c.words().size() == most).toList();
    int exact = longest.stream().mapToInt(c -> exactWords(c, words)).max().orElse(0);
    return longest.stream().filter(c -> exactWords(c, words) == exact).toList();
  }

  /** So that {@code show rip nei} is not about ripng. */
  private static int exactWords(Command command, List<String> typed) {
    return (int)
        IntStream.range(0, command.words().size())
            .filter(i -> command.words().get(i).equals(typed.get(i)))
            .count();
  }

  private String unknown(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      List<String> sofar = words.subList(0, i + 1);
      if (commands.stream().noneMatch(c -> c.isBegunBy(sofar))) {
        return "unknown command: '" + words.get(i) + "'";
      }
    }
    return words.isEmpty() ? "empty command" : "incomplete command: " + String.join(" ", words);
  }

  /** What may follow the line up to the cursor. */
  List<Completion> complete(String line) {
    List<String> typed = new ArrayList<>(words(line));
    String partial = line.isEmpty() || line.endsWith(" ") ? "" : typed.removeLast();
    TreeMap<String, Completion> found = new TreeMap<>();
    for (Command command : commands) {
      if (typed.size() < command.words().size()) {
        if (command.isBegunBy(typed)) {
          String next = command.words().get(typed.size());
          String help =
              typed.size() + 1 == command.words().size() ? command.help() : Help.ofWord(next);
          if (next.startsWith(partial)) {
            found.merge(next, Completion.word(next, help), (a, b) -> a.help().isEmpty() ? b : a);
          }
        }
      } else if (command.matches(typed)) {
        List<String> arguments = typed.subList(command.words().size(), typed.size());
        options(command, arguments, partial).forEach(c -> found.put(c.word(), c));
      }
    }
    return List.copyOf(found.values());
  }

  private List<Completion> options(Command command, List<String> arguments, String partial) {
    return command.options().contains(Command.STATEMENT)
        ? ConfigurationShow.complete(configuration, arguments, partial)
        : new Options(command.options(), values).complete(arguments, partial);
  }
}
