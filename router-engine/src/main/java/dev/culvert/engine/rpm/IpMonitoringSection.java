package dev.culvert.engine.rpm;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.leafList;
import static dev.culvert.core.config.SchemaNode.list;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.engine.rpm.IpMonitoringPolicy.PreferredRoute;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code services ip-monitoring}: routes that depend on the tests of {@code services rpm}. */
public final class IpMonitoringSection implements ConfigSection<List<IpMonitoringPolicy>> {
  private static final ValueType<String> NAME = ValueTypes.name();
  private static final ValueType<IpPrefix> PREFIX = ValueTypes.prefix();
  private static final ValueType<Integer> METRIC = ValueTypes.integer(1, 255);
  private static final ValueType<IpAddress> ADDRESS = ValueTypes.address();
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();
  private static final ValueType<NextHop> NEXT_HOP =
      ValueTypes.of(
          "<address or interface-name>",
          "an address or an interface such as st0.0",
          word ->
              ADDRESS.parse(word) instanceof ValueType.Parsed.Value<IpAddress>(IpAddress address)
                  ? Optional.of(new NextHop.Recursive(address))
                  : interfaceHop(word));

  private static Optional<NextHop> interfaceHop(String word) {
    return INTERFACE.parse(word) instanceof ValueType.Parsed.Value<InterfaceName>(var name)
        ? Optional.of(new NextHop.Via(name, null))
        : Optional.empty();
  }

  @Override
  public List<String> parentPath() {
    return List.of("services");
  }

  @Override
  public SchemaNode schema() {
    return container(
        "ip-monitoring",
        "Routes while tests of rpm fail",
        list(
            "policy",
            "What follows from which tests",
            NAME,
            flag("no-preempt", "What has followed stays until the next commit"),
            container(
                "match", "When it holds", leafList("rpm-probe", "Any of these probes fails", NAME)),
            container(
                "then",
                "What follows",
                container(
                    "preferred-route",
                    "Static routes of preference 1",
                    flag("withdraw", "The other way round: while no probe fails"),
                    list(
                        "route",
                        "A destination",
                        PREFIX,
                        leafList("next-hop", "Next hops", NEXT_HOP),
                        flag("discard", "Drop the traffic silently"),
                        leaf("preferred-metric", "Metric", METRIC))))));
  }

  @Override
  public List<IpMonitoringPolicy> bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    List<IpMonitoringPolicy> policies = new ArrayList<>();
    if (node != null) {
      node.children("policy").forEach(policy -> policies.add(bindPolicy(policy, diagnostics)));
    }
    return policies;
  }

  /** What neither section sees alone: the probes have to be there. */
  public static void crossCheck(ConfigNode node, List<RpmTest> tests, Diagnostics diagnostics) {
    Set<String> owners = new HashSet<>();
    tests.forEach(test -> owners.add(test.key().owner()));
    for (ConfigNode policy : node.children("policy")) {
      Optional<ConfigNode> probes = policy.child("match").flatMap(m -> m.child("rpm-probe"));
      if (probes.isPresent()) {
        for (String owner : probes.get().words()) {
          if (!owners.contains(owner)) {
            diagnostics.error(probes.get(), "services rpm probe '" + owner + "' has no test");
          }
        }
      }
    }
  }

  private static IpMonitoringPolicy bindPolicy(ConfigNode node, Diagnostics diagnostics) {
    List<String> probes =
        node.child("match").map(m -> m.leafList("rpm-probe", NAME)).orElse(List.of());
    if (probes.isEmpty()) {
      diagnostics.missing(node, "match rpm-probe is missing");
    }
    Optional<ConfigNode> preferred = node.child("then").flatMap(t -> t.child("preferred-route"));
    List<PreferredRoute> routes = new ArrayList<>();
    for (ConfigNode route : preferred.map(p -> p.children("route")).orElse(List.of())) {
      routes.add(bindRoute(route, diagnostics));
    }
    if (routes.isEmpty()) {
      diagnostics.missing(preferred.orElse(node), "then preferred-route route is missing");
    }
    return new IpMonitoringPolicy(
        node.key(NAME),
        probes,
        node.has("no-preempt"),
        preferred.filter(p -> p.has("withdraw")).isPresent(),
        routes);
  }

  private static PreferredRoute bindRoute(ConfigNode node, Diagnostics diagnostics) {
    IpPrefix prefix = node.key(PREFIX);
    List<NextHop> hops = new ArrayList<>(node.leafList("next-hop", NEXT_HOP));
    if (hops.isEmpty() != node.has("discard")) {
      diagnostics.error(node, "needs either next-hop or discard");
    }
    for (NextHop hop : hops) {
      if (hop instanceof NextHop.Recursive(IpAddress address)
          && address.family() != prefix.family()) {
        diagnostics.error(
            node, "next hop " + address + " is not of the address family of " + prefix);
      }
    }
    if (hops.isEmpty()) {
      hops.add(new NextHop.Discard());
    }
    return new PreferredRoute(
        prefix, hops, node.leaf("preferred-metric", METRIC).map(Long::valueOf).orElse(0L));
  }
}
