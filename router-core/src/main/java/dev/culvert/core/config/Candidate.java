package dev.culvert.core.config;

import java.util.List;

/**
 * A configuration being edited: {@code set}, {@code delete}, {@code deactivate} and {@code
 * activate} on a copy of a tree. Confined to its configuration session.
 */
public final class Candidate {
  private static final String SHELL = "-";

  private final EditableNode root;

  public Candidate(ConfigTree base) {
    this.root = EditableNode.copyOf(base.root());
  }

  /**
   * Does what a line such as {@code set protocols ospf area 0 interface st0.0} says. A line with a
   * fault is reported; what of it was right before the fault may remain.
   */
  public void edit(String line, Diagnostics diagnostics) {
    TreeBuilder builder = new TreeBuilder(SHELL, diagnostics);
    List<SetReader.Edit> edits = new SetReader(SHELL, line, diagnostics).read();
    edits.forEach(edit -> builder.edit(root, edit));
    root.removeEmptySections();
  }

  /** The tree as it is at this moment. */
  public ConfigTree tree() {
    return new ConfigTree(root.freeze());
  }
}
