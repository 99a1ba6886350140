package dev.culvert.rip.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ValueType;
import java.util.List;
import java.util.Optional;

/**
 * Where a statement for a neighbor may stand: at the neighbor itself, its group, the protocol. The
 * nearest one holds.
 */
record Scopes(ConfigNode neighbor, ConfigNode group, ConfigNode protocol) {
  private List<ConfigNode> nearestFirst() {
    return List.of(neighbor, group, protocol);
  }

  <T> Optional<T> leaf(String keyword, ValueType<T> type) {
    return nearest(keyword).map(node -> node.value(type));
  }

  /** The nearest statement of that keyword. */
  Optional<ConfigNode> nearest(String keyword) {
    return nearestFirst().stream().flatMap(node -> node.child(keyword).stream()).findFirst();
  }

  /** The nearest scope with a statement of one of these keywords. */
  Optional<ConfigNode> holding(String... keywords) {
    List<String> any = List.of(keywords);
    return nearestFirst().stream().filter(node -> any.stream().anyMatch(node::has)).findFirst();
  }
}
