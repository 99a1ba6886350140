package dev.culvert.core.config;

import dev.culvert.core.config.Token.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds what a {@code delete}, {@code deactivate} or {@code activate} line names. */
final class PathFinder {
  /**
   * @param value the one value of a leaf-list that is meant, or null for the whole statement
   */
  record Found(EditableNode parent, EditableNode node, @Nullable String value) {
    void apply(SetReader.Edit edit, TreeBuilder faults) {
      switch (edit.verb()) {
        case SET -> throw new IllegalStateException("set names what need not exist");
        case DELETE -> delete();
        case DEACTIVATE, ACTIVATE -> {
          if (value != null && node.words().size() > 1) {
            faults.fault(edit.lastWord(), node, "one value of a list cannot be deactivated alone");
          } else {
            setInactive(edit.verb() == SetReader.Verb.DEACTIVATE);
          }
        }
        case PROTECT, UNPROTECT, ANNOTATE -> {
          if (node.schema().isJoined() || (value != null && node.words().size() > 1)) {
            faults.fault(edit.lastWord(), node, "name the whole statement");
          } else {
            tag(edit, faults);
          }
        }
        case RENAME, COPY, INSERT -> new Rearrangement(this, edit, faults).apply();
        case REPLACE -> throw new IllegalStateException("a pattern names no statement");
      }
    }

    private void tag(SetReader.Edit edit, TreeBuilder faults) {
      if (edit.verb() != SetReader.Verb.ANNOTATE) {
        node.setProtected(edit.verb() == SetReader.Verb.PROTECT);
        return;
      }
      String comment = Marks.comment(edit.tail().getFirst().text());
      if (comment.contains("*/")) {
        faults.fault(edit.at(), node, "a comment cannot hold '*/'");
      } else {
        node.setComment(comment);
      }
    }

    private void setInactive(boolean inactive) {
      if (node.schema().isJoined()) {
        node.children().forEach(member -> member.setInactive(inactive));
      } else {
        node.setInactive(inactive);
      }
    }

    private void delete() {
      node.words().remove(value);
      if (value == null || node.words().isEmpty()) {
        parent.remove(node);
      }
    }
  }

  private final TreeBuilder builder;

  PathFinder(TreeBuilder builder) {
    this.builder = builder;
  }

  /** The statement, or null after reporting that there is none. */
  @Nullable Found find(EditableNode root, SetReader.Edit edit) {
    List<Token> words = edit.path();
    EditableNode parent = root;
    int index = 0;
    while (true) {
      SchemaNode schema = builder.schemaOf(parent, words.get(index));
      if (schema == null) {
        return null;
      }
      index += schema.keyword().isEmpty() ? 0 : 1;
      String key = null;
      if (schema instanceof SchemaNode.Keyed && index == words.size()) {
        // "delete … address": whichever there are.
        return all(parent, schema, edit);
      }
      if (schema instanceof SchemaNode.Keyed keyed) {
        words = UnitShorthand.tokens(keyed, words, index);
        key = builder.key(parent, keyed, words, index++, false);
        if (key == null) {
          return null;
        }
      }
      if (key == null && EditableNode.isOnePerWord(schema)) {
        key = TreeBuilder.canonicalWord(schema, words.get(index++).text());
      }
      EditableNode node = parent.find(schema, key);
      if (node == null) {
        absent(parent, edit);
        return null;
      }
      if (index == words.size()) {
        return new Found(parent, node, null);
      }
      if (schema.members().isEmpty()) {
        return value(parent, node, words.subList(index, words.size()));
      }
      parent = node;
    }
  }

  /** What is to go is not there: nothing to do, as on Junos; anything else is a mistake. */
  private void absent(EditableNode parent, SetReader.Edit edit) {
    if (edit.verb() == SetReader.Verb.DELETE) {
      builder.warn(edit.lastWord(), parent, "statement not found");
    } else {
      builder.fault(edit.lastWord(), parent, "no such statement is set");
    }
  }

  private @Nullable Found all(EditableNode parent, SchemaNode schema, SetReader.Edit edit) {
    List<EditableNode> found =
        parent.children().stream().filter(child -> child.schema().equals(schema)).toList();
    if (found.isEmpty()) {
      absent(parent, edit);
      return null;
    }
    if (edit.verb() != SetReader.Verb.DELETE) {
      builder.fault(edit.lastWord(), parent, "name one of them");
      return null;
    }
    found.subList(1, found.size()).forEach(parent::remove);
    return new Found(parent, found.getFirst(), null);
  }

  private @Nullable Found value(EditableNode parent, EditableNode node, List<Token> rest) {
    Token word = rest.getFirst();
    boolean matches = word.is(Kind.WORD) && node.words().contains(word.text());
    if (rest.size() > 1 || !matches) {
      builder.fault(rest.getLast(), node, "no such value is set");
      return null;
    }
    boolean one = node.schema() instanceof SchemaNode.LeafList;
    return new Found(parent, node, one ? word.text() : null);
  }
}
