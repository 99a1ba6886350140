package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code apply-path "interfaces <*> unit <*> family inet address <*>"}: the prefixes of a list are
 * the values that a path leads to in the configuration itself. What is no address or prefix there,
 * such as a name, is passed over.
 */
final class ApplyPath {
  static final String KEYWORD = "apply-path";

  private final EditableNode root;
  private final Diagnostics diagnostics;

  ApplyPath(EditableNode root, Diagnostics diagnostics) {
    this.root = root;
    this.diagnostics = diagnostics;
  }

  /** Adds the prefixes to each list that has an active {@code apply-path}. */
  void expand() {
    within(root);
  }

  private void within(EditableNode node) {
    List<EditableNode> children = List.copyOf(node.children());
    for (EditableNode child : children) {
      boolean isPath =
          child.schema() instanceof SchemaNode.Leaf && child.schema().keyword().equals(KEYWORD);
      if (isPath && !child.inactive()) {
        apply(node, child);
      } else if (!child.inactive()) {
        within(child);
      }
    }
  }

  private void apply(EditableNode list, EditableNode path) {
    List<String> words = Words.split(path.words().iterator().next());
    Optional<String> fault = new Walk(words).fault(root.schema(), 0);
    if (fault.isPresent()) {
      diagnostics.error(path.position(), path.path(), "'" + KEYWORD + "': " + fault.get());
      return;
    }
    SchemaNode member = TreeBuilder.named(list.schema(), "").orElseThrow();
    List<String> found = new ArrayList<>();
    new Walk(words).values(root, 0, found);
    for (String value : found) {
      String prefix = prefix(value);
      if (prefix != null && list.find(member, prefix) == null) {
        EditableNode node = list.obtain(member, prefix, path.position());
        node.inherited().put(prefix, KEYWORD);
      }
    }
  }

  private static @Nullable String prefix(String value) {
    return ValueTypes.prefix().parse(value) instanceof ValueType.Parsed.Value<?>(Object prefix)
        ? prefix.toString()
        : null;
  }

  /** Down the configuration, or its schema, word by word. */
  private record Walk(List<String> words) {
    /** Why no configuration can have the path. */
    Optional<String> fault(SchemaNode schema, int at) {
      if (at >= words.size()) {
        return Optional.of("the path has to end with a value, such as <*>");
      }
      String word = words.get(at);
      SchemaNode member =
          TreeBuilder.named(schema, word).or(() -> TreeBuilder.named(schema, "")).orElse(null);
      if (member == null) {
        return Optional.of("'" + word + "' is unknown there");
      }
      int value = member.keyword().isEmpty() ? at : at + 1;
      return switch (member) {
        case SchemaNode.Container c -> fault(c, value);
        case SchemaNode.Keyed k ->
            value + 1 == words.size() ? Optional.empty() : fault(k, value + 1);
        case SchemaNode.Leaf l when !l.secret() -> end(value);
        case SchemaNode.LeafList l -> end(value);
        default -> Optional.of("'" + word + "' has no address");
      };
    }

    private Optional<String> end(int value) {
      return value + 1 == words.size()
          ? Optional.empty()
          : Optional.of("the path has to end with a value, such as <*>");
    }

    void values(EditableNode node, int at, List<String> found) {
      for (EditableNode child : node.children()) {
        String keyword = child.schema().keyword();
        boolean isNamed = keyword.equals(words.get(at));
        if (child.inactive() || (!isNamed && !keyword.isEmpty())) {
          continue;
        }
        int value = isNamed ? at + 1 : at;
        if (child.schema() instanceof SchemaNode.Container) {
          values(child, value, found);
          continue;
        }
        child.words().stream()
            .filter(word -> value < words.size() && matches(words.get(value), word))
            .forEach(word -> {
              if (value + 1 == words.size()) {
                found.add(word);
              } else {
                values(child, value + 1, found);
              }
            });
      }
    }

    private static boolean matches(String pattern, String word) {
      return NamePattern.of(pattern).map(p -> p.matches(word)).orElse(pattern.equals(word));
    }
  }
}
