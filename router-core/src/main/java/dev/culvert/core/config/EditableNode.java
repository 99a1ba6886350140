package dev.culvert.core.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A configuration tree while it is built or edited. Children are found by keyword and key at once,
 * and keep the order in which they were first written.
 */
final class EditableNode {
  private final SchemaNode schema;
  private final SourcePosition position;
  private final String path;
  private final Set<String> words;
  private final Map<String, EditableNode> children = new LinkedHashMap<>();
  private boolean inactive;
  private boolean isProtected;
  private String comment = "";
  private final Map<String, String> inherited = new LinkedHashMap<>();

  private EditableNode(
      SchemaNode schema, SourcePosition position, String path, List<String> words) {
    this.schema = schema;
    this.position = position;
    this.path = path;
    this.words = new LinkedHashSet<>(words);
  }

  static EditableNode root(SchemaNode.Container schema, SourcePosition position) {
    return new EditableNode(schema, position, "", List.of());
  }

  static EditableNode copyOf(ConfigNode node) {
    EditableNode copy = new EditableNode(node.schema(), node.position(), node.path(), node.words());
    copy.inactive = node.inactive();
    copy.mark(node.marks());
    for (ConfigNode child : node.children()) {
      copy.children.put(id(child), copyOf(child));
    }
    return copy;
  }

  private static @Nullable String keyOf(ConfigNode node) {
    return isOnePerWord(node.schema()) ? node.words().getFirst() : null;
  }

  /**
   * True for keyed statements, and for nameless lists such as the prefixes of a prefix-list: each
   * value of these is a statement of its own, which can be inactive alone.
   */
  static boolean isOnePerWord(SchemaNode schema) {
    return schema instanceof SchemaNode.Keyed
        || (schema instanceof SchemaNode.LeafList list && list.keyword().isEmpty());
  }

  SchemaNode schema() {
    return schema;
  }

  SourcePosition position() {
    return position;
  }

  String path() {
    return path;
  }

  /** At most one but for leaf-lists; a set, so that a long prefix-list is read in linear time. */
  Set<String> words() {
    return words;
  }

  boolean inactive() {
    return inactive;
  }

  void setInactive(boolean inactive) {
    this.inactive = inactive;
  }

  void setProtected(boolean isProtected) {
    this.isProtected = isProtected;
  }

  void setComment(String comment) {
    this.comment = comment;
  }

  /** Takes what is known of another statement. */
  void mark(Marks marks) {
    isProtected = marks.isProtected();
    comment = marks.comment();
    inherited.putAll(marks.inherited());
  }

  /** As {@link Marks#inherited}. */
  Map<String, String> inherited() {
    return inherited;
  }

  Collection<EditableNode> children() {
    return children.values();
  }

  @Nullable EditableNode find(SchemaNode member, @Nullable String key) {
    return children.get(id(member, key));
  }

  /** The member of that schema and key, made if absent. */
  EditableNode obtain(SchemaNode member, @Nullable String key, SourcePosition at) {
    return children.computeIfAbsent(
        id(member, key),
        id ->
            new EditableNode(
                member, at, pathOf(member, key), key == null ? List.of() : List.of(key)));
  }

  /** Puts a fresh member where one of its keyword stood, or last. */
  EditableNode replace(SchemaNode member, SourcePosition at) {
    EditableNode fresh = new EditableNode(member, at, pathOf(member, null), List.of());
    children.put(id(member, null), fresh);
    return fresh;
  }

  /** Puts a copy there, unless there is one of its identity. */
  void adopt(ConfigNode node) {
    children.putIfAbsent(id(node), copyOf(node));
  }

  /** What tells a statement from others in the same place. */
  static String id(ConfigNode node) {
    return id(node.schema(), keyOf(node));
  }

  /** A member that is checked but never becomes part of the tree, as its key is wrong. */
  EditableNode detached(SchemaNode.Keyed member, @Nullable String wrongKey, SourcePosition at) {
    return new EditableNode(member, at, pathOf(member, wrongKey), List.of());
  }

  /** As it was when it was made: it keeps its key and its place. */
  void clear() {
    children.clear();
    inactive = false;
    comment = "";
    if (!isOnePerWord(schema)) {
      words.clear();
    }
  }

  /** Another statement's members take the place of all. */
  void become(EditableNode other) {
    children.clear();
    children.putAll(other.children);
  }

  /** A copy of a statement under a key that no member has. */
  EditableNode graft(ConfigNode from, @Nullable String key) {
    EditableNode copy = obtain(from.schema(), key, from.position());
    copy.inactive = from.inactive();
    copy.mark(from.marks());
    if (key == null) {
      copy.words.addAll(from.words());
    }
    from.children().forEach(child -> copy.graft(child, keyOf(child)));
    return copy;
  }

  /** Puts a member right in front of another, or behind it. */
  void move(EditableNode child, EditableNode anchor, boolean before) {
    Map<String, EditableNode> ordered = new LinkedHashMap<>();
    String id = "";
    for (Map.Entry<String, EditableNode> entry : children.entrySet()) {
      id = entry.getValue() == child ? entry.getKey() : id;
    }
    for (Map.Entry<String, EditableNode> entry : children.entrySet()) {
      if (entry.getValue() == anchor && before) {
        ordered.put(id, child);
      }
      if (entry.getValue() != child) {
        ordered.put(entry.getKey(), entry.getValue());
      }
      if (entry.getValue() == anchor && !before) {
        ordered.put(id, child);
      }
    }
    children.clear();
    children.putAll(ordered);
  }

  void remove(EditableNode child) {
    children.values().remove(child);
  }

  /** Of a root: drops {@code protocols { }} and the like, which say nothing. */
  void removeEmptySections() {
    children
        .values()
        .removeIf(c -> c.schema instanceof SchemaNode.Container && c.children.isEmpty());
  }

  ConfigNode freeze() {
    List<ConfigNode> frozen =
        children.values().stream()
            .filter(child -> !child.schema.isJoined() || !child.children.isEmpty())
            .map(EditableNode::freeze)
            .toList();
    return new ConfigNode(
        schema,
        List.copyOf(words),
        frozen,
        inactive,
        path,
        position,
        new Marks(isProtected, comment, inherited));
  }

  /** {@code protocols ospf area 0.0.0.0}; nameless members add their key only. */
  private String pathOf(SchemaNode member, @Nullable String key) {
    StringBuilder result = new StringBuilder(path);
    if (!member.keyword().isEmpty()) {
      result.append(result.isEmpty() ? "" : " ").append(member.keyword());
    }
    if (key != null) {
      result.append(result.isEmpty() ? "" : " ").append(key);
    }
    return result.toString();
  }

  private static String id(SchemaNode member, @Nullable String key) {
    return key == null ? member.keyword() : member.keyword() + '\0' + key;
  }
}
