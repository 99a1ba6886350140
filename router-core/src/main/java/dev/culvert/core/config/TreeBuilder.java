package dev.culvert.core.config;

import dev.culvert.core.config.Diagnostics.Severity;
import dev.culvert.core.config.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts statements into a tree as its schema says, and reports those the schema refuses. No value of
 * a secret statement, nor any word that may be one by a slip of the pen, gets into a message.
 */
final class TreeBuilder {
  /** What {@code show configuration} prints for a secret; never a secret itself. */
  static final String MASKED_SECRET = "<secret>";

  private static final String VERSION = "version";

  private final String file;
  private final Diagnostics diagnostics;
  private boolean lastWins;

  /** A line may go on with further members of the level: {@code interval 10 threshold 3}. */
  private boolean severalLeaves;

  /** {@code replace:} and {@code delete:} mean what they say. */
  private boolean replaces;

  TreeBuilder(String file, Diagnostics diagnostics) {
    this.file = file;
    this.diagnostics = diagnostics;
  }

  /** A statement of the braces form: of two values for a leaf the last counts, with a warning. */
  void statement(EditableNode parent, Statement statement) {
    lastWins = false;
    member(parent, statement);
  }

  /**
   * A statement of the braces form that goes on top of what is there.
   *
   * @param byTags as {@code load replace} does it
   */
  void merge(EditableNode parent, Statement statement, boolean byTags) {
    lastWins = true;
    replaces = byTags;
    member(parent, statement);
  }

  /** A line of the {@code set} form: a second value for the same leaf replaces the first. */
  void edit(EditableNode root, SetReader.Edit edit) {
    lastWins = true;
    severalLeaves = true;
    if (edit.verb() == SetReader.Verb.SET) {
      member(root, new Statement(false, edit.path(), null));
      return;
    }
    if (edit.verb() == SetReader.Verb.REPLACE) {
      new PatternReplacement(this, edit).apply(root);
      return;
    }
    PathFinder.Found found = new PathFinder(this).find(root, edit);
    if (found != null) {
      found.apply(edit, this);
    }
  }

  private void member(EditableNode parent, Statement statement) {
    Token first = statement.words().getFirst();
    if (isPassedOver(parent, statement)) {
      return;
    }
    SchemaNode schema = schemaOf(parent, first);
    if (schema == null) {
      return;
    }
    if (replaces
        && (statement.has(Statement.Tag.REPLACE) || statement.has(Statement.Tag.DELETE))
        && clear(parent, schema, statement)) {
      return;
    }
    // The words in front of the key or value: the keyword, or none where the member is nameless.
    int named = schema.keyword().isEmpty() ? 0 : 1;
    switch (schema) {
      case SchemaNode.Container container -> {
        EditableNode node = parent.obtain(container, null, first.at(file));
        enter(node, statement, 1);
      }
      case SchemaNode.Keyed keyed -> keyed(parent, keyed, statement, named);
      case SchemaNode.Leaf leaf -> leaf(parent, leaf, statement, named);
      case SchemaNode.LeafList list -> leafList(parent, list, statement, named);
      case SchemaNode.Flag flag -> {
        EditableNode existing = parent.find(flag, null);
        if (existing != null && !lastWins) {
          duplicate(existing, first);
        }
        EditableNode node = parent.obtain(flag, null, first.at(file));
        mark(node, statement);
        end(parent, node, statement, 1);
      }
    }
  }

  /**
   * What is known to say nothing here: {@code version}, and inactive statements of other routers.
   */
  private boolean isPassedOver(EditableNode parent, Statement statement) {
    Token first = statement.words().getFirst();
    if (!first.is(Kind.WORD) || named(parent.schema(), first.text()).isPresent()) {
      return false;
    }
    if (first.isBare(VERSION) && parent.path().isEmpty()) {
      add(Severity.NOTE, first, parent, "'version' has no effect");
      return true;
    }
    if (named(parent.schema(), "").isEmpty() && statement.inactive()) {
      add(Severity.WARNING, first, parent, "inactive, unknown, and so left out");
      return true;
    }
    return false;
  }

  private void add(Severity severity, Token at, EditableNode node, String message) {
    diagnostics.add(new Diagnostics.Finding(severity, at.at(file), node.path(), message));
  }

