package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where an operator edits: a statement that holds others, in full words, whether or not it is set.
 * Immutable.
 *
 * @param levels the words of each statement on the way, so that {@code up} drops one
 */
public record EditPath(List<List<String>> levels) {
  public static final EditPath TOP = new EditPath(List.of());

  public EditPath {
    levels = levels.stream().map(List::copyOf).toList();
  }

  /** What {@code edit} leads to. */
  public sealed interface Found {
    record At(EditPath path) implements Found {}

    /** One line for the operator. */
    record Unknown(String reason) implements Found {}
  }

  public List<String> words() {
    return levels.stream().flatMap(List::stream).toList();
  }

  public boolean isTop() {
    return levels.isEmpty();
  }

  /** That many levels up, and never above the top. */
  public EditPath up(int count) {
    return new EditPath(levels.subList(0, Math.max(0, levels.size() - count)));
  }

  /** A line of the {@code set} form at the top that says the same as these words here. */
  public String line(String verb, String rest) {
    String head =
        words().stream().map(word -> Words.quoteIfNeeded(word) + " ").collect(Collectors.joining());
    return verb + " " + head + rest;
  }

  /**
   * Goes down from here. Keywords may be abbreviated as long as they are unambiguous.
   *
   * @param words at least one
   */
  public Found down(SchemaNode.Container root, List<String> words) {
    List<String> all = new ArrayList<>(words());
    all.addAll(words);
    return new Walk(all).from(root);
  }

  @Override
  public String toString() {
    return words().stream().map(Words::quoteIfNeeded).collect(Collectors.joining(" "));
  }

  /** Walks down the schema. */
  private static final class Walk {
    private List<String> words;
    private final List<List<String>> levels = new ArrayList<>();
    private List<String> level = new ArrayList<>();

    Walk(List<String> words) {
      this.words = words;
    }

    Found from(SchemaNode.Container root) {
      SchemaNode parent = root;
      int index = 0;
      while (index < words.size()) {
        String word = words.get(index);
        Optional<SchemaNode> member = ConfigSelection.Selector.member(parent, word);
        if (member.isEmpty()) {
          return new Found.Unknown(ConfigSelection.Selector.unknown(parent, word));
        }
        SchemaNode schema = member.get();
        if (!schema.keyword().isEmpty()) {
          level.add(schema.keyword());
          index++;
        }
        if (schema.members().isEmpty()) {
          return new Found.Unknown("'" + word + "' holds no statements: set it from here");
        }
        if (schema instanceof SchemaNode.Keyed keyed) {
          if (index == words.size()) {
            return new Found.Unknown(
                "'" + keyed.keyword() + "' needs " + keyed.key().placeholder());
          }
          words = UnitShorthand.words(keyed, words, index);
          Optional<String> key = key(keyed.key(), words.get(index));
          if (key.isEmpty()) {
            return new Found.Unknown(
                "'" + words.get(index) + "' is not " + keyed.key().placeholder());
          }
          level.add(key.get());
          index++;
        }
        parent = schema;
        if (!schema.isJoined()) {
          levels.add(level);
          level = new ArrayList<>();
        }
      }
      if (!level.isEmpty()) {
        return new Found.Unknown("'" + parent.members().getFirst().keyword() + "' has to follow");
      }
      return new Found.At(new EditPath(levels));
    }

    private static <T> Optional<String> key(ValueType<T> type, String word) {
      return type.parse(word) instanceof ValueType.Parsed.Value<T>
          ? Optional.of(word)
          : Optional.empty();
    }
  }
}
