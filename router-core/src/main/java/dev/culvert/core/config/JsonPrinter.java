package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Prints Junos' JSON form: keyed statements as arrays of objects with a {@code name}. */
final class JsonPrinter {
  private static final Pattern NUMERIC_TYPE = Pattern.compile("[0-9]+\\.\\.[0-9]+");

  private final StringBuilder out = new StringBuilder();

  private JsonPrinter() {}

  static String print(ConfigNode root) {
    JsonPrinter printer = new JsonPrinter();
    printer.out.append("{\n  \"configuration\": ");
    printer.object(root, Map.of(), 1);
    return printer.out.append("\n}\n").toString();
  }

  private void object(ConfigNode node, Map<String, String> keys, int depth) {
    Map<String, Runnable> members = new LinkedHashMap<>();
    if (node.inactive()) {
      members.put("@", () -> out.append("{ \"inactive\": true }"));
    }
    keys.forEach((name, key) -> members.put(name, () -> string(key)));
    Map<String, List<ConfigNode.Element>> byName = new LinkedHashMap<>();
    for (ConfigNode.Element child : node.elements()) {
      byName.computeIfAbsent(child.name(), n -> new ArrayList<>()).add(child);
    }
    byName.forEach((name, children) -> member(name, children, members, depth + 1));
    braces(members, depth);
  }

  private void member(
      String name, List<ConfigNode.Element> children, Map<String, Runnable> members, int depth) {
    ConfigNode first = children.getFirst().node();
    switch (first.schema()) {
      case SchemaNode.Container c -> members.put(name, () -> object(first, Map.of(), depth));
      case SchemaNode.Keyed k -> members.put(name, () -> array(children, depth));
      case SchemaNode.Leaf leaf -> members.put(name, () -> leaf(leaf, first));
      case SchemaNode.LeafList list ->
          members.put(
              name,
              () -> strings(children.stream().flatMap(c -> c.node().words().stream()).toList()));
      case SchemaNode.Flag flag -> members.put(name, () -> out.append("[null]"));
    }
    if (first.inactive() && first.schema().members().isEmpty()) {
      members.put("@" + name, () -> out.append("{ \"inactive\": true }"));
    }
  }

  private void braces(Map<String, Runnable> members, int depth) {
    out.append('{');
    String separator = "\n";
    for (Map.Entry<String, Runnable> member : members.entrySet()) {
      out.append(separator).append("  ".repeat(depth + 1));
      string(member.getKey());
      out.append(": ");
      member.getValue().run();
      separator = ",\n";
    }
    out.append(members.isEmpty() ? "}" : "\n" + "  ".repeat(depth) + "}");
  }

  private void array(List<ConfigNode.Element> elements, int depth) {
    out.append('[');
    String separator = "\n";
    for (ConfigNode.Element element : elements) {
      out.append(separator).append("  ".repeat(depth + 1));
      object(element.node(), element.keys(), depth + 1);
      separator = ",\n";
    }
    out.append('\n').append("  ".repeat(depth)).append(']');
  }

  private void leaf(SchemaNode.Leaf leaf, ConfigNode node) {
    String word = node.words().getFirst();
    if (leaf.secret()) {
      string(TreeBuilder.MASKED_SECRET);
    } else if (NUMERIC_TYPE.matcher(leaf.value().placeholder()).matches()) {
      // Digits only, as the type accepted them; leading zeros are no JSON.
      out.append(Long.parseLong(word));
    } else {
      string(word);
    }
  }

  private void strings(List<String> words) {
    out.append('[');
    for (int i = 0; i < words.size(); i++) {
      out.append(i == 0 ? "" : ", ");
      string(words.get(i));
    }
    out.append(']');
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        default -> {
          boolean plain = c >= ' ' && !Character.isSurrogate(c) && c != '\u2028' && c != '\u2029';
          out.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
      }
    }
    out.append('"');
  }
}
