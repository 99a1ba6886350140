package dev.culvert.core.config;

import dev.culvert.core.config.SchemaNode.Container;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The whole schema, put together from the parts of all modules. Immutable. */
public final class SchemaRoot {
  private static final Map<String, String> HELP =
      Map.of(
          "protocols", "Routing protocols",
          "security", "Tunnels, zones, policies and NAT",
          "routing-options", "Protocol-independent routing",
          "system", "The router itself");

  private final Container root;

  private SchemaRoot(Container root) {
    this.root = root;
  }

  /**
   * Hangs every part under its parent path; containers of the same path are merged.
   *
   * @throws IllegalArgumentException if two parts describe the same statement
   */
  public static SchemaRoot of(List<? extends SchemaPart> parts) {
    Container root = new Container("", "Configuration", List.of());
    for (SchemaPart part : parts) {
      SchemaNode hung = part.schema();
      for (String parent : part.parentPath().reversed()) {
        hung = new Container(parent, HELP.getOrDefault(parent, parent), List.of(hung));
      }
      root = merge(root, new Container("", root.help(), List.of(hung)));
    }
    return new SchemaRoot(root);
  }

  private static Container merge(Container one, Container other) {
    Map<String, SchemaNode> members = new LinkedHashMap<>();
    one.children().forEach(m -> members.put(m.keyword(), m));
    for (SchemaNode member : other.children()) {
      members.merge(member.keyword(), member, SchemaRoot::mergeMembers);
    }
    Map<String, String> refusals = new LinkedHashMap<>(one.refusals());
    refusals.putAll(other.refusals());
    // What one part refuses another may have.
    refusals.keySet().removeAll(members.keySet());
    return new Container(
        one.keyword(), one.help(), new ArrayList<>(members.values()), refusals, one.oneLine());
  }

  private static SchemaNode mergeMembers(SchemaNode one, SchemaNode other) {
    if (one instanceof Container mine && other instanceof Container its) {
      return merge(mine, its);
    }
    throw new IllegalArgumentException("two parts describe '" + one.keyword() + "'");
  }

  /** The schema of the statements. */
  public Container root() {
    return root;
  }

  /**
   * The schema a configuration file is read with: the statements, and groups of them that are
   * inherited. {@link Inheritance} makes the one of the other.
   */
  public Container written() {
    return GroupsSchema.around(root);
  }

  /** The part's own node, if the configuration has it and nothing of its path is inactive. */
  public static Optional<ConfigNode> node(SchemaPart part, ConfigTree tree) {
    return nodes(part, tree).stream().findFirst();
  }

  /** As {@link #node}, for a part that is a keyed statement: one node per key. */
  public static List<ConfigNode> nodes(SchemaPart part, ConfigTree tree) {
    Optional<ConfigNode> node = Optional.of(tree.root());
    for (String parent : part.parentPath()) {
      node = node.flatMap(n -> n.child(parent));
    }
    return node.map(n -> n.children(part.schema().keyword())).orElse(List.of());
  }

  /** Binds the section to its value. */
  public static <C> C bind(ConfigSection<C> section, ConfigTree tree, Diagnostics diagnostics) {
    return section.bind(node(section, tree).orElse(null), diagnostics);
  }
}
