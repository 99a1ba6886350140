package dev.culvert.core.rib.statics;

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
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessSchema;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.MartianRule;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.rib.statics.StaticRoute.Entry;
import dev.culvert.core.rib.statics.StaticRoute.Hop;
import dev.culvert.core.rib.statics.StaticRoute.Watch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code routing-options}: schema and bind. */
public final class RoutingOptionsSection implements ConfigSection<RoutingOptionsConfig> {
  private static final ValueType<RouterId> ROUTER_ID = ValueTypes.routerId();
  private static final ValueType<Long> NUMBER = ValueTypes.number(0, 4294967295L);
  private static final ValueType<Long> AS_NUMBER = ValueTypes.number(1, 4294967295L);
  private static final ValueType<String> TABLE = ValueTypes.oneOf("inet.0", "inet6.0");
  private static final ValueType<IpPrefix> PREFIX = ValueTypes.prefix();
  private static final ValueType<IpAddress> ADDRESS = ValueTypes.address();
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();

  /** An address, to be resolved through the table, or an interface such as st0.0. */
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
    return List.of();
  }

  @Override
  public SchemaNode schema() {
    return container(
        "routing-options",
        "Routing options that no protocol owns",
        leaf("router-id", "Router identifier of OSPF and BGP", ROUTER_ID),
        leaf("autonomous-system", "Autonomous system number of this router", AS_NUMBER),
        staticSchema(),
        MartiansSchema.schema(),
        list("rib", "Routes of one routing table", TABLE, staticSchema(), MartiansSchema.schema()));
  }

  private static SchemaNode staticSchema() {
    return container(
        "static",
        "Static routes",
        list(
            "route",
            "A static route",
            PREFIX,
            leafList("next-hop", "Next hops that share the traffic", NEXT_HOP),
            list(
                "qualified-next-hop",
                "A next hop with a preference of its own",
                NEXT_HOP,
                leaf("interface", "Interface through which the address is reached", INTERFACE),
                leaf("preference", "Preference of this next hop, lower wins", NUMBER),
                leaf("metric", "Metric of this next hop", NUMBER),
                livenessSchema()),
            flag("discard", "Drop the traffic silently"),
            flag("reject", "Drop the traffic with an ICMP unreachable"),
            leaf("preference", "Preference, lower wins", NUMBER),
            leaf("metric", "Metric", NUMBER),
            leaf("tag", "Tag for policies", NUMBER),
            livenessSchema()));
  }

  private static SchemaNode livenessSchema() {
    SchemaNode common = LivenessSchema.schema();
    List<SchemaNode> members = new ArrayList<>(common.members());
    members.add(leaf("neighbor", "Neighbor to watch where the next hop is an interface", ADDRESS));
    members.add(leaf("local-address", "Source address of the packets", ADDRESS));
    return new SchemaNode.Container(common.keyword(), common.help(), members);
  }

  @Override
  public RoutingOptionsConfig bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    if (node == null) {
      return RoutingOptionsConfig.NONE;
    }
    List<StaticRoute> routes = new ArrayList<>();
    Set<IpPrefix> seen = new HashSet<>();
    Map<TableId, List<MartianRule>> martians = new TreeMap<>();
    bindMartians(node, AddressFamily.INET, martians, diagnostics);
    node.child("static")
        .ifPresent(s -> bindTable(s, AddressFamily.INET, seen, routes, diagnostics));
    for (ConfigNode rib : node.children("rib")) {
      AddressFamily family =
          rib.key(TABLE).equals("inet.0") ? AddressFamily.INET : AddressFamily.INET6;
      rib.child("static").ifPresent(s -> bindTable(s, family, seen, routes, diagnostics));
      bindMartians(rib, family, martians, diagnostics);
    }
    return new RoutingOptionsConfig(
        node.leaf("router-id", ROUTER_ID).orElse(null),
        node.leaf("autonomous-system", AS_NUMBER).orElse(null),
        routes,
        martians);
  }

  private static void bindMartians(
      ConfigNode parent,
      AddressFamily family,
      Map<TableId, List<MartianRule>> martians,
      Diagnostics diagnostics) {
    parent
        .child("martians")
        .ifPresent(m ->
            martians
                .computeIfAbsent(TableId.of(family), t -> new ArrayList<>())
                .addAll(MartiansSchema.bind(m, family, diagnostics)));
  }

  private static void bindTable(
      ConfigNode node,
      AddressFamily family,
      Set<IpPrefix> seen,
      List<StaticRoute> routes,
      Diagnostics diagnostics) {
    for (ConfigNode route : node.children("route")) {
      IpPrefix prefix = route.key(PREFIX);
      if (prefix.family() != family) {
        diagnostics.error(
            route,
            prefix.family() == AddressFamily.INET6
                ? "an IPv6 route belongs under 'rib inet6.0 static'"
                : "an IPv4 route belongs under 'static' or 'rib inet.0 static'");
      } else if (!seen.add(prefix)) {
        diagnostics.error(route, "route " + prefix + " is configured twice");
      } else {
        routes.add(bindRoute(route, prefix, diagnostics));
      }
    }
  }

  private static StaticRoute bindRoute(ConfigNode node, IpPrefix prefix, Diagnostics diagnostics) {
    long preference =
        node.leaf("preference", NUMBER).orElse((long) RouteProtocol.STATIC.defaultPreference());
    long metric = node.leaf("metric", NUMBER).orElse(0L);
    List<Hop> hops = new ArrayList<>();
    for (NextHop nextHop : node.leafList("next-hop", NEXT_HOP)) {
      hops.add(new Hop(nextHop, bindWatch(node, nextHop, diagnostics)));
      checkFamily(node, prefix, nextHop, diagnostics);
    }
    List<ConfigNode> qualified = node.children("qualified-next-hop");
    checkShape(node, !hops.isEmpty() || !qualified.isEmpty(), diagnostics);
    if (node.has("discard")) {
      hops.add(new Hop(new NextHop.Discard(), null));
    } else if (node.has("reject")) {
      hops.add(new Hop(new NextHop.Reject(), null));
    }
    List<Entry> entries = new ArrayList<>();
    if (!hops.isEmpty()) {
      entries.add(new Entry("", preference, metric, hops));
    }
    for (ConfigNode one : qualified) {
      NextHop nextHop = qualifiedHop(one, diagnostics);
      checkFamily(one, prefix, nextHop, diagnostics);
      entries.add(
          new Entry(
              one.words().getFirst(),
              one.leaf("preference", NUMBER).orElse(preference),
              one.leaf("metric", NUMBER).orElse(metric),
              List.of(new Hop(nextHop, bindWatch(one, nextHop, diagnostics)))));
    }
    return new StaticRoute(prefix, node.leaf("tag", NUMBER).orElse(0L), entries);
  }

  private static void checkShape(ConfigNode node, boolean forwards, Diagnostics diagnostics) {
    boolean discards = node.has("discard");
    boolean rejects = node.has("reject");
    if (discards && rejects) {
      diagnostics.error(node, "'discard' and 'reject' exclude each other");
    }
    if (forwards && (discards || rejects)) {
      diagnostics.error(node, "a next hop excludes 'discard' and 'reject'");
    }
    if (!forwards && !discards && !rejects) {
      diagnostics.error(node, "needs one of next-hop, qualified-next-hop, discard and reject");
    }
    if (!node.has("next-hop") && node.has(LivenessSchema.KEYWORD)) {
      diagnostics.error(node, LivenessSchema.KEYWORD + " needs a next-hop to watch");
    }
  }

  private static NextHop qualifiedHop(ConfigNode node, Diagnostics diagnostics) {
    NextHop nextHop = node.key(NEXT_HOP);
    InterfaceName out = node.leaf("interface", INTERFACE).orElse(null);
    if (out == null) {
      return nextHop;
    }
    if (nextHop instanceof NextHop.Recursive(IpAddress gateway)) {
      return new NextHop.Via(out, gateway);
    }
    diagnostics.error(node, "'interface' needs an address as the next hop");
    return nextHop;
  }

  private static void checkFamily(
      ConfigNode node, IpPrefix prefix, NextHop nextHop, Diagnostics diagnostics) {
    IpAddress address = addressOf(nextHop);
    if (address != null && address.family() != prefix.family()) {
      diagnostics.error(node, "next hop " + address + " is not of the address family of " + prefix);
    }
  }

  private static @Nullable Watch bindWatch(
      ConfigNode node, NextHop nextHop, Diagnostics diagnostics) {
    LivenessConfig config = LivenessSchema.bind(node, diagnostics);
    ConfigNode liveness = node.child(LivenessSchema.KEYWORD).orElse(null);
    if (config == null || liveness == null) {
      return null;
    }
    IpAddress neighbor = liveness.leaf("neighbor", ADDRESS).orElse(addressOf(nextHop));
    if (neighbor == null) {
      diagnostics.error(liveness, "needs 'neighbor', as the next hop is an interface");
      return null;
    }
    InterfaceName out = nextHop instanceof NextHop.Via via ? via.out() : null;
    IpAddress local = liveness.leaf("local-address", ADDRESS).orElse(null);
    if (local != null && local.family() != neighbor.family()) {
      diagnostics.error(liveness, "local-address and neighbor differ in their address family");
    }
    return new Watch(neighbor, out, local, config);
  }

  private static @Nullable IpAddress addressOf(NextHop nextHop) {
    return switch (nextHop) {
      case NextHop.Recursive(IpAddress address) -> address;
      case NextHop.Via via -> via.gateway();
      case NextHop.Local l -> null;
      case NextHop.Discard d -> null;
      case NextHop.Reject r -> null;
    };
  }
}