  /** Takes away what the statement names; true if that is all it wants. */
  private boolean clear(EditableNode parent, SchemaNode schema, Statement statement) {
    List<Token> words = statement.words();
    int named = schema.keyword().isEmpty() ? 0 : 1;
    String key = null;
    if (schema instanceof SchemaNode.Keyed keyed) {
      key = key(parent, keyed, words, named, statement.block() != null);
      if (key == null) {
        return true;
      }
    }
    EditableNode old = parent.find(schema, key);
    // A tag in front of a path in one line is about the path's end: only whole blocks are cleared.
    if (old != null && words.size() <= named + (key == null ? 0 : 1) + (isLeaf(schema) ? 1 : 0)) {
      if (statement.has(Statement.Tag.DELETE)) {
        parent.remove(old);
      } else {
        old.clear();
      }
    }
    return statement.has(Statement.Tag.DELETE);
  }

  private static boolean isLeaf(SchemaNode schema) {
    return schema.members().isEmpty();
  }

  private void keyed(EditableNode parent, SchemaNode.Keyed keyed, Statement written, int named) {
    Statement statement = written.with(UnitShorthand.tokens(keyed, written.words(), named));
    List<Token> words = statement.words();
    List<Statement> block = statement.block();
    if (words.size() == named && block != null && isGroup(keyed, block)) {
      for (Statement one : block) {
        keyed(parent, keyed, one.inside(statement), 0);
      }
      return;
    }
    Token first = words.getFirst();
    String key = key(parent, keyed, words, named, block != null);
    if (key != null) {
      enter(parent.obtain(keyed, key, first.at(file)), statement, named + 1);
    } else if (block != null) {
      // Whatever is wrong inside is worth reporting too.
      Token wrong = words.get(Math.min(named, words.size() - 1));
      boolean isShown = words.size() > named && wrong.is(Kind.WORD) && !holdsSecret(keyed);
      enter(
          parent.detached(keyed, isShown ? wrong.text() : null, first.at(file)),
          statement,
          words.size());
    }
  }

  /** {@code area { 0 { … } 1 { … } }}, and not an area whose key was left out. */
  private static boolean isGroup(SchemaNode.Keyed keyed, List<Statement> block) {
    return !block.isEmpty()
        && block.stream()
            .map(one -> one.words().getFirst())
            .noneMatch(word -> word.is(Kind.WORD) && named(keyed, word.text()).isPresent());
  }

  /** What stands inside a container or keyed statement: further words, a block, or nothing. */
  private void enter(EditableNode node, Statement statement, int used) {
    if (node.schema().isJoined()) {
      joined(node, statement, used);
      return;
    }
    mark(node, statement);
    List<Statement> block = statement.block();
    if (statement.words().size() > used) {
      member(node, statement.from(used));
    } else if (block != null) {
      block.forEach(inner -> member(node, inner));
    } else if (node.schema() instanceof SchemaNode.Container && !node.path().contains(" ")) {
      fault(statement.words().getLast(), node, "statement is incomplete");
    }
  }

  /** The member has to follow; the statement is the two together. */
  private void joined(EditableNode node, Statement statement, int used) {
    if (statement.words().size() > used) {
      List<Token> rest = statement.words().subList(used, statement.words().size());
      member(node, statement.with(rest));
    } else {
      String member = node.schema().members().getFirst().keyword();
      fault(statement.words().getLast(), node, "'" + member + "' is missing");
    }
  }

  private static void mark(EditableNode node, Statement statement) {
    if (statement.inactive()) {
      node.setInactive(true);
    }
    if (statement.has(Statement.Tag.PROTECT)) {
      node.setProtected(true);
    }
    if (!statement.comment().isEmpty()) {
      node.setComment(statement.comment());
    }
  }

  /** The key in its canonical form, or null after reporting that it is missing or wrong. */
  @Nullable String key(
      EditableNode parent, SchemaNode.Keyed keyed, List<Token> words, int index, boolean hasBlock) {
    if (words.size() <= index || !words.get(index).is(Kind.WORD)) {
      Token at = words.get(Math.min(index, words.size()) - 1);
      fault(at, parent, "'" + keyed.keyword() + "' needs " + keyed.key().placeholder());
      return null;
    }
    Token word = words.get(index);
    if (keyed.key().parse(word.text()) instanceof ValueType.Parsed.Wrong<?>(String reason)) {
      // "md5 SECRET;" with the key id left out: the last word may be the secret.
      boolean hide =
          holdsSecret(keyed) && (word.quoted() || (words.size() == index + 1 && !hasBlock));
      fault(word, parent, wrongValue(keyed, keyed.key(), reason, hide));
      return null;
    }
    return canonical(keyed.key(), word.text());
  }

