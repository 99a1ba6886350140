package dev.culvert.core.config;

import dev.culvert.core.config.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** {@code rename}, {@code copy} and {@code insert}: a statement's name, its double, its place. */
record Rearrangement(PathFinder.Found found, SetReader.Edit edit, TreeBuilder builder) {
  void apply() {
    if (edit.tail().stream().anyMatch(token -> !token.is(Kind.WORD))) {
      builder.fault(edit.at(), found.node(), "the other name has to be a word");
    } else if (edit.verb() == SetReader.Verb.INSERT) {
      insert();
    } else if (found.node().schema() instanceof SchemaNode.Keyed keyed && !keyed.joined()) {
      doubled(keyed);
    } else {
      builder.fault(edit.lastWord(), found.node(), "only what has a name can get another");
    }
  }

  private void doubled(SchemaNode.Keyed keyed) {
    List<Token> tail = edit.tail();
    if (tail.size() > 1 && !tail.getFirst().text().equals(keyed.keyword())) {
      builder.fault(tail.getFirst(), found.node(), "'" + keyed.keyword() + "' stays what it is");
      return;
    }
    EditableNode parent = found.parent();
    String key = builder.key(parent, keyed, tail, tail.size() - 1, false);
    if (key == null) {
      return;
    }
    if (parent.find(keyed, key) != null) {
      builder.fault(tail.getLast(), parent, "'" + tail.getLast().text() + "' is there already");
      return;
    }
    EditableNode copy = parent.graft(found.node().freeze(), key);
    copy.setProtected(false);
    if (edit.verb() == SetReader.Verb.RENAME) {
      parent.move(copy, found.node(), true);
      parent.remove(found.node());
    }
  }

  private void insert() {
    boolean before = edit.tail().getFirst().isBare("before");
    List<Token> other = edit.tail().subList(1, edit.tail().size());
    if (found.value() != null) {
      insertValue(before, other.getLast());
      return;
    }
    SchemaNode schema =
        other.size() > 1
            ? builder.schemaOf(found.parent(), other.getFirst())
            : found.node().schema();
    if (schema == null) {
      return;
    }
    if (!EditableNode.isOnePerWord(schema) || !EditableNode.isOnePerWord(found.node().schema())) {
      builder.fault(edit.at(), found.node(), "only what has a name has a place");
      return;
    }
    String key =
        schema instanceof SchemaNode.Keyed keyed
            ? builder.key(found.parent(), keyed, other, other.size() - 1, false)
            : TreeBuilder.canonicalWord(schema, other.getLast().text());
    EditableNode anchor = key == null ? null : found.parent().find(schema, key);
    if (key != null && anchor == null) {
      builder.fault(other.getLast(), found.parent(), "no such statement is set");
    } else if (anchor != null && anchor != found.node()) {
      found.parent().move(found.node(), anchor, before);
    }
  }

  private void insertValue(boolean before, Token other) {
    List<String> words = new ArrayList<>(found.node().words());
    words.remove(found.value());
    int at = words.indexOf(other.text());
    if (at < 0 || found.value() == null) {
      builder.fault(other, found.node(), "no such value is set");
      return;
    }
    words.add(before ? at : at + 1, found.value());
    found.node().words().clear();
    found.node().words().addAll(words);
  }
}
