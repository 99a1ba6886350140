package dev.culvert.core.policy;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code policy-options}. */
public final class PolicyOptionsSection implements ConfigSection<PolicyOptions> {
  private final SchemaNode schema = PolicySchema.schema();

  @Override
  public List<String> parentPath() {
    return List.of();
  }

  @Override
  public SchemaNode schema() {
    return schema;
  }

  @Override
  public PolicyOptions bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    return node == null ? PolicyOptions.EMPTY : new PolicyBinder(node, diagnostics).bind();
  }
}
