package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One statement of a configuration that has passed its schema, and where it stands in the text. One
 * node per schema node: {@code authentication md5 1 key "x";} is four nested nodes. Inactive
 * statements are not seen by any accessor.
 *
 * @param words Keyed: the key. Leaf: the value. LeafList: the values. Otherwise empty
 * @param path the whole path with keys, such as {@code protocols ospf area 0.0.0.0}
 */
public record ConfigNode(
    SchemaNode schema,
    List<String> words,
    List<ConfigNode> children,
    boolean inactive,
    String path,
    SourcePosition position,
    Marks marks) {

  public ConfigNode {
    words = List.copyOf(words);
    children = List.copyOf(children);
  }

  public ConfigNode(
      SchemaNode schema,
      List<String> words,
      List<ConfigNode> children,
      boolean inactive,
      String path,
      SourcePosition position) {
    this(schema, words, children, inactive, path, position, Marks.NONE);
  }

  public String keyword() {
    return schema.keyword();
  }

  /** The container, leaf or flag of that keyword. */
  public Optional<ConfigNode> child(String keyword) {
    return all(keyword).findFirst();
  }

  /** Every statement of that keyword, in order. */
  public List<ConfigNode> children(String keyword) {
    return all(keyword).toList();
  }

  public boolean has(String keyword) {
    return all(keyword).findFirst().isPresent();
  }

  /** The key of a keyed statement; {@code type} must be the one in the schema. */
  public <T> T key(ValueType<T> type) {
    return valueOf(words.getFirst(), type);
  }

  /** The value of a leaf; {@code type} must be the one in the schema. */
  public <T> T value(ValueType<T> type) {
    return valueOf(words.getFirst(), type);
  }

  /** The value of the child leaf of that keyword, if present. */
  public <T> Optional<T> leaf(String keyword, ValueType<T> type) {
    return child(keyword).map(leaf -> leaf.value(type));
  }

  /** The values of the child leaf-list of that keyword; empty if absent. */
  public <T> List<T> leafList(String keyword, ValueType<T> type) {
    return all(keyword).flatMap(n -> n.words().stream()).map(w -> valueOf(w, type)).toList();
  }

  private Stream<ConfigNode> all(String keyword) {
    return children.stream().filter(c -> !c.inactive() && c.keyword().equals(keyword));
  }

  private static <T> T valueOf(String word, ValueType<T> type) {
    return switch (type.parse(word)) {
      case ValueType.Parsed.Value<T>(T value) -> value;
      // The schema has accepted the word, so this is a bind with the wrong type: our bug.
      case ValueType.Parsed.Wrong<T>(String reason) -> throw new IllegalStateException(reason);
    };
  }

  /**
   * A child as Junos' JSON and XML forms have it.
   *
   * @param keys name and value of what tells it from others of its name; empty for most
   */
  public record Element(String name, ConfigNode node, Map<String, String> keys) {
    public Element {
      keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
    }
  }

  /**
   * The children as Junos' JSON and XML forms have them. A pair such as {@code from-zone a to-zone
   * b} is one element, called as what it holds, with {@code from-zone-name} and {@code
   * to-zone-name}.
   */
  public List<Element> elements() {
    List<Element> elements = new ArrayList<>();
    for (ConfigNode child : children) {
      if (child.schema.isJoined()) {
        child.children.forEach(member -> elements.add(pair(child, member)));
      } else if (isList(child)) {
        for (ConfigNode member : child.children) {
          Map<String, String> keys = Map.of("name", member.words.getFirst());
          elements.add(new Element(child.keyword(), member, keys));
        }
      } else {
        boolean keyed = child.schema instanceof SchemaNode.Keyed;
        Map<String, String> keys = keyed ? Map.of("name", child.words.getFirst()) : Map.of();
        elements.add(new Element(elementName(child), child, keys));
      }
    }
    return elements;
  }

  /**
   * Whether a container and the nameless members that are all it holds are one list on Junos, as a
   * zone's {@code interfaces} are. At the root {@code interfaces} holds {@code interface}. A
   * container that is inactive as a whole has to be there to say so.
   */
  private boolean isList(ConfigNode child) {
    return (!keyword().isEmpty() || child.keyword().equals(GroupsSchema.GROUPS))
        && !child.inactive
        && child.schema instanceof SchemaNode.Container container
        && !container.children().isEmpty()
        && container.children().getFirst() instanceof SchemaNode.Keyed member
        && member.keyword().isEmpty()
        && container.children().stream().skip(1).allMatch(GroupsSchema::isApplying)
        && child.children.stream().noneMatch(c -> GroupsSchema.isApplying(c.schema));
  }

  private static Element pair(ConfigNode outer, ConfigNode member) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put(outer.keyword() + "-name", outer.words.getFirst());
    keys.put(member.keyword() + "-name", member.words.getFirst());
    return new Element(member.schema.members().getFirst().keyword(), member, keys);
  }

  /**
   * What Junos' JSON and XML forms call this child: nameless members take a name from their parent,
   * as {@code interfaces} holds {@code interface}.
   */
  private String elementName(ConfigNode child) {
    if (!child.keyword().isEmpty()) {
      return child.keyword();
    }
    String outer = keyword();
    return switch (child.schema()) {
      case SchemaNode.LeafList list -> outer + "-item";
      case SchemaNode.Leaf leaf -> "value";
      default -> outer.endsWith("s") ? outer.substring(0, outer.length() - 1) : outer + "-item";
    };
  }

  /** The words as an operator may see them: a secret is masked. */
  public List<String> shownWords() {
    boolean secret = schema instanceof SchemaNode.Leaf leaf && leaf.secret();
    return secret ? List.of(TreeBuilder.MASKED_SECRET) : words;
  }

  /** Secrets stay out: keyword and position only. */
  @Override
  public String toString() {
    return path + " (" + position.file() + ":" + position.line() + ")";
  }
}
