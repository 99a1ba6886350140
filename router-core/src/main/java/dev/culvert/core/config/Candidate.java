package dev.culvert.core.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

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
    List<SetReader.Edit> edits = new SetReader(SHELL, schema(), line, found).read();
    TreeBuilder builder = new TreeBuilder(SHELL, found);
    // What is wrong with a statement to be set does not depend on what is there.
    EditableNode trial = EditableNode.root(schema(), root.position());
    edits.stream()
        .filter(edit -> edit.verb() == SetReader.Verb.SET)
        .forEach(edit -> builder.edit(trial, edit));
    if (!found.hasErrors()) {
      ConfigNode before = guarded(edits);
      edits.forEach(edit -> builder.edit(root, edit));
      root.removeEmptySections();
      if (before != null) {
        Protection.check(before, root.freeze(), found);
        root = found.hasErrors() ? EditableNode.copyOf(before) : root;
      }
    }
    found.findings().forEach(diagnostics::add);
  }

  /** What these edits may not change; null where nothing is protected, or is to be. */
  private @Nullable ConfigNode guarded(List<SetReader.Edit> edits) {
    ConfigNode before = root.freeze();
    boolean isFreed = edits.stream().anyMatch(e -> e.verb() == SetReader.Verb.UNPROTECT);
    boolean isFresh = edits.stream().anyMatch(e -> e.verb() == SetReader.Verb.PROTECT);
    return !isFreed && !isFresh && Protection.isIn(before) ? before : null;
  }

  /**
   * Adds a text in braces or {@code set} form to what is there, as {@code load merge} and {@code
   * load set} do: where both give a leaf a value, the text's counts. A text with a fault changes
   * nothing.
   *
   * @param byTags as {@code load replace}: what is tagged {@code replace:} or {@code delete:} is
   *     taken away first
   */
  public void merge(String text, boolean byTags, Diagnostics diagnostics) {
    if (text.length() > ConfigLimits.MAX_FILE_LENGTH) {
      diagnostics.error(
          new SourcePosition(SHELL, 1, 1),
          "",
          "text of more than " + ConfigLimits.MAX_FILE_LENGTH + " characters");
      return;
    }
    Diagnostics found = new Diagnostics(ConfigLimits.MAX_FINDINGS);
    ConfigNode before = root.freeze();
    EditableNode merged = EditableNode.copyOf(before);
    boolean isFreed = false;
    TreeBuilder builder = new TreeBuilder(SHELL, found);
    PastedText pasted = PastedText.of(text);
    if (pasted.isSetForm()) {
      List<SetReader.Edit> edits = new SetReader(SHELL, schema(), pasted.text(), found).read();
      isFreed = edits.stream().anyMatch(e -> e.verb() == SetReader.Verb.UNPROTECT);
      edits.forEach(edit -> builder.edit(merged, edit));
    } else {
      new BracesReader(SHELL, pasted.text(), found)
          .read()
          .forEach(s -> builder.merge(merged, s, byTags));
    }
    if (!found.hasErrors() && !isFreed) {
      Protection.check(before, merged.freeze(), found);
    }
    Diagnostics.inTextOrder(found.findings()).forEach(diagnostics::add);
    if (!found.hasErrors()) {
      merged.removeEmptySections();
      root = merged;
    }
  }

  private SchemaNode.Container schema() {
    return (SchemaNode.Container) root.schema();
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
