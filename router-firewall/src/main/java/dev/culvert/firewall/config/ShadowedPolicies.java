package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyShadows;
import java.util.List;

/** Warns of policies that never match. */
record ShadowedPolicies(Diagnostics diagnostics) {
  /**
   * @param policies of one context, in order
   * @param nodes their statements
   */
  void warn(List<Policy> policies, List<ConfigNode> nodes) {
    PolicyShadows shadows = new PolicyShadows();
    for (int i = 0; i < policies.size(); i++) {
      ConfigNode node = nodes.get(i);
      shadows
          .next(policies.get(i))
          .ifPresent(before ->
              diagnostics.warning(
                  node,
                  "policy never matches: policy '"
                      + before.name()
                      + "' before it matches all that it does"));
    }
  }
}
