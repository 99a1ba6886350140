package dev.culvert.engine.system;

import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.notice.Notice;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Whether the kernel asks its main table, in which our routes are, or something else first. Rules
 * are somebody's decision and are never changed by this router; an operator is told of them.
 */
final class RuleOrder {
  private SortedMap<String, String> known = new TreeMap<>();

  /** Takes all rules, and tells what has come and what is gone. */
  void read(List<KernelRule> rules, Consumer<? super Notice> notices) {
    SortedMap<String, String> found = obstacles(rules);
    found.forEach((rule, why) -> {
      if (!known.containsKey(rule)) {
        notices.accept(
            Notice.limited(Notice.Level.WARN, "FIB_FOREIGN_RULE", "rule", rule, "reason", why));
      }
    });
    for (String rule : known.keySet()) {
      if (!found.containsKey(rule)) {
        notices.accept(Notice.limited(Notice.Level.INFO, "FIB_FOREIGN_RULE_GONE", "rule", rule));
      }
    }
    known = found;
  }

  SortedMap<String, String> problems() {
    return known;
  }

  /**
   * What keeps packets from our routes, by what it is, with what follows from it.
   *
   * <p>A rule that selects by a mark, a user or a VRF concerns those packets alone that somebody
   * has chosen for it, and is not listed.
   */
  static SortedMap<String, String> obstacles(List<KernelRule> rules) {
    SortedMap<String, String> obstacles = new TreeMap<>();
    for (AddressFamily family : AddressFamily.values()) {
      List<KernelRule> ofFamily =
          rules.stream()
              .filter(rule -> rule.family() == family)
              .sorted(Comparator.comparingInt(KernelRule::priority))
              .toList();
      if (!ofFamily.isEmpty()) {
        obstacles(family, ofFamily, obstacles);
      }
    }
    return obstacles;
  }

  private static void obstacles(
      AddressFamily family, List<KernelRule> rules, SortedMap<String, String> obstacles) {
    String name = family == AddressFamily.INET ? "IPv4" : "IPv6";
    for (KernelRule rule : rules) {
      boolean asksForAll = rule.asksMainTable() && rule.scope() == KernelRule.Scope.EVERY_PACKET;
      if (asksForAll && !rule.suppressesDefault()) {
        return;
      }
      if (isInTheWay(rule)) {
        obstacles.put(name + " rule " + rule, "goes ahead of the main table's routes");
      }
    }
    obstacles.put(name + " rules", "none asks the main table for every packet");
  }

  private static boolean isInTheWay(KernelRule rule) {
    boolean isLocal = rule.action() == KernelRule.Action.TABLE && rule.table() == KernelRule.LOCAL;
    return rule.scope() != KernelRule.Scope.CHOSEN
        && rule.action() != KernelRule.Action.NONE
        && !rule.asksMainTable()
        && !isLocal;
  }
}
