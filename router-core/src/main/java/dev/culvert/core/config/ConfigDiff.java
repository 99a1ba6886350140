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

  /**
   * @param joinedTo what stands in front of the statement, such as {@code from-zone a}
   */
  private record Member(ConfigNode node, String joinedTo) {
    String print() {
      return BracesPrinter.printWhole(node, joinedTo, false);
    }

    /** The first line, with an ellipsis for what is inside. */
    String head() {
      ConfigNode plain =
          new ConfigNode(
              node.schema(), node.words(), node.children(), false, node.path(), node.position());
      String text =
          BracesPrinter.printWhole(plain, joinedTo, false).lines().findFirst().orElseThrow();
      return text.endsWith("{") ? text + " ... }" : text;
    }
  }

  private void inside(ConfigNode before, ConfigNode after) {
    Map<String, Member> old = byIdentity(before);
    Map<String, Member> present = byIdentity(after);
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
      @Nullable Member before, @Nullable Member after, List<String> lines, List<Runnable> deeper) {
    if (before == null || after == null || !before.node().words().equals(after.node().words())) {
      add(before, "-", lines);
      add(after, "+", lines);
    } else {
      if (before.node().inactive() != after.node().inactive()) {
        String change = after.node().inactive() ? "inactive: " : "active: ";
        lines.add("!" + MARGIN + change + after.head());
      }
      Marks old = before.node().marks();
      Marks marks = after.node().marks();
      if (old.isProtected() != marks.isProtected()) {
        String change = marks.isProtected() ? "protect: " : "unprotect: ";
        lines.add("!" + MARGIN + change + after.head());
      }
      if (!old.comment().equals(marks.comment())) {
        comment(old, "-", lines);
        comment(marks, "+", lines);
        lines.add(" " + MARGIN + after.head());
      }
      deeper.add(() -> inside(before.node(), after.node()));
    }
  }

  private static void comment(Marks marks, String sign, List<String> lines) {
    if (!marks.comment().isEmpty()) {
      marks.printedComment().lines().forEach(line -> lines.add(sign + MARGIN + line));
    }
  }

  private static void add(@Nullable Member member, String sign, List<String> lines) {
    if (member != null) {
      member.print().lines().forEach(line -> lines.add(sign + MARGIN + line));
    }
  }

  /** One entry per statement: a keyed one by its key, others by their keyword. */
  private static Map<String, Member> byIdentity(ConfigNode parent) {
    Map<String, Member> members = new LinkedHashMap<>();
    parent.children().forEach(child -> put(child, "", members));
    return members;
  }

  private static void put(ConfigNode node, String joinedTo, Map<String, Member> members) {
    if (node.schema().isJoined()) {
      String head = BracesPrinter.headOf(node);
      node.children().forEach(child -> put(child, head, members));
    } else {
      boolean keyed = EditableNode.isOnePerWord(node.schema());
      String key = keyed ? '\0' + node.words().getFirst() : "";
      members.put(joinedTo + '\0' + node.keyword() + key, new Member(node, joinedTo));
    }
  }

  private static List<String> inOrder(Map<String, Member> before, Map<String, Member> after) {
    Set<String> ids = new LinkedHashSet<>(before.keySet());
    ids.addAll(after.keySet());
    return List.copyOf(ids);
  }
}
