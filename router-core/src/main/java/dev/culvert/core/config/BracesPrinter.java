package dev.culvert.core.config;

import java.util.List;
import java.util.Map;

/** Prints the braces form. */
final class BracesPrinter {
  private static final String INDENT = "    ";

  private final StringBuilder out = new StringBuilder();
  private final boolean revealSecrets;

  private BracesPrinter(boolean revealSecrets) {
    this.revealSecrets = revealSecrets;
  }

  /** The statements inside {@code node}. */
  static String print(ConfigNode node, boolean revealSecrets) {
    BracesPrinter printer = new BracesPrinter(revealSecrets);
    node.children().forEach(child -> printer.statement(child, "", 0));
    return printer.out.toString();
  }

  /** {@code node} itself. */
  static String printWhole(ConfigNode node, boolean revealSecrets) {
    return printWhole(node, "", revealSecrets);
  }

  /**
   * {@code node} itself.
   *
   * @param before what it is joined to, as {@code from-zone a}; empty for nothing
   */
  static String printWhole(ConfigNode node, String before, boolean revealSecrets) {
    BracesPrinter printer = new BracesPrinter(revealSecrets);
    printer.statement(node, before.isEmpty() ? "" : before + " ", 0);
    return printer.out.toString();
  }

  /**
   * @param before what stands in front of the keyword
   */
  private void statement(ConfigNode node, String before, int depth) {
    if (node.schema().isJoined()) {
      String joined = before + head(node) + " ";
      node.children().forEach(child -> statement(child, joined, depth));
      return;
    }
    inherited(node, depth);
    if (!node.marks().comment().isEmpty()) {
      out.append(INDENT.repeat(depth)).append(node.marks().printedComment()).append('\n');
    }
    if (node.schema() instanceof SchemaNode.LeafList list && list.keyword().isEmpty()) {
      node.words().forEach(word -> line(node, Words.quoteIfNeeded(word) + ";", depth));
      return;
    }
    if (fitsOneLine(node)) {
      line(node, before + oneLine(node), depth);
      return;
    }
    line(node, before + head(node) + " {", depth);
    node.children().forEach(child -> statement(child, "", depth + 1));
    out.append(INDENT.repeat(depth)).append("}\n");
  }

  /** As Junos' {@code display inheritance} has it. */
  private void inherited(ConfigNode node, int depth) {
    Map<String, String> origins = node.marks().inherited();
    if (origins.isEmpty()) {
      return;
    }
    String margin = INDENT.repeat(depth) + "##";
    out.append(margin).append('\n');
    List<String> words = node.shownWords();
    String whole = words.isEmpty() ? node.keyword() : words.getFirst();
    origins.forEach((word, origin) ->
        out.append(margin)
            .append(" '" + (word.isEmpty() ? whole : word) + "' was inherited from ")
            .append(origin)
            .append('\n'));
    out.append(margin).append('\n');
  }

  private void line(ConfigNode node, String text, int depth) {
    out.append(INDENT.repeat(depth))
        .append(node.marks().isProtected() ? "protect: " : "")
        .append(node.inactive() ? "inactive: " : "")
        .append(text);
    out.append(masks(node) ? " ## SECRET-DATA\n" : "\n");
  }

  private static boolean fitsOneLine(ConfigNode node) {
    List<ConfigNode> children = node.children();
    if (children.isEmpty() || isKeyWithValue(node)) {
      return true;
    }
    // Behind a member with members of its own the next word would be read as one of those.
    ConfigNode last = children.getLast();
    return node.schema().holdsMembersOnOneLine()
        && children.stream().noneMatch(BracesPrinter::isMarked)
        && children.subList(0, children.size() - 1).stream().allMatch(BracesPrinter::isSimple)
        && (isSimple(last) || (last.schema().holdsMembersOnOneLine() && fitsOneLine(last)));
  }

  /** {@code address lan 10.0.0.0/8;}: a key with nothing but a nameless value. */
  private static boolean isKeyWithValue(ConfigNode node) {
    ConfigNode first = node.children().getFirst();
    return node.schema() instanceof SchemaNode.Keyed
        && node.children().size() == 1
        && first.schema() instanceof SchemaNode.Leaf
        && first.keyword().isEmpty()
        && !isMarked(first);
  }

  /** Whether something stands in front of it. */
  private static boolean isMarked(ConfigNode node) {
    return node.inactive() || node.marks().isProtected() || !node.marks().comment().isEmpty();
  }

  private static boolean isSimple(ConfigNode node) {
    return node.schema().members().isEmpty();
  }

  private String oneLine(ConfigNode node) {
    return wordsOf(node) + ";";
  }

  private String wordsOf(ConfigNode node) {
    StringBuilder line = new StringBuilder(head(node));
    node.children().forEach(child -> line.append(' ').append(wordsOf(child)));
    return line.toString();
  }

  /** {@code from-zone a}: what a statement of that key is joined to. */
  static String headOf(ConfigNode joined) {
    return new BracesPrinter(false).head(joined);
  }

  /** Keyword with key or value. */
  private String head(ConfigNode node) {
    String keyword = node.keyword();
    String argument = argument(node);
    return keyword.isEmpty() || argument.isEmpty() ? keyword + argument : keyword + " " + argument;
  }

  private String argument(ConfigNode node) {
    return switch (node.schema()) {
      case SchemaNode.Container c -> "";
      case SchemaNode.Flag f -> "";
      case SchemaNode.Keyed k -> Words.quoteIfNeeded(node.words().getFirst());
      case SchemaNode.Leaf leaf -> value(leaf, node.words());
      case SchemaNode.LeafList list -> Words.list(node.words());
    };
  }

  private String value(SchemaNode.Leaf leaf, List<String> words) {
    if (!leaf.secret()) {
      return Words.quoteIfNeeded(words.getFirst());
    }
    return Words.quote(revealSecrets ? words.getFirst() : TreeBuilder.MASKED_SECRET);
  }

  private boolean masks(ConfigNode node) {
    boolean secret = node.schema() instanceof SchemaNode.Leaf leaf && leaf.secret();
    boolean inside = fitsOneLine(node) && node.children().stream().anyMatch(this::masks);
    return secret || inside;
  }
}
