package dev.culvert.rip.config;

import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.leafList;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.liveness.LivenessSchema;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.policy.PolicyOptions;
import dev.culvert.rip.packet.RipAuthentication;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * {@code protocols rip} and {@code protocols ripng}. The policies stand under {@code
 * policy-options} and are bound before.
 */
public final class RipSection implements ConfigSection<RipConfig> {
  private static final ValueType<String> NAME = ValueTypes.anyName();
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();
  private static final ValueType<IpAddress> ADDRESS = ValueTypes.address();
  private static final ValueType<Long> PREFERENCE = ValueTypes.number(0, 4294967295L);
  private static final ValueType<Integer> METRIC = ValueTypes.integer(1, 15);
  private static final ValueType<Integer> HOLDDOWN = ValueTypes.integer(10, 180);
  private static final ValueType<Integer> ROUTE_TIMEOUT = ValueTypes.integer(30, 360);
  private static final ValueType<Integer> UPDATE_INTERVAL = ValueTypes.integer(10, 60);
  private static final ValueType<Integer> MESSAGE_SIZE = ValueTypes.integer(25, 255);
  private static final ValueType<SendMode> SEND = ValueTypes.oneOf(SendMode.class);
  private static final ValueType<ReceiveMode> RECEIVE = ValueTypes.oneOf(ReceiveMode.class);
  private static final ValueType<String> NOTHING = ValueTypes.oneOf("none");
  private static final ValueType<String> POINT_TO_MULTIPOINT = ValueTypes.oneOf("p2mp");

  private final RipFlavor flavor;
  private final PolicyOptions policies;

  /** For the schema, and for a configuration without policies. */
  public RipSection(RipFlavor flavor) {
    this(flavor, PolicyOptions.EMPTY);
  }

  private RipSection(RipFlavor flavor, PolicyOptions policies) {
    this.flavor = flavor;
    this.policies = policies;
  }

  /** The section that imports and exports by these policies. */
  public RipSection with(PolicyOptions defined) {
    return new RipSection(flavor, defined);
  }

  private boolean isRipng() {
    return flavor == RipFlavor.RIPNG;
  }

  @Override
  public List<String> parentPath() {
    return List.of("protocols");
  }

  @Override
  public SchemaNode schema() {
    List<SchemaNode> members = new ArrayList<>(common());
    members.add(leaf("holddown", "Seconds that neighbors are told of a lost route", HOLDDOWN));
    members.add(groupSchema());
    return new SchemaNode.Container(
            flavor.keyword(), isRipng() ? "RIP for IPv6" : "RIP versions 1 and 2", members)
        .refusing("packets are seen with tcpdump, changes in the log", "traceoptions")
        .refusing("routes go into the one table of their family", "rib-group")
        .refusing("neighbors keep routes for their route-timeout anyway", "graceful-restart");
  }

  /** What may stand at the protocol and at a neighbor. */
  private List<SchemaNode> common() {
    List<SchemaNode> members = new ArrayList<>(timers());
    members.add(leaf("metric-in", "What is added to the metric of routes that come", METRIC));
    members.add(leafList("import", "Policies that routes pass on their way in", NAME));
    if (isRipng()) {
      members.add(leaf("send", "Whether updates are sent", NOTHING));
      members.add(leaf("receive", "Whether messages are taken", NOTHING));
      return members;
    }
    members.add(leaf("send", "What updates are sent as", SEND));
    members.add(leaf("receive", "Which messages are taken", RECEIVE));
    members.add(flag("check-zero", "Ignore messages whose reserved fields are not zero"));
    members.add(flag("no-check-zero", "Take messages whose reserved fields are not zero"));
    members.add(leaf("message-size", "Entries of an update", MESSAGE_SIZE));
    members.addAll(AuthenticationSchema.schema());
    return members;
  }

