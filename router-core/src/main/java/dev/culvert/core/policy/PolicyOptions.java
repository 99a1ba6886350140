package dev.culvert.core.policy;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The value of {@code policy-options}: every policy by its name. Immutable. */
public record PolicyOptions(SequencedMap<String, RoutePolicy> policies) {
  public static final PolicyOptions EMPTY = new PolicyOptions(new LinkedHashMap<>());

  public PolicyOptions {
    policies = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(policies));
  }

  /**
   * The chain of an {@code import} or {@code export} statement; a name that is not defined is
   * reported.
   *
   * @param where the statement that names the policies, or the nearest one above it
   */
  public PolicyChain resolve(List<String> names, ConfigNode where, Diagnostics diagnostics) {
    List<RoutePolicy> chain = new ArrayList<>();
    for (String name : names) {
      RoutePolicy policy = policies.get(name);
      if (policy == null) {
        diagnostics.error(where, "policy-statement '" + name + "' is not defined");
      } else {
        chain.add(policy);
      }
    }
    return new PolicyChain(chain);
  }
}
