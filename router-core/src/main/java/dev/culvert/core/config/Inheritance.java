package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration means where it applies groups: the tree as it is written in, the tree that
 * is in force out. What a place itself says counts before what it inherits, a group applied further
 * inside before one further outside, and of one list the group named first.
 *
 * <p>A group holds statements under their full paths. Where it is applied, those of that place and
 * below are inherited; under a pattern only by what has a name there already. The values of lists
 * are put together; a statement of one line is inherited whole or not at all. A statement keeps its
 * line in the group, and has the path it is inherited to.
 */
public final class Inheritance {
  private final Diagnostics diagnostics;
  private int inherited;

  private Inheritance(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  /** The tree in force, without {@code groups} and {@code apply-groups}. */
  public static ConfigTree expand(ConfigTree written, Diagnostics diagnostics) {
    ConfigNode root = written.root();
    if (!usesAny(root)) {
      return written;
    }
    Map<String, List<ConfigNode>> groups = new LinkedHashMap<>();
    List<ConfigNode> defined =
        root.child(GroupsSchema.GROUPS).map(all -> all.children("")).orElse(List.of());
    defined.forEach(group -> groups.put(group.words().getFirst(), List.of(group)));
    if (groups.size() > ConfigLimits.MAX_GROUPS) {
      diagnostics.error(
          defined.get(ConfigLimits.MAX_GROUPS), "more than " + ConfigLimits.MAX_GROUPS + " groups");
      return written;
    }
    Inheritance inheritance = new Inheritance(diagnostics);
    inheritance.checkNames(root, groups);
    EditableNode expanded =
        EditableNode.root((SchemaNode.Container) root.schema(), root.position());
    inheritance.inside(expanded, root, new Place(groups, List.of()));
    new ApplyPath(expanded, diagnostics).expand();
    expanded.removeEmptySections();
    return new ConfigTree(expanded.freeze());
  }

  private static boolean usesAny(ConfigNode node) {
    return node.children().stream()
        .anyMatch(child ->
            child.keyword().equals(GroupsSchema.GROUPS)
                || GroupsSchema.isApplying(child.schema())
                || child.keyword().equals(ApplyPath.KEYWORD)
                || usesAny(child));
  }

  private void checkNames(ConfigNode node, Map<String, ?> groups) {
    for (ConfigNode child : node.children()) {
      if (!child.inactive() && GroupsSchema.isApplying(child.schema())) {
        child.words().stream()
            .filter(name -> !groups.containsKey(name))
            .forEach(name -> diagnostics.error(child, "group '" + name + "' is not defined"));
      } else if (!child.inactive()) {
        checkNames(child, groups);
      }
    }
  }

  /**
   * What the groups have for one place.
   *
   * @param groups the statements of each group whose path leads there, a name's before a pattern's
   * @param applied the groups in force there, the one that counts first
   */
  private record Place(Map<String, List<ConfigNode>> groups, List<String> applied) {
    /** With what is applied in the place itself, by its own words or by those of a group. */
    Place with(@Nullable ConfigNode written) {
      List<String> all = new ArrayList<>();
      List<String> outer = new ArrayList<>(applied);
      if (written != null) {
        add(named(written, GroupsSchema.APPLY_GROUPS), all);
        outer.removeAll(named(written, GroupsSchema.APPLY_GROUPS_EXCEPT));
      }
      add(outer, all);
      return new Place(groups, all);
    }

    private void add(List<String> names, List<String> all) {
      for (String name : names) {
        if (!all.contains(name)) {
          all.add(name);
          groups
              .getOrDefault(name, List.of())
              .forEach(node -> add(named(node, GroupsSchema.APPLY_GROUPS), all));
        }
      }
    }

    private static List<String> named(ConfigNode node, String keyword) {
      return node.children(keyword).stream().flatMap(list -> list.words().stream()).toList();
    }

    Stream<Source> sources() {
      return applied.stream()
          .flatMap(name ->
              groups.getOrDefault(name, List.of()).stream().map(node -> new Source(name, node)));
    }
  }

  /** A statement of a group that applies. */
  private record Source(String group, ConfigNode node) {
    String name() {
      return "group '" + group + "'";
    }
  }

  /** A member of the place that is there, or is to be. */
  private record Member(SchemaNode schema, @Nullable String key, @Nullable ConfigNode written) {
    static Member of(ConfigNode node, @Nullable ConfigNode written) {
      return new Member(
          node.schema(),
          EditableNode.isOnePerWord(node.schema()) ? node.words().getFirst() : null,
          written);
    }
  }

  private void inside(EditableNode into, @Nullable ConfigNode written, Place outer) {
    Place place = outer.with(written);
    Map<String, Member> members = new LinkedHashMap<>();
    if (written != null) {
      configured(written)
          .forEach(child -> members.put(EditableNode.id(child), Member.of(child, child)));
    }
    place
        .sources()
        .flatMap(source -> configured(source.node()))
        .filter(child -> pattern(child) == null)
        .forEach(child -> members.putIfAbsent(EditableNode.id(child), Member.of(child, null)));
    Index index = Index.of(place.groups());
    members.forEach(
        (id, member) -> member(into, member, new Place(index.at(id, member), place.applied())));
    if (written != null) {
      written.children().stream().filter(ConfigNode::inactive).forEach(into::adopt);
    }
  }

  /** What the place says, but for what it inherits from. */
  private static Stream<ConfigNode> configured(ConfigNode node) {
    return node.children().stream()
        .filter(child -> !child.inactive())
        .filter(child -> !GroupsSchema.isApplying(child.schema()))
        .filter(child -> !child.keyword().equals(GroupsSchema.GROUPS) || !node.path().isEmpty());
  }

  private static @Nullable NamePattern pattern(ConfigNode node) {
    return node.schema() instanceof SchemaNode.Keyed keyed && keyed.key() instanceof KeyPattern<?>
        ? NamePattern.of(node.words().getFirst()).orElse(null)
        : null;
  }

  /** The members of a place in each group, to be found by identity. */
  private record Index(Map<String, Map<String, ConfigNode>> exact, Map<String, List<Wild>> wild) {
    private record Wild(String keyword, NamePattern pattern, ConfigNode node) {}

    static Index of(Map<String, List<ConfigNode>> groups) {
      Index index = new Index(new LinkedHashMap<>(), new LinkedHashMap<>());
      groups.forEach((name, nodes) -> {
        Map<String, ConfigNode> exact = new HashMap<>();
        List<Wild> wild = new ArrayList<>();
        nodes.stream()
            .flatMap(Inheritance::configured)
            .forEach(child -> {
              NamePattern pattern = pattern(child);
              if (pattern == null) {
                exact.putIfAbsent(EditableNode.id(child), child);
              } else {
                wild.add(new Wild(child.keyword(), pattern, child));
              }
            });
        index.exact.put(name, exact);
        index.wild.put(name, wild);
      });
      return index;
    }

    Map<String, List<ConfigNode>> at(String id, Member member) {
      Map<String, List<ConfigNode>> found = new LinkedHashMap<>();
      for (String group : exact.keySet()) {
        List<ConfigNode> nodes = new ArrayList<>();
        ConfigNode same = exact.getOrDefault(group, Map.of()).get(id);
        if (same != null) {
          nodes.add(same);
        }
        String key = member.key();
        if (key != null) {
          wild.getOrDefault(group, List.of()).stream()
              .filter(w -> w.keyword().equals(member.schema().keyword()))
              .filter(w -> w.pattern().matches(key))
              .forEach(w -> nodes.add(w.node()));
        }
        if (!nodes.isEmpty()) {
          found.put(group, nodes);
        }
      }
      return found;
    }
  }

  private void member(EditableNode into, Member member, Place place) {
    ConfigNode written = member.written();
    boolean isWhole =
        member.schema().members().isEmpty() || member.schema().holdsMembersOnOneLine();
    if (isWhole && written != null) {
      into.adopt(written);
    }
    if (isWhole && written == null) {
      place.sources().findFirst().ifPresent(first -> inherit(into, first.node(), first));
    }
    if (member.schema() instanceof SchemaNode.LeafList list && member.key() == null) {
      EditableNode node = into.find(list, null);
      if (node != null) {
        place.sources().forEach(source -> addValues(node, source));
      }
    }
    if (!isWhole) {
      block(into, member, place);
    }
  }

  private static void addValues(EditableNode node, Source source) {
    for (String word : source.node().words()) {
      if (node.words().add(word)) {
        node.inherited().put(word, source.name());
      }
    }
  }

  private void block(EditableNode into, Member member, Place place) {
    ConfigNode written = member.written();
    if (written != null && place.groups().isEmpty() && !usesAny(written)) {
      // No group leads here.
      into.adopt(written);
      return;
    }
    if (written != null) {
      EditableNode block = into.obtain(written.schema(), member.key(), written.position());
      block.mark(written.marks());
      inside(block, written, place);
      return;
    }
    // A pattern of a group that counts before adds to the statement, and does not make it.
    Source first =
        place.sources().filter(source -> pattern(source.node()) == null).findFirst().orElseThrow();
    EditableNode node = made(into, first.node(), first);
    if (node == null) {
      return;
    }
    inside(node, null, place);
    // "ospf { area <*> … }" alone does not make an ospf where there is none.
    boolean says = place.sources().anyMatch(source -> source.node().children().isEmpty());
    if (node.schema() instanceof SchemaNode.Container && node.children().isEmpty() && !says) {
      into.remove(node);
    }
  }

  /** A copy of the group's statement, whole. */
  private void inherit(EditableNode into, ConfigNode from, Source source) {
    EditableNode node = made(into, from, source);
    if (node != null) {
      node.words().addAll(from.words());
      from.children().stream()
          .filter(child -> !child.inactive())
          .forEach(child -> inherit(node, child, source));
    }
  }

  /** Null once there are too many. */
  private @Nullable EditableNode made(EditableNode into, ConfigNode from, Source source) {
    if (inherited == ConfigLimits.MAX_INHERITED) {
      return null;
    }
    if (++inherited == ConfigLimits.MAX_INHERITED) {
      diagnostics.error(from, "groups add more than " + ConfigLimits.MAX_INHERITED + " statements");
      return null;
    }
    SchemaNode schema =
        TreeBuilder.named(into.schema(), from.keyword()).orElseThrow(IllegalStateException::new);
    String key = EditableNode.isOnePerWord(schema) ? from.words().getFirst() : null;
    EditableNode node = into.obtain(schema, key, from.position());
    boolean isList = schema instanceof SchemaNode.LeafList && key == null;
    if (isList) {
      from.words().forEach(word -> node.inherited().put(word, source.name()));
    } else {
      node.inherited().put("", source.name());
    }
    return node;
  }
}