  /** How the type prints the value, so that {@code area 0} and {@code area 0.0.0.0} are one. */
  private static <T> String canonical(ValueType<T> type, String word) {
    if (type.parse(word) instanceof ValueType.Parsed.Value<T>(T value)
        && type.parse(type.print(value)) instanceof ValueType.Parsed.Value<T>(T again)
        && again.equals(value)) {
      return type.print(value);
    }
    return word;
  }

  private void leaf(EditableNode parent, SchemaNode.Leaf leaf, Statement statement, int named) {
    List<Token> words = statement.words();
    Token first = words.getFirst();
    if (words.size() <= named || !words.get(named).is(Kind.WORD)) {
      fault(first, parent, "'" + leaf.keyword() + "' needs " + leaf.value().placeholder());
      return;
    }
    Token word = words.get(named);
    if (leaf.value().parse(word.text()) instanceof ValueType.Parsed.Wrong<?>(String reason)) {
      if (startsSibling(parent, first, word)) {
        fault(first, parent, "'" + leaf.keyword() + "' needs " + leaf.value().placeholder());
        member(parent, statement.from(named));
        return;
      }
      // A secret's type keeps the word out of its reasons.
      fault(word, parent, wrongValue(leaf, leaf.value(), reason, false));
      return;
    }
    if (leaf.secret() && word.text().equals(MASKED_SECRET)) {
      fault(word, parent, "'" + leaf.keyword() + "' is masked here; write the secret itself");
      return;
    }
    EditableNode existing = parent.find(leaf, null);
    if (existing != null && !lastWins) {
      duplicate(existing, first);
    }
    EditableNode node =
        existing == null
            ? parent.obtain(leaf, null, first.at(file))
            : parent.replace(leaf, first.at(file));
    node.words().add(word.text());
    node.setInactive(existing != null && existing.inactive());
    mark(node, statement);
    end(parent, node, statement, named + 1);
  }

  /** True where the value is left out and the next line begins another statement. */
  private static boolean startsSibling(EditableNode parent, Token keyword, Token word) {
    return word.line() > keyword.line() && named(parent.schema(), word.text()).isPresent();
  }

  private void leafList(
      EditableNode parent, SchemaNode.LeafList list, Statement statement, int named) {
    List<Token> words = statement.words();
    List<Token> values = new ArrayList<>();
    int used = listValues(parent, list, words, named, values);
    if (used < 0) {
      return;
    }
    EditableNode node = null;
    for (Token value : values) {
      if (list.value().parse(value.text()) instanceof ValueType.Parsed.Wrong<?>(String reason)) {
        fault(value, parent, wrongValue(list, list.value(), reason, false));
        continue;
      }
      boolean isOne = EditableNode.isOnePerWord(list);
      String word = isOne ? canonical(list.value(), value.text()) : value.text();
      node = parent.obtain(list, isOne ? word : null, words.getFirst().at(file));
      node.words().add(word);
      mark(node, statement);
    }
    if (node != null) {
      end(parent, node, statement, used);
    }
  }

  /** Collects {@code a} or {@code [ a b ]}; the index behind it, or -1 after a fault. */
  private int listValues(
      EditableNode parent,
      SchemaNode.LeafList list,
      List<Token> words,
      int from,
      List<Token> values) {
    if (words.size() <= from) {
      fault(words.getLast(), parent, needs(list));
      return -1;
    }
    if (words.get(from).is(Kind.WORD)) {
      values.add(words.get(from));
      return from + 1;
    }
    for (int i = from + 1; words.get(from).is(Kind.OPEN_BRACKET) && i < words.size(); i++) {
      Token token = words.get(i);
      if (token.is(Kind.CLOSE_BRACKET) && values.isEmpty()) {
        fault(token, parent, needs(list));
        return -1;
      } else if (token.is(Kind.CLOSE_BRACKET)) {
        return i + 1;
      } else if (!token.is(Kind.WORD)) {
        break;
      }
      values.add(token);
    }
    fault(words.get(from), parent, "list without its closing ']'");
    return -1;
  }

