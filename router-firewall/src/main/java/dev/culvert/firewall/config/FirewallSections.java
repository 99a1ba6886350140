package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaPart;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import java.util.List;
import java.util.TreeMap;

/**
 * The parts of the configuration that make up a {@link FirewallConfig}. They are bound together, in
 * the order in which they name each other.
 */
public final class FirewallSections {
  private static final List<String> SECURITY = List.of("security");
  private static final SchemaPart FLOW = SchemaPart.of(SECURITY, FlowSchema.schema());
  private static final SchemaPart ALG = SchemaPart.of(SECURITY, AlgSchema.schema());
  private static final List<SchemaPart> PARTS = List.of(FLOW, ALG);

  private FirewallSections() {}

  public static List<SchemaPart> parts() {
    return PARTS;
  }

  /** Binds all of them, reporting every fault with its statement. */
  public static FirewallConfig bind(ConfigTree tree, Diagnostics diagnostics) {
    return new FirewallConfig(
        new Ruleset(
            List.of(),
            PolicyTable.EMPTY,
            NatTable.EMPTY,
            FlowBinder.bind(
                SchemaRoot.node(FLOW, tree).orElse(null),
                SchemaRoot.node(ALG, tree).orElse(null),
                diagnostics)),
        new TreeMap<>(),
        List.of());
  }
}
