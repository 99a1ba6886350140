package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What lies between two configurations, as {@code show | compare} prints it: one {@code [edit …]}
 * heading for each place, then {@code -} lines that went and {@code +} lines that came. Secrets are
 * masked; a changed secret shows as two masked lines.
 */
public final class ConfigDiff {
  private static final String MARGIN = "   ";

  private final StringBuilder out = new StringBuilder();

  private ConfigDiff() {}

  /** Empty if the two are equal. */
  public static String print(ConfigTree before, ConfigTree after) {
    ConfigDiff diff = new ConfigDiff();
    diff.inside(before.root(), after.root());
    return diff.out.toString();
  }

  private void inside(ConfigNode before, ConfigNode after) {
    Map<String, ConfigNode> old = byIdentity(before);
    Map<String, ConfigNode> present = byIdentity(after);
    List<String> lines = new ArrayList<>();
    List<Runnable> deeper = new ArrayList<>();
    for (String id : inOrder(old, present)) {
      member(old.get(id), present.get(id), lines, deeper);
    }
    if (!lines.isEmpty()) {
      out.append(after.path().isEmpty() ? "[edit]" : "[edit " + after.path() + "]").append('\n');
      lines.forEach(line -> out.append(line).append('\n'));
    }
    deeper.forEach(Runnable::run);
  }

  private void member(
      @Nullable ConfigNode before,
      @Nullable ConfigNode after,
      List<String> lines,
      List<Runnable> deeper) {
    if (before == null || after == null || !before.words().equals(after.words())) {
      add(before, "-", lines);
      add(after, "+", lines);
    } else {
      if (before.inactive() != after.inactive()) {
        String change = after.inactive() ? "inactive: " : "active: ";
        lines.add("!" + MARGIN + change + headOf(after));
      }
      deeper.add(() -> inside(before, after));
    }
  }

  private static void add(@Nullable ConfigNode node, String sign, List<String> lines) {
    if (node != null) {
      BracesPrinter.printWhole(node, false).lines().forEach(l -> lines.add(sign + MARGIN + l));
    }
  }

  private static String headOf(ConfigNode node) {
    String first = BracesPrinter.printWhole(node, false).lines().findFirst().orElseThrow();
    String text = first.replaceFirst("^inactive: ", "");
    return text.endsWith("{") ? text + " ... }" : text;
  }

  /** One entry per statement: a keyed one by its key, others by their keyword. */
  private static Map<String, ConfigNode> byIdentity(ConfigNode parent) {
    Map<String, ConfigNode> members = new LinkedHashMap<>();
    for (ConfigNode child : parent.children()) {
      boolean keyed = EditableNode.isOnePerWord(child.schema());
      members.put(child.keyword() + (keyed ? '\0' + child.words().getFirst() : ""), child);
    }
    return members;
  }

  private static List<String> inOrder(
      Map<String, ConfigNode> before, Map<String, ConfigNode> after) {
    Set<String> ids = new LinkedHashSet<>(before.keySet());
    ids.addAll(after.keySet());
    return List.copyOf(ids);
  }
}
