package dev.culvert.core.config;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is tagged {@code protect:} stays as it is, with all that is inside. */
final class Protection {
  private final Diagnostics diagnostics;

  private Protection(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  /** Whether anything is protected. */
  static boolean isIn(ConfigNode node) {
    return node.marks().isProtected() || node.children().stream().anyMatch(Protection::isIn);
  }

  /** Reports each protected statement of {@code before} that is another after an edit. */
  static void check(ConfigNode before, ConfigNode after, Diagnostics diagnostics) {
    new Protection(diagnostics).inside(before, after);
  }

  private void inside(ConfigNode before, @Nullable ConfigNode after) {
    Map<String, ConfigNode> there = new LinkedHashMap<>();
    if (after != null) {
      after.children().forEach(child -> there.put(EditableNode.id(child), child));
    }
    for (ConfigNode child : before.children()) {
      ConfigNode now = there.get(EditableNode.id(child));
      if (!child.marks().isProtected()) {
        inside(child, now);
      } else if (now == null || !print(child).equals(print(now))) {
        diagnostics.error(
            new SourcePosition("-", 1, 1),
            child.path(),
            "statement is protected: unprotect it first");
      }
    }
  }

  private static String print(ConfigNode node) {
    return BracesPrinter.printWhole(node, true);
  }
}
