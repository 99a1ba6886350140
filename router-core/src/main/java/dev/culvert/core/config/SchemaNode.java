package dev.culvert.core.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Shape of one statement: the only description of it, from which parsing, validation, help,
 * completion and printing come.
 *
 * <pre>
 * container("ospf", "OSPFv2",
 *     leafList("export", "Export policies", name()),
 *     list("area", "An area", areaId(),
 *         list("interface", "An interface in the area", interfaceName(),
 *             flag("passive", "Advertise the subnet, form no adjacency"),
 *             leaf("metric", "Output cost", integer(1, 65535)))))
 * </pre>
 *
 * <p>A keyed statement, leaf or leaf-list may have the empty keyword, at most one in its parent: it
 * is then written as its key or value alone, such as {@code interfaces { eth0 { … } }} or {@code
 * prefix-list lan { 10.0.0.0/8; }}.
 */
public sealed interface SchemaNode {
  String keyword();

  String help();

  /**
   * {@code ospf { … }}: at most one.
   *
   * @param refusals why a word that Junos has here is refused, by the word
   * @param oneLine written on one line with all its members, as {@code range 1024 to 2047;}
   */
  record Container(
      String keyword,
      String help,
      List<SchemaNode> children,
      Map<String, String> refusals,
      boolean oneLine)
      implements SchemaNode {
    public Container {
      children = List.copyOf(children);
      refusals = Map.copyOf(refusals);
    }

    public Container(String keyword, String help, List<SchemaNode> children) {
      this(keyword, help, children, Map.of(), false);
    }

    /** Likewise, and these words are refused for that reason: what completes "… is refused: …". */
    public Container refusing(String reason, String... words) {
      return new Container(keyword, help, children, withRefusals(refusals, reason, words), oneLine);
    }
  }

  /**
   * {@code area 0.0.0.0 { … }}: one per key, in the order written. Several may share one keyword:
   * {@code area { 0.0.0.0 { … } 0.0.0.1 { … } }}.
   *
   * @param refusals why a word that Junos has here is refused, by the word
   * @param oneLine written on one line with all its members, as {@code route-filter 10.0.0.0/8 upto
   *     /24 accept;}
   * @param joined written once in front of each of its members, which are keyed themselves: {@code
   *     from-zone a to-zone b { … }}. Without a member there is no statement, and only the members
   *     can be inactive
   */
  record Keyed(
      String keyword,
      String help,
      ValueType<?> key,
      List<SchemaNode> children,
      Map<String, String> refusals,
      boolean oneLine,
      boolean joined)
      implements SchemaNode {
    public Keyed {
      children = List.copyOf(children);
      refusals = Map.copyOf(refusals);
    }

    public Keyed(String keyword, String help, ValueType<?> key, List<SchemaNode> children) {
      this(keyword, help, key, children, Map.of(), false, false);
    }

    /** As {@link Container#refusing}. */
    public Keyed refusing(String reason, String... words) {
      return new Keyed(
          keyword, help, key, children, withRefusals(refusals, reason, words), oneLine, joined);
    }
  }

  /**
   * {@code metric 10;}: one value.
   *
   * @param secret printed as {@code "<secret>"; ## SECRET-DATA} wherever an operator looks
   */
  record Leaf(String keyword, String help, ValueType<?> value, boolean secret)
      implements SchemaNode {}

  /** {@code export [ a b ];}: values in the order written. */
  record LeafList(String keyword, String help, ValueType<?> value) implements SchemaNode {}

  /** {@code passive;}. */
  record Flag(String keyword, String help) implements SchemaNode {}

  static Container container(String keyword, String help, SchemaNode... children) {
    return new Container(keyword, help, List.of(children));
  }

  /** As {@link #container}, written on one line with all its members. */
  static Container oneLineContainer(String keyword, String help, SchemaNode... children) {
    return new Container(keyword, help, List.of(children), Map.of(), true);
  }

  static Keyed list(String keyword, String help, ValueType<?> key, SchemaNode... children) {
    return new Keyed(keyword, help, key, List.of(children));
  }

  /** As {@link #list}, written on one line with all its members. */
  static Keyed oneLineList(String keyword, String help, ValueType<?> key, SchemaNode... children) {
    return new Keyed(keyword, help, key, List.of(children), Map.of(), true, false);
  }

  /** As {@link #list}, written in front of each of its members. */
  static Keyed joinedList(String keyword, String help, ValueType<?> key, Keyed member) {
    return new Keyed(keyword, help, key, List.of(member), Map.of(), false, true);
  }

  static Leaf leaf(String keyword, String help, ValueType<?> value) {
    return new Leaf(keyword, help, value, false);
  }

  static Leaf secret(String keyword, String help, SecretType value) {
    return new Leaf(keyword, help, value, true);
  }

  static LeafList leafList(String keyword, String help, ValueType<?> value) {
    return new LeafList(keyword, help, value);
  }

  static Flag flag(String keyword, String help) {
    return new Flag(keyword, help);
  }

  /** Whether this stands in front of each of its members. */
  default boolean isJoined() {
    return this instanceof Keyed keyed && keyed.joined();
  }

  /** Whether a member may follow another one without a {@code ;}. */
  default boolean holdsMembersOnOneLine() {
    return (this instanceof Keyed keyed && keyed.oneLine())
        || (this instanceof Container container && container.oneLine());
  }

  private static Map<String, String> withRefusals(
      Map<String, String> before, String reason, String... words) {
    Map<String, String> all = new TreeMap<>(before);
    for (String word : words) {
      all.put(word, reason);
    }
    return all;
  }

  /** Why a word that Junos has inside this statement is refused; empty where it is just unknown. */
  default Optional<String> refusal(String word) {
    return switch (this) {
      case Container c -> Optional.ofNullable(c.refusals().get(word));
      case Keyed k -> Optional.ofNullable(k.refusals().get(word));
      case Leaf l -> Optional.empty();
      case LeafList l -> Optional.empty();
      case Flag f -> Optional.empty();
    };
  }

  /** The statements that may stand inside this one. */
  default List<SchemaNode> members() {
    return switch (this) {
      case Container c -> c.children();
      case Keyed k -> k.children();
      case Leaf l -> List.of();
      case LeafList l -> List.of();
      case Flag f -> List.of();
    };
  }
}
