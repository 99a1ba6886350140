package dev.culvert.core.config;

import java.util.List;

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

  /** {@code ospf { … }}: at most one. */
  record Container(String keyword, String help, List<SchemaNode> children) implements SchemaNode {
    public Container {
      children = List.copyOf(children);
    }
  }

  /**
   * {@code area 0.0.0.0 { … }}: one per key, in the order written.
   *
   * @param oneLine written on one line with all its members, as {@code route-filter 10.0.0.0/8 upto
   *     /24 accept;}
   */
  record Keyed(
      String keyword, String help, ValueType<?> key, List<SchemaNode> children, boolean oneLine)
      implements SchemaNode {
    public Keyed {
      children = List.copyOf(children);
    }

    public Keyed(String keyword, String help, ValueType<?> key, List<SchemaNode> children) {
      this(keyword, help, key, children, false);
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

  static Keyed list(String keyword, String help, ValueType<?> key, SchemaNode... children) {
    return new Keyed(keyword, help, key, List.of(children));
  }

  /** As {@link #list}, written on one line with all its members. */
  static Keyed oneLineList(String keyword, String help, ValueType<?> key, SchemaNode... children) {
    return new Keyed(keyword, help, key, List.of(children), true);
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