  private static List<SchemaNode> timers() {
    return List.of(
        leaf("route-timeout", "Seconds without news until a route is gone", ROUTE_TIMEOUT),
        leaf("update-interval", "Seconds from update to update", UPDATE_INTERVAL));
  }

  private SchemaNode groupSchema() {
    List<SchemaNode> members = new ArrayList<>(timers());
    members.add(leaf("preference", "Preference of routes learned in the group", PREFERENCE));
    members.add(leaf("metric-out", "What is added to routes from outside the group", METRIC));
    members.add(leafList("export", "Policies that choose what neighbors are told", NAME));
    members.add(leafList("import", "Policies that routes pass on their way in", NAME));
    if (!isRipng()) {
      members.add(LivenessSchema.schema());
    }
    members.add(neighborSchema());
    return withoutDemandCircuits(
        new SchemaNode.Keyed("group", "Neighbors that are told the same", NAME, members));
  }

  private SchemaNode neighborSchema() {
    List<SchemaNode> members = new ArrayList<>(common());
    if (!isRipng()) {
      members.add(flag("any-sender", "Take messages from outside the interface's subnets"));
      members.add(leaf("interface-type", "Kind of network", POINT_TO_MULTIPOINT));
      members.add(flag("dynamic-peers", "Send updates to each peer that is heard"));
      members.add(leafList("peer", "An address to send updates to", ADDRESS));
      members.add(LivenessSchema.schema());
    }
    return withoutDemandCircuits(
        new SchemaNode.Keyed("neighbor", "An interface", INTERFACE, members));
  }

  private static SchemaNode withoutDemandCircuits(SchemaNode.Keyed schema) {
    return schema.refusing(
        "updates are sent periodically on every interface", "demand-circuit", "max-retrans-time");
  }

