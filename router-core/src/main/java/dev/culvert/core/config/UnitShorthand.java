package dev.culvert.core.config;

import dev.culvert.core.config.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code st0.1} where a physical interface is named stands for {@code st0 unit 1}. */
final class UnitShorthand {
  private static final String UNIT = "unit";
  private static final Pattern LOGICAL = Pattern.compile("([^.]+)\\.([0-9]{1,5})");

  private UnitShorthand() {}

  /**
   * The words with the one at {@code index}, the key, spelled out if it is such a name.
   *
   * @return the same list if it is not
   */
  static List<Token> tokens(SchemaNode.Keyed schema, List<Token> words, int index) {
    if (index >= words.size() || !words.get(index).is(Kind.WORD)) {
      return words;
    }
    return spelledOut(
        schema,
        words,
        index,
        words.get(index).text(),
        (like, text) -> new Token(Kind.WORD, text, like.quoted(), like.line(), like.column()));
  }

  /** As {@link #tokens}, of words alone. */
  static List<String> words(SchemaNode.Keyed schema, List<String> words, int index) {
    return spelledOut(schema, words, index, words.get(index), (like, text) -> text);
  }

  private static <W> List<W> spelledOut(
      SchemaNode.Keyed schema,
      List<W> words,
      int index,
      String name,
      BiFunction<W, String, W> make) {
    Matcher logical = LOGICAL.matcher(name);
    ValueType<?> type = schema.key() instanceof KeyPattern<?>(ValueType<?> of) ? of : schema.key();
    boolean isShort =
        type instanceof InterfaceNameType<?>
            && TreeBuilder.named(schema, UNIT).isPresent()
            && logical.matches();
    if (!isShort) {
      return words;
    }
    W like = words.get(index);
    List<W> all = new ArrayList<>(words.subList(0, index));
    all.add(make.apply(like, logical.group(1)));
    all.add(make.apply(like, UNIT));
    all.add(make.apply(like, logical.group(2)));
    all.addAll(words.subList(index + 1, words.size()));
    return all;
  }
}
