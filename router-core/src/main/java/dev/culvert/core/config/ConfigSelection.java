package dev.culvert.core.config;

import java.util.List;
import java.util.Optional;

/**
 * The part of a configuration that words such as {@code protocols ospf} name. Immutable.
 *
 * <p>Keywords may be abbreviated as long as they are unambiguous; inactive statements are selected
 * too, as an operator wants to see them.
 */
public sealed interface ConfigSelection {
  /**
   * @param pruned the whole configuration but for what stands beside the selection
   * @param nodes the selected statements; several where a keyed statement is named without its key
   */
  record Found(ConfigTree pruned, List<ConfigNode> nodes) implements ConfigSelection {
    public Found {
      nodes = List.copyOf(nodes);
    }

    /** What stands inside the one selected block, otherwise the selected statements themselves. */
    public String toBraces(boolean revealSecrets) {
      if (nodes.size() == 1 && isNamedInFull(nodes.getFirst())) {
        return BracesPrinter.print(nodes.getFirst(), revealSecrets);
      }
      StringBuilder out = new StringBuilder();
      nodes.forEach(node -> out.append(BracesPrinter.printWhole(node, revealSecrets)));
      return out.toString();
    }

    private boolean isNamedInFull(ConfigNode node) {
      return node.schema() instanceof SchemaNode.Container || !node.children().isEmpty();
    }

    /** {@code set} lines with full paths. */
    public String toSet(boolean revealSecrets) {
      return pruned.toSet(revealSecrets);
    }
  }

  /** The schema knows the statement, the configuration does not have it. */
  record NotSet() implements ConfigSelection {}

  /** No configuration could have it; the reason is for the operator. */
  record Unknown(String reason) implements ConfigSelection {}

  /** What the words select of the tree; no words select all of it. */
  static ConfigSelection of(ConfigTree tree, List<String> words) {
    return new Selector(words).select(tree.root(), 0);
  }

  /** Walks down schema and tree side by side. */
  record Selector(List<String> words) {
    private ConfigSelection select(ConfigNode node, int from) {
      if (from == words.size()) {
        return new Found(new ConfigTree(node), List.of(node));
      }
      Optional<SchemaNode> member = member(node.schema(), words.get(from));
      if (member.isEmpty()) {
        return new Unknown(unknown(node.schema(), words.get(from)));
      }
      SchemaNode schema = member.get();
      int next = schema.keyword().isEmpty() ? from : from + 1;
      if (schema.members().isEmpty() && next < words.size()) {
        return new Unknown("'" + words.get(next) + "' leads nowhere: name the statement only");
      }
      List<ConfigNode> all =
          node.children().stream()
              .filter(c -> c.schema().keyword().equals(schema.keyword()))
              .toList();
      if (schema instanceof SchemaNode.Keyed keyed && next < words.size()) {
        return keyed(node, keyed, all, next);
      }
      if (all.isEmpty()) {
        return next < words.size() ? emptyBelow(schema, next) : new NotSet();
      }
      return next == words.size()
          ? new Found(new ConfigTree(holding(node, all)), all)
          : within(node, select(all.getFirst(), next));
    }

    private ConfigSelection keyed(
        ConfigNode parent, SchemaNode.Keyed schema, List<ConfigNode> all, int at) {
      List<String> spelledOut = UnitShorthand.words(schema, words, at);
      if (!spelledOut.equals(words)) {
        return new Selector(spelledOut).keyed(parent, schema, all, at);
      }
      if (!(schema.key().parse(words.get(at)) instanceof ValueType.Parsed.Value<?>(Object key))) {
        return new Unknown("'" + words.get(at) + "' is not " + schema.key().placeholder());
      }
      for (ConfigNode node : all) {
        if (node.key(schema.key()).equals(key)) {
          return within(parent, select(node, at + 1));
        }
      }
      return emptyBelow(schema, at + 1);
    }

    /** Goes on by the schema alone, so that a wrong word is told even where nothing is set. */
    private ConfigSelection emptyBelow(SchemaNode schema, int from) {
      ConfigNode nothing =
          new ConfigNode(schema, List.of(), List.of(), false, "", SourcePosition.NONE);
      return select(nothing, from) instanceof Unknown unknown ? unknown : new NotSet();
    }

    private static ConfigSelection within(ConfigNode parent, ConfigSelection inner) {
      return inner instanceof Found(ConfigTree pruned, List<ConfigNode> nodes)
          ? new Found(new ConfigTree(holding(parent, List.of(pruned.root()))), nodes)
          : inner;
    }

    private static ConfigNode holding(ConfigNode node, List<ConfigNode> children) {
      return new ConfigNode(
          node.schema(),
          node.words(),
          children,
          node.inactive(),
          node.path(),
          node.position(),
          node.marks());
    }

    /** The exact keyword, else the only one that begins so, else the nameless member. */
    static Optional<SchemaNode> member(SchemaNode parent, String word) {
      List<SchemaNode> begun =
          parent.members().stream()
              .filter(m -> !m.keyword().isEmpty() && m.keyword().startsWith(word))
              .toList();
      return TreeBuilder.named(parent, word)
          .or(() -> begun.size() == 1 ? Optional.of(begun.getFirst()) : Optional.empty())
          .or(() -> TreeBuilder.named(parent, ""));
    }

    static String unknown(SchemaNode parent, String word) {
      List<String> known = parent.members().stream().map(SchemaNode::keyword).toList();
      String hint =
          NearestWord.to(word, known)
              .map(nearest -> "; did you mean '" + nearest + "'?")
              .orElse("");
      return "unknown statement '" + word + "'" + hint;
    }
  }
}
