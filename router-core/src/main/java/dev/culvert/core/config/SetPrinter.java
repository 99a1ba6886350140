package dev.culvert.core.config;

/** Prints the {@code set} form. */
final class SetPrinter {
  private final StringBuilder out = new StringBuilder();
  private final boolean revealSecrets;

  private SetPrinter(boolean revealSecrets) {
    this.revealSecrets = revealSecrets;
  }

  /** The statements inside {@code node}, with paths from there on. */
  static String print(ConfigNode node, boolean revealSecrets) {
    SetPrinter printer = new SetPrinter(revealSecrets);
    node.children().forEach(child -> printer.statement(child, ""));
    return printer.out.toString();
  }

  private void statement(ConfigNode node, String parent) {
    String path = parent + (node.keyword().isEmpty() ? "" : " " + node.keyword());
    switch (node.schema()) {
      case SchemaNode.Container c -> group(node, path);
      case SchemaNode.Keyed k -> {
        path = path + " " + Words.quoteIfNeeded(node.words().getFirst());
        group(node, path);
      }
      case SchemaNode.Leaf leaf -> leaf(leaf, node, path);
      case SchemaNode.LeafList list -> {
        for (String word : node.words()) {
          line("set", path + " " + Words.quoteIfNeeded(word));
        }
      }
      case SchemaNode.Flag flag -> line("set", path);
    }
    // What has no keyword is known by its value.
    boolean nameless = node.keyword().isEmpty() && node.schema().members().isEmpty();
    String whole = nameless ? path + " " + Words.quoteIfNeeded(node.words().getFirst()) : path;
    if (node.inactive()) {
      line("deactivate", whole);
    }
    if (!node.marks().comment().isEmpty()) {
      line("annotate", whole + " " + Words.quote(node.marks().comment()));
    }
    if (node.marks().isProtected()) {
      line("protect", whole);
    }
  }

  private void group(ConfigNode node, String path) {
    if (node.children().isEmpty()) {
      line("set", path);
    }
    node.children().forEach(child -> statement(child, path));
  }

  private void leaf(SchemaNode.Leaf leaf, ConfigNode node, String path) {
    String word = node.words().getFirst();
    if (!leaf.secret()) {
      line("set", path + " " + Words.quoteIfNeeded(word));
    } else if (revealSecrets) {
      line("set", path + " " + Words.quote(word) + " ## SECRET-DATA");
    } else {
      line("set", path + " " + Words.quote(TreeBuilder.MASKED_SECRET) + " ## SECRET-DATA");
    }
  }

  private void line(String verb, String path) {
    out.append(verb).append(path).append('\n');
  }
}