  @Override
  public RipConfig bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    if (node == null) {
      return RipConfig.NONE;
    }
    TreeMap<String, RipGroupConfig> groups = new TreeMap<>();
    TreeSet<InterfaceName> known = new TreeSet<>();
    for (ConfigNode group : node.children("group")) {
      RipGroupConfig bound = bindGroup(group, node, diagnostics);
      for (ConfigNode neighbor : group.children("neighbor")) {
        if (!known.add(neighbor.key(INTERFACE))) {
          diagnostics.error(neighbor, neighbor.key(INTERFACE) + " is in another group already");
        }
      }
      groups.put(bound.name(), bound);
    }
    Duration holddown =
        node.leaf("holddown", HOLDDOWN).map(Duration::ofSeconds).orElse(RipConfig.DEFAULT_HOLDDOWN);
    return new RipConfig(holddown, groups);
  }

  private RipGroupConfig bindGroup(ConfigNode group, ConfigNode protocol, Diagnostics diagnostics) {
    TreeMap<InterfaceName, RipNeighborConfig> neighbors = new TreeMap<>();
    for (ConfigNode neighbor : group.children("neighbor")) {
      RipNeighborConfig bound = bindNeighbor(new Scopes(neighbor, group, protocol), diagnostics);
      neighbors.put(bound.name(), bound);
    }
    return new RipGroupConfig(
        group.key(NAME),
        policies.resolve(
            group.leafList("export", NAME), group.child("export").orElse(group), diagnostics),
        group.leaf("metric-out", METRIC).orElse(RipGroupConfig.DEFAULT_METRIC_OUT),
        group.leaf("preference", PREFERENCE).orElse(RipGroupConfig.DEFAULT_PREFERENCE),
        neighbors);
  }

  private RipNeighborConfig bindNeighbor(Scopes scopes, Diagnostics diagnostics) {
    ConfigNode node = scopes.neighbor();
    InterfaceName name = node.key(INTERFACE);
    if (name.physical().equals("all")) {
      diagnostics.error(node, "interfaces are listed one by one, 'all' stands for none");
    }
    Duration timeout =
        scopes
            .leaf("route-timeout", ROUTE_TIMEOUT)
            .map(Duration::ofSeconds)
            .orElse(RipNeighborConfig.DEFAULT_ROUTE_TIMEOUT);
    Duration update =
        scopes
            .leaf("update-interval", UPDATE_INTERVAL)
            .map(Duration::ofSeconds)
            .orElse(RipNeighborConfig.DEFAULT_UPDATE_INTERVAL);
    if (timeout.compareTo(update) <= 0) {
      diagnostics.error(
          node,
          "route-timeout %d is not longer than update-interval %d"
              .formatted(timeout.toSeconds(), update.toSeconds()));
    }
    boolean pointToMultipoint = node.has("interface-type");
    peersFit(node, pointToMultipoint, diagnostics);
    return new RipNeighborConfig(
        name,
        imported(scopes, diagnostics),
        scopes.leaf("metric-in", METRIC).orElse(RipNeighborConfig.DEFAULT_METRIC_IN),
        send(scopes),
        receive(scopes),
        checkZero(scopes, diagnostics),
        isRipng()
            ? RipNeighborConfig.DEFAULT_MESSAGE_SIZE
            : scopes
                .leaf("message-size", MESSAGE_SIZE)
                .orElse(RipNeighborConfig.DEFAULT_MESSAGE_SIZE),
        node.has("any-sender"),
        timeout,
        update,
        isRipng() ? RipAuthentication.NONE : AuthenticationSchema.bind(scopes, diagnostics),
        pointToMultipoint,
        node.has("dynamic-peers"),
        new TreeSet<>(node.leafList("peer", ADDRESS)),
        LivenessSchema.bind(scopes.holding(LivenessSchema.KEYWORD).orElse(node), diagnostics));
  }

  private static void peersFit(
      ConfigNode node, boolean pointToMultipoint, Diagnostics diagnostics) {
    boolean named = node.has("peer");
    boolean dynamic = node.has("dynamic-peers");
    if (pointToMultipoint && !named && !dynamic) {
      diagnostics.error(node, "interface-type p2mp needs dynamic-peers, or each peer");
    }
    if (!pointToMultipoint && (named || dynamic)) {
      diagnostics.error(
          node.child(named ? "peer" : "dynamic-peers").orElse(node), "needs interface-type p2mp");
    }
    for (IpAddress peer : node.leafList("peer", ADDRESS)) {
      if (peer.family() != RipFlavor.RIP.family()) {
        diagnostics.error(node.child("peer").orElse(node), peer + " is not an IPv4 address");
      }
    }
  }

  private PolicyChain imported(Scopes scopes, Diagnostics diagnostics) {
    ConfigNode scope = scopes.holding("import").orElse(null);
    return scope == null
        ? PolicyChain.EMPTY
        : policies.resolve(
            scope.leafList("import", NAME), scope.child("import").orElse(scope), diagnostics);
  }

  private SendMode send(Scopes scopes) {
    if (isRipng()) {
      return scopes.nearest("send").isPresent() ? SendMode.NONE : SendMode.MULTICAST;
    }
    return scopes.leaf("send", SEND).orElse(SendMode.MULTICAST);
  }

  private ReceiveMode receive(Scopes scopes) {
    if (isRipng()) {
      return scopes.nearest("receive").isPresent() ? ReceiveMode.NONE : ReceiveMode.BOTH;
    }
    return scopes.leaf("receive", RECEIVE).orElse(ReceiveMode.BOTH);
  }

  private static boolean checkZero(Scopes scopes, Diagnostics diagnostics) {
    ConfigNode scope = scopes.holding("check-zero", "no-check-zero").orElse(null);
    if (scope == null) {
      return true;
    }
    if (scope.has("check-zero") && scope.has("no-check-zero")) {
      diagnostics.error(
          scope.child("check-zero").orElse(scope), "excludes no-check-zero, and stands beside it");
    }
    return scope.has("check-zero");
  }
}
