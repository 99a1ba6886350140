package dev.culvert.core.config;

import java.util.List;

/**
 * Reads configuration text, Junos' braces or {@code set} form (a text whose first word is a command
 * of configuration mode is in the latter), into a tree that its schema allows. Prompts of a session
 * that was copied are passed over. It goes on after a fault, so that one check reports everything,
 * and never throws on any text. Safe to share.
 */
public final class ConfigParser {
  private ConfigParser() {}

  /**
   * The tree of all statements that are right; what is wrong is in {@code diagnostics}, and the
   * tree must not be used if that has errors.
   *
   * @param file how the text is named in findings
   */
  public static ConfigTree parse(
      SchemaNode.Container root, String file, String text, Diagnostics diagnostics) {
    EditableNode tree = EditableNode.root(root, new SourcePosition(file, 1, 1));
    if (text.length() > ConfigLimits.MAX_FILE_LENGTH) {
      diagnostics.error(
          tree.position(), "", "file of more than " + ConfigLimits.MAX_FILE_LENGTH + " characters");
      return new ConfigTree(tree.freeze());
    }
    Diagnostics found = new Diagnostics(10 * ConfigLimits.MAX_FINDINGS);
    TreeBuilder builder = new TreeBuilder(file, found);
    PastedText pasted = PastedText.of(text);
    if (pasted.isSetForm()) {
      for (SetReader.Edit edit : new SetReader(file, root, pasted.text(), found).read()) {
        builder.edit(tree, edit);
      }
    } else {
      for (Statement statement : new BracesReader(file, pasted.text(), found).read()) {
        builder.statement(tree, statement);
      }
    }
    report(found, diagnostics);
    tree.removeEmptySections();
    return new ConfigTree(tree.freeze());
  }

  /** Findings in the order of the text, as reading and checking are two passes over it. */
  private static void report(Diagnostics found, Diagnostics diagnostics) {
    List<Diagnostics.Finding> sorted = Diagnostics.inTextOrder(found.findings());
    sorted.stream().limit(ConfigLimits.MAX_FINDINGS).forEach(diagnostics::add);
    if (sorted.size() > ConfigLimits.MAX_FINDINGS) {
      int more = sorted.size() - ConfigLimits.MAX_FINDINGS;
      diagnostics.error(
          sorted.get(ConfigLimits.MAX_FINDINGS).position(),
          "",
          "at least " + more + " more faults");
    }
  }
}
