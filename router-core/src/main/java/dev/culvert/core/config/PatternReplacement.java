package dev.culvert.core.config;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * {@code replace pattern X with Y}: in the names and values of a place, or of the whole
 * configuration. Secrets are left alone. Where a value would be refused nothing is replaced.
 */
final class PatternReplacement {
  private final TreeBuilder builder;
  private final SetReader.Edit edit;
  private boolean isRefused;

  PatternReplacement(TreeBuilder builder, SetReader.Edit edit) {
    this.builder = builder;
    this.edit = edit;
  }

  void apply(EditableNode root) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(edit.tail().getFirst().text());
    } catch (PatternSyntaxException e) {
      builder.fault(edit.tail().getFirst(), root, "no regular expression: " + e.getDescription());
      return;
    }
    String scope = "";
    if (!edit.path().isEmpty()) {
      PathFinder.Found found = new PathFinder(builder).find(root, edit);
      if (found == null) {
        return;
      }
      scope = found.node().path();
    }
    EditableNode fresh = EditableNode.root((SchemaNode.Container) root.schema(), root.position());
    rebuild(root.freeze(), fresh, scope, pattern);
    if (!isRefused) {
      root.become(fresh);
    }
  }

  private void rebuild(ConfigNode from, EditableNode into, String scope, Pattern pattern) {
    for (ConfigNode child : from.children()) {
      boolean isMeant = child.path().equals(scope) || child.path().startsWith(scope + " ");
      boolean isSecret = child.schema() instanceof SchemaNode.Leaf leaf && leaf.secret();
      List<String> words =
          (scope.isEmpty() || isMeant) && !isSecret
              ? child.words().stream().map(word -> replaced(child, word, pattern)).toList()
              : child.words();
      String key = EditableNode.isOnePerWord(child.schema()) ? words.getFirst() : null;
      EditableNode node = into.obtain(child.schema(), key, child.position());
      if (key == null) {
        node.words().addAll(words);
      }
      node.setInactive(child.inactive());
      node.mark(child.marks());
      rebuild(child, node, scope, pattern);
    }
  }

  private String replaced(ConfigNode node, String word, Pattern pattern) {
    String by = edit.tail().getLast().text();
    String after;
    try {
      // Junos writes the groups of the expression \1.
      after =
          pattern
              .matcher(word)
              .replaceAll(by.replace("$", "\\$").replaceAll("\\\\([0-9])", "\\$$1"));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      refuse(node, "the replacement names a group that the expression lacks");
      return word;
    }
    ValueType<?> type = typeOf(node.schema());
    if (!after.equals(word) && type != null) {
      if (type.parse(after) instanceof ValueType.Parsed.Wrong<?>(String reason)) {
        refuse(node, TreeBuilder.wrongValue(node.schema(), type, reason, false));
        return word;
      }
      return TreeBuilder.canonicalWord(node.schema(), after);
    }
    return after;
  }

  private void refuse(ConfigNode node, String message) {
    isRefused = true;
    builder.fault(edit.at(), EditableNode.copyOf(node), message);
  }

  private static @Nullable ValueType<?> typeOf(SchemaNode schema) {
    return switch (schema) {
      case SchemaNode.Keyed keyed -> keyed.key();
      case SchemaNode.Leaf leaf -> leaf.value();
      case SchemaNode.LeafList list -> list.value();
      case SchemaNode.Container c -> null;
      case SchemaNode.Flag f -> null;
    };
  }
}
