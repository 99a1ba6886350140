package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What may be typed next: for Tab and {@code ?} in configuration mode. */
public final class SchemaCompletion {
  /**
   * One line of help.
   *
   * @param word what Tab may insert, or a placeholder such as {@code <address>}
   * @param literal false for a placeholder
   */
  public record Choice(String word, String help, boolean literal) {}

  private SchemaCompletion() {}

  /**
   * The words that may follow {@code words} and begin with {@code partial}, placeholders included;
   * empty where the words lead nowhere.
   */
  public static List<Choice> complete(
      SchemaNode.Container root, List<String> words, String partial) {
    List<Choice> choices = following(root, words);
    return choices.stream().filter(c -> !c.literal() || c.word().startsWith(partial)).toList();
  }

  private static List<Choice> following(SchemaNode parent, List<String> words) {
    if (words.isEmpty()) {
      return membersOf(parent);
    }
    Optional<SchemaNode> found =
        TreeBuilder.named(parent, words.getFirst()).or(() -> TreeBuilder.named(parent, ""));
    if (found.isEmpty()) {
      return List.of();
    }
    SchemaNode member = found.get();
    List<String> rest = words.subList(member.keyword().isEmpty() ? 0 : 1, words.size());
    return switch (member) {
      case SchemaNode.Container c -> following(c, rest);
      case SchemaNode.Keyed k ->
          rest.isEmpty() ? values(k.key(), k.help()) : following(k, rest.subList(1, rest.size()));
      case SchemaNode.Leaf l -> rest.isEmpty() ? values(l.value(), l.help()) : behind(parent);
      case SchemaNode.LeafList l -> insideList(rest) ? values(l.value(), l.help()) : behind(parent);
      case SchemaNode.Flag f -> behind(parent);
    };
  }

  /** True where a first value, or another one before the closing bracket, is due. */
  private static boolean insideList(List<String> rest) {
    return rest.isEmpty() || (rest.getFirst().equals("[") && !rest.contains("]"));
  }

  /** Further members may follow in a one-line statement only. */
  private static List<Choice> behind(SchemaNode parent) {
    return parent.holdsMembersOnOneLine() ? membersOf(parent) : List.of();
  }

  private static List<Choice> membersOf(SchemaNode parent) {
    List<Choice> choices = new ArrayList<>();
    for (SchemaNode member : parent.members()) {
      switch (member) {
        case SchemaNode.Keyed k when k.keyword().isEmpty() ->
            choices.addAll(values(k.key(), k.help()));
        case SchemaNode.Leaf l when l.keyword().isEmpty() ->
            choices.addAll(values(l.value(), l.help()));
        case SchemaNode.LeafList l when l.keyword().isEmpty() ->
            choices.addAll(values(l.value(), l.help()));
        default -> choices.add(new Choice(member.keyword(), member.help(), true));
      }
    }
    return choices;
  }

  private static List<Choice> values(ValueType<?> type, String help) {
    return type.words().isEmpty()
        ? List.of(new Choice(type.placeholder(), help, false))
        : type.words().stream().map(word -> new Choice(word, help, true)).toList();
  }
}
