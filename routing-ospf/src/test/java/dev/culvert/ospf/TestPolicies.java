package dev.culvert.ospf;

import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.policy.PolicyOptions;
import dev.culvert.core.policy.PolicyOptionsSection;
import java.util.ArrayList;
import java.util.List;

/** Policies as operators write them. */
public final class TestPolicies {
  private static final PolicyOptionsSection SECTION = new PolicyOptionsSection();
  private static final SchemaRoot SCHEMA = SchemaRoot.of(List.of(SECTION));

  private TestPolicies() {}

  /** What stands in {@code policy-options}. */
  public static PolicyOptions options(String text) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree =
        ConfigParser.parse(SCHEMA.root(), "test", "policy-options {" + text + "}", diagnostics);
    PolicyOptions options = SchemaRoot.bind(SECTION, tree, diagnostics);
    if (!diagnostics.findings().isEmpty()) {
      throw new IllegalArgumentException(diagnostics.findings().toString());
    }
    return options;
  }

  /** A chain of policies of that contents, without names that matter. */
  static PolicyChain chain(String... policies) {
    StringBuilder text = new StringBuilder();
    List<String> names = new ArrayList<>();
    for (String policy : policies) {
      names.add("p" + names.size());
      text.append(" policy-statement ").append(names.getLast()).append(" {").append(policy);
      text.append("}");
    }
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree nowhere = ConfigTree.empty(SCHEMA.root());
    return options(text.toString()).resolve(names, nowhere.root(), diagnostics);
  }
}
