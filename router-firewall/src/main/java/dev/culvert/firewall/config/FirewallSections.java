package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaPart;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Zone;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The parts of the configuration that make up a {@link FirewallConfig}. They are bound together, in
 * the order in which they name each other.
 */
public final class FirewallSections {
  private static final List<String> SECURITY = List.of("security");

  public static final SchemaPart ZONES = SchemaPart.of(SECURITY, ZonesSchema.schema());
  public static final SchemaPart POLICIES = SchemaPart.of(SECURITY, PoliciesSchema.schema());

  private static final SchemaPart ADDRESS_BOOK = SchemaPart.of(SECURITY, AddressBookSchema.book());
  private static final SchemaPart NAT = SchemaPart.of(SECURITY, NatSchema.schema());
  private static final SchemaPart SCREEN = SchemaPart.of(SECURITY, ScreenSchema.schema());
  private static final SchemaPart FLOW = SchemaPart.of(SECURITY, FlowSchema.schema());
  private static final SchemaPart ALG = SchemaPart.of(SECURITY, AlgSchema.schema());
  private static final SchemaPart APPLICATIONS =
      SchemaPart.of(List.of(), ApplicationsSchema.schema());
  private static final SchemaPart SCHEDULERS = SchemaPart.of(List.of(), SchedulersSchema.schema());

  private static final List<SchemaPart> PARTS =
      List.of(ZONES, POLICIES, ADDRESS_BOOK, NAT, SCREEN, FLOW, ALG, APPLICATIONS, SCHEDULERS);

  private FirewallSections() {}

  public static List<SchemaPart> parts() {
    return PARTS;
  }

  /** Binds all of them, reporting every fault with its statement. */
  public static FirewallConfig bind(ConfigTree tree, Diagnostics diagnostics) {
    Applications applications =
        SchemaRoot.node(APPLICATIONS, tree)
            .map(node -> new ApplicationsBinder(diagnostics).bind(node))
            .orElse(Applications.PREDEFINED);
    SortedMap<String, Scheduler> schedulers =
        SchemaRoot.node(SCHEDULERS, tree)
            .map(node -> new SchedulersBinder(diagnostics).bind(node))
            .orElse(new TreeMap<>());
    Map<String, Screen> screens =
        ScreenBinder.bind(SchemaRoot.node(SCREEN, tree).orElse(null), diagnostics);
    List<Zone> zones =
        SchemaRoot.node(ZONES, tree)
            .map(node -> new ZonesBinder(screens, diagnostics).bind(node))
            .orElse(List.of());
    Set<String> zoneNames = securityZones(zones);
    List<ConfigNode> zoneNodes =
        SchemaRoot.node(ZONES, tree).map(node -> node.children("security-zone")).orElse(List.of());
    AddressBooks books =
        new AddressBooksBinder(zoneNames, diagnostics)
            .bind(SchemaRoot.nodes(ADDRESS_BOOK, tree), zoneNodes);
    FlowOptions flow =
        FlowBinder.bind(
            SchemaRoot.node(FLOW, tree).orElse(null),
            SchemaRoot.node(ALG, tree).orElse(null),
            diagnostics);
    PolicyTable policies =
        SchemaRoot.node(POLICIES, tree)
            .map(node ->
                new PoliciesBinder(
                        new PoliciesBinder.Names(
                            zoneNames, books, applications, schedulers.keySet()),
                        flow.sequenceCheck(),
                        diagnostics)
                    .bind(node))
            .orElse(PolicyTable.EMPTY);
    NatTable nat =
        NatBinder.bind(
            SchemaRoot.node(NAT, tree).orElse(null),
            new NatNames(zoneNames, books, applications),
            diagnostics);
    return new FirewallConfig(new Ruleset(zones, policies, nat, flow), schedulers, books.books());
  }

  private static Set<String> securityZones(List<Zone> zones) {
    Set<String> names = new TreeSet<>();
    for (Zone zone : zones) {
      if (zone.kind() == Zone.Kind.SECURITY) {
        names.add(zone.name());
      }
    }
    return names;
  }
}
