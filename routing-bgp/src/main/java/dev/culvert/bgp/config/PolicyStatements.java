package dev.culvert.bgp.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.policy.PolicyOptions;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The {@code import} and {@code export} statements of all levels, each resolved once: many peers
 * inherit one, and what is wrong with it is said once. Confined to one reading.
 */
final class PolicyStatements {
  private final PolicyOptions policies;
  private final Diagnostics diagnostics;

  /** By the very statement: two that read alike stand in different places. */
  private final IdentityHashMap<ConfigNode, PolicyChain> chains = new IdentityHashMap<>();

  PolicyStatements(PolicyOptions policies, Diagnostics diagnostics) {
    this.policies = policies;
    this.diagnostics = diagnostics;
  }

  /** Resolves those of one level; call it for each before asking. */
  void resolve(ConfigNode level) {
    for (String direction : List.of("import", "export")) {
      level.child(direction).ifPresent(statement -> resolve(level, direction, statement));
    }
  }

  private void resolve(ConfigNode level, String direction, ConfigNode statement) {
    List<String> names = level.leafList(direction, BgpSection.POLICY_NAME);
    chains.put(statement, policies.resolve(names, statement, diagnostics));
  }

  /** The chain of the nearest level that has such a statement; empty if none has. */
  PolicyChain nearest(List<ConfigNode> nearestFirst, String direction) {
    return nearestFirst.stream()
        .flatMap(level -> level.child(direction).stream())
        .findFirst()
        .map(statement -> chains.getOrDefault(statement, PolicyChain.EMPTY))
        .orElse(PolicyChain.EMPTY);
  }
}
