package dev.culvert.ipsec.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.SourcePosition;
import dev.culvert.core.config.ValueType;
import java.util.ArrayList;
import java.util.List;

/** Just enough of a parser to write configurations as {@code set} lines in tests. */
final class SetLines {
  private static final class Draft {
    final SchemaNode schema;
    final List<String> words = new ArrayList<>();
    final List<Draft> children = new ArrayList<>();
    final int line;

    Draft(SchemaNode schema, int line) {
      this.schema = schema;
      this.line = line;
    }

    ConfigNode build(String path) {
      String here = (path + " " + schema.keyword() + " " + String.join(" ", words)).strip();
      return new ConfigNode(
          schema,
          words,
          children.stream().map(c -> c.build(here)).toList(),
          false,
          here,
          new SourcePosition("test", line, 1));
    }
  }

  private SetLines() {}

  /** The section's node, from lines without {@code set} and the section's own path. */
  static ConfigNode parse(SchemaNode section, String... lines) {
    Draft root = new Draft(section, 0);
    for (int i = 0; i < lines.length; i++) {
      add(root, new ArrayList<>(List.of(lines[i].split(" "))), i + 1);
    }
    return root.build("security");
  }

  private static void add(Draft parent, List<String> words, int line) {
    if (words.isEmpty()) {
      return;
    }
    String keyword = words.removeFirst();
    SchemaNode schema =
        parent.schema.members().stream()
            .filter(m -> m.keyword().equals(keyword))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no statement " + keyword));
    String key = schema instanceof SchemaNode.Keyed ? words.removeFirst() : null;
    Draft child =
        parent.children.stream()
            .filter(c -> c.schema == schema && (key == null || c.words.getFirst().equals(key)))
            .findFirst()
            .orElse(null);
    if (child == null) {
      child = new Draft(schema, line);
      parent.children.add(child);
      if (key != null) {
        child.words.add(key);
      }
    }
    switch (schema) {
      case SchemaNode.Leaf(var k, var help, ValueType<?> type, var secret) -> {
        if (type.parse(words.getFirst()) instanceof ValueType.Parsed.Wrong<?>(String reason)) {
          throw new IllegalArgumentException(reason);
        }
        child.words.add(words.getFirst());
      }
      case SchemaNode.LeafList l -> child.words.addAll(words);
      default -> add(child, words, line);
    }
  }
}