  private static String needs(SchemaNode.LeafList list) {
    String name = list.keyword().isEmpty() ? "statement" : "'" + list.keyword() + "'";
    return name + " needs " + list.value().placeholder() + " or a list of them in [ ]";
  }

  /** Behind a complete leaf or flag: nothing, the next member of a one-line list, or a fault. */
  private void end(EditableNode parent, EditableNode node, Statement statement, int used) {
    List<Token> words = statement.words();
    if (words.size() == used) {
      if (statement.block() != null) {
        fault(words.getLast(), node, "statement takes no block in braces");
      }
      return;
    }
    Token last = words.get(used - 1);
    Token extra = words.get(used);
    boolean isMember = extra.is(Kind.WORD) && named(parent.schema(), extra.text()).isPresent();
    if (parent.schema().holdsMembersOnOneLine() || (severalLeaves && isMember)) {
      member(parent, statement.from(used));
    } else if (extra.line() > last.line()) {
      fault(last, node, "missing ';' at the end of the line");
      member(parent, statement.from(used));
    } else if (node.schema() instanceof SchemaNode.LeafList) {
      fault(extra, node, "unexpected " + shown(extra) + "; several values go in [ ]");
    } else {
      boolean hide = mayBeSecret(parent.schema()) || mayBeSecret(node.schema());
      fault(extra, node, "unexpected " + (hide ? "word" : shown(extra)) + " after the value");
    }
  }

  private static String shown(Token token) {
    return token.is(Kind.WORD) ? "'" + token.text() + "'" : token.kind().description();
  }

  /** The member the word begins, or null after reporting that there is none. */
  @Nullable SchemaNode schemaOf(EditableNode parent, Token word) {
    if (!word.is(Kind.WORD)) {
      fault(word, parent, word.kind().description() + " where a statement must begin");
      return null;
    }
    Optional<String> refusal = parent.schema().refusal(word.text());
    if (refusal.isPresent()) {
      fault(word, parent, "'" + word.text() + "' is refused: " + refusal.get());
      return null;
    }
    Optional<SchemaNode> member =
        named(parent.schema(), word.text()).or(() -> named(parent.schema(), ""));
    if (member.isEmpty()) {
      fault(word, parent, unknown(parent.schema(), word));
    }
    return member.orElse(null);
  }

  static Optional<SchemaNode> named(SchemaNode parent, String keyword) {
    return parent.members().stream().filter(m -> m.keyword().equals(keyword)).findFirst();
  }

  private static String unknown(SchemaNode parent, Token word) {
    List<String> known = parent.members().stream().map(SchemaNode::keyword).toList();
    Optional<String> nearest = NearestWord.to(word.text(), known);
    String hint = nearest.map(n -> "; did you mean '" + n + "'?").orElse("");
    boolean hide =
        mayBeSecret(parent) && nearest.isEmpty() && (word.quoted() || !JunosWords.has(word.text()));
    return "unknown statement" + (hide ? "" : " '" + word.text() + "'") + hint;
  }

  /** True where a secret stands one step away, so that a misplaced word may be that secret. */
  private static boolean mayBeSecret(SchemaNode schema) {
    return schema instanceof SchemaNode.Leaf leaf ? leaf.secret() : holdsSecret(schema);
  }

  private static boolean holdsSecret(SchemaNode schema) {
    return schema.members().stream().anyMatch(m -> m instanceof SchemaNode.Leaf l && l.secret());
  }

  static String wrongValue(SchemaNode schema, ValueType<?> type, String reason, boolean hide) {
    String name = schema.keyword().isEmpty() ? "" : "'" + schema.keyword() + "': ";
    return name + (hide ? "wrong value, expected " + type.placeholder() : reason);
  }

  private void duplicate(EditableNode existing, Token again) {
    int line = existing.position().line();
    warn(again, existing, "duplicate statement: this one counts, not that at line " + line);
  }

  void warn(Token at, EditableNode node, String message) {
    add(Severity.WARNING, at, node, message);
  }

  /** As the tree has the one value of a nameless list. */
  static String canonicalWord(SchemaNode schema, String word) {
    return switch (schema) {
      case SchemaNode.LeafList list -> canonical(list.value(), word);
      case SchemaNode.Keyed keyed -> canonical(keyed.key(), word);
      default -> word;
    };
  }

  void fault(Token at, EditableNode node, String message) {
    diagnostics.error(at.at(file), node.path(), message);
  }
}
