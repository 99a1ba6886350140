package dev.culvert.core.policy;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.Multimap;
import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaRoot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The value of {@code policy-options}: every policy by its name. Immutable. */
public final class PolicyOptions {
  public static final PolicyOptions EMPTY =
      new PolicyOptions(new LinkedHashMap<>(), ImmutableListMultimap.of());

  private final SequencedMap<String, RoutePolicy> policies;
  private final ImmutableListMultimap<String, PolicyWord> words;

  PolicyOptions(
      SequencedMap<String, RoutePolicy> policies, ListMultimap<String, PolicyWord> words) {
    this.policies = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(policies));
    this.words = ImmutableListMultimap.copyOf(words);
  }

  /**
   * For constants and tests: what stands in {@code policy-options}.
   *
   * @throws IllegalArgumentException if there is anything to be said of it
   */
  public static PolicyOptions of(String text) {
    PolicyOptionsSection section = new PolicyOptionsSection();
    SchemaRoot schema = SchemaRoot.of(List.of(section));
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree =
        ConfigParser.parse(schema.root(), "text", "policy-options {" + text + "}", diagnostics);
    PolicyOptions options = SchemaRoot.bind(section, tree, diagnostics);
    if (!diagnostics.findings().isEmpty()) {
      throw new IllegalArgumentException(diagnostics.findings().toString());
    }
    return options;
  }

  /** All of them, in their order. */
  PolicyChain inOrder() {
    return new PolicyChain(List.copyOf(policies.values()));
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

  /**
   * Refuses every statement of a policy that has no effect in any of the policy's uses. What is
   * used nowhere is not looked at.
   *
   * @param uses of each policy, by its name
   */
  public void refuseWithoutEffect(Multimap<String, PolicyUse> uses, Diagnostics diagnostics) {
    words.forEach((policy, word) -> {
      Collection<PolicyUse> used = uses.get(policy);
      if (!used.isEmpty() && Collections.disjoint(used, word.meaningful())) {
        diagnostics.error(
            word.statement(),
            word.statement().keyword()
                + " has no effect in "
                + PolicyUse.describe(used)
                + ": "
                + word.why());
      }
    });
  }
}
