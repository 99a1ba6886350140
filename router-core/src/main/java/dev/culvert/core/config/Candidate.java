package dev.culvert.core.config;

import java.util.List;

/**
 * A configuration being edited: {@code set}, {@code delete}, {@code deactivate} and {@code
 * activate} on a copy of a tree. Confined to its configuration session.
 */
public final class Candidate {
  private static final String SHELL = "-";

  private EditableNode root;

  public Candidate(ConfigTree base) {
    this.root = EditableNode.copyOf(base.root());
  }

  /**
   * Does what a line such as {@code set protocols ospf area 0 interface st0.0} says. A line with a
   * fault is reported and changes nothing.
   */
  public void edit(String line, Diagnostics diagnostics) {
    Diagnostics found = new Diagnostics();
    List<SetReader.Edit> edits = new SetReader(SHELL, line, found).read();
    TreeBuilder builder = new TreeBuilder(SHELL, found);
    // What is wrong with a statement to be set does not depend on what is there.
    EditableNode trial = EditableNode.root((SchemaNode.Container) root.schema(), root.position());
    edits.stream()
        .filter(edit -> edit.verb() == SetReader.Verb.SET)
        .forEach(edit -> builder.edit(trial, edit));
    if (!found.hasErrors()) {
      edits.forEach(edit -> builder.edit(root, edit));
      root.removeEmptySections();
    }
    found.findings().forEach(diagnostics::add);
  }

  /**
   * Adds a text in braces or {@code set} form to what is there, as {@code load merge} and {@code
   * load set} do: where both give a leaf a value, the text's counts. A text with a fault changes
   * nothing.
   */
  public void merge(String text, Diagnostics diagnostics) {
    if (text.length() > ConfigLimits.MAX_FILE_LENGTH) {
      diagnostics.error(
          new SourcePosition(SHELL, 1, 1),
          "",
          "text of more than " + ConfigLimits.MAX_FILE_LENGTH + " characters");
      return;
    }
    Diagnostics found = new Diagnostics(ConfigLimits.MAX_FINDINGS);
    EditableNode merged = EditableNode.copyOf(root.freeze());
    TreeBuilder builder = new TreeBuilder(SHELL, found);
    if (SetReader.recognises(text)) {
      new SetReader(SHELL, text, found).read().forEach(edit -> builder.edit(merged, edit));
    } else {
      new BracesReader(SHELL, text, found).read().forEach(s -> builder.merge(merged, s));
    }
    Diagnostics.inTextOrder(found.findings()).forEach(diagnostics::add);
    if (!found.hasErrors()) {
      merged.removeEmptySections();
      root = merged;
    }
  }

  /** Another configuration takes the place of all that is there. */
  public void replace(ConfigTree tree) {
    root = EditableNode.copyOf(tree.root());
  }

  /** The tree as it is at this moment. */
  public ConfigTree tree() {
    return new ConfigTree(root.freeze());
  }
}
