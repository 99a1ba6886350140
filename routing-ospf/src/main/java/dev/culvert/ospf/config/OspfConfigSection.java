package dev.culvert.ospf.config;

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
import dev.culvert.core.liveness.LivenessSchema;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.policy.PolicyOptions;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.ospf.packet.AreaId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code protocols ospf}. The router id stands under {@code routing-options}: whoever binds all
 * sections adds it with {@link OspfConfig#withRouterId}. The policies stand under {@code
 * policy-options} and are bound before.
 */
public final class OspfConfigSection implements ConfigSection<OspfConfig> {
  private static final ValueType<String> NAME = ValueTypes.anyName();
  private static final ValueType<Long> PREFERENCE = ValueTypes.number(0, 4294967295L);
  private static final ValueType<Long> BANDWIDTH = bandwidth();
  private static final ValueType<AreaId> AREA = area();
  private static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();
  private static final ValueType<NetworkType> NETWORK_TYPE = networkType();
  private static final ValueType<Integer> METRIC = ValueTypes.integer(1, 65535);
  private static final ValueType<Integer> HELLO = ValueTypes.integer(1, 255);
  private static final ValueType<Integer> SECONDS = ValueTypes.integer(1, 65535);
  private static final ValueType<Integer> PRIORITY = ValueTypes.integer(0, 255);
  private static final ValueType<String> MTU = mtu();
  private static final String IGNORE = "ignore";
  private static final String INTERFACE_TYPE = "interface-type";
  private static final String DYNAMIC_NEIGHBORS = "dynamic-neighbors";

  private final PolicyOptions policies;

  /** For the schema, and for a configuration without policies. */
  public OspfConfigSection() {
    this(PolicyOptions.EMPTY);
  }

  private OspfConfigSection(PolicyOptions policies) {
    this.policies = policies;
  }

  /** The section that exports by these policies. */
  public OspfConfigSection with(PolicyOptions defined) {
    return new OspfConfigSection(defined);
  }

  @Override
  public List<String> parentPath() {
    return List.of("protocols");
  }

  @Override
  public SchemaNode schema() {
    return container(
        "ospf",
        "OSPF version 2",
        leafList("export", "Policies that choose the routes to advertise as external", NAME),
        leaf("reference-bandwidth", "Bandwidth in bits per second that costs 1", BANDWIDTH),
        leaf("preference", "Preference of routes inside the AS", PREFERENCE),
        leaf("external-preference", "Preference of AS-external routes", PREFERENCE),
        list("area", "An OSPF area", AREA, interfaceSchema()));
  }

  private static SchemaNode interfaceSchema() {
    return list(
        "interface",
        "An interface in the area",
        INTERFACE,
        leaf(INTERFACE_TYPE, "Kind of network", NETWORK_TYPE),
        flag(DYNAMIC_NEIGHBORS, "Find the neighbors of a p2mp network by hellos to all of them"),
        leaf("metric", "Output cost", METRIC),
        flag("passive", "Advertise the subnet, form no adjacency"),
        flag("disable", "Leave the interface out of OSPF"),
        leaf("hello-interval", "Seconds from hello to hello", HELLO),
        leaf("dead-interval", "Seconds of silence until a neighbor is down", SECONDS),
        leaf("retransmit-interval", "Seconds until an LSA is sent again", SECONDS),
        leaf("transit-delay", "Seconds an LSA is older at the other end", SECONDS),
        leaf("priority", "Claim to be designated router; 0 for never", PRIORITY),
        leaf("mtu", "MTU of database descriptions, or ignore", MTU),
        AuthenticationSchema.schema(),
        LivenessSchema.schema());
  }

  @Override
  public OspfConfig bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    if (node == null) {
      return OspfConfig.NONE;
    }
    TreeMap<InterfaceName, OspfInterfaceConfig> interfaces = new TreeMap<>();
    for (ConfigNode area : node.children("area")) {
      if (!area.key(AREA).equals(AreaId.BACKBONE)) {
        diagnostics.error(
            area, "only the backbone, area 0.0.0.0, can be configured, not area " + area.key(AREA));
      }
      for (ConfigNode one : area.children("interface")) {
        OspfInterfaceConfig bound = bindInterface(one, diagnostics);
        if (interfaces.put(bound.name(), bound) != null) {
          diagnostics.error(one, "interface " + bound.name() + " is in an area already");
        }
      }
    }
    return new OspfConfig(
        null,
        policies.resolve(
            node.leafList("export", NAME), node.child("export").orElse(node), diagnostics),
        node.leaf("reference-bandwidth", BANDWIDTH).orElse(OspfConfig.DEFAULT_REFERENCE_BANDWIDTH),
        node.leaf("preference", PREFERENCE)
            .orElse((long) RouteProtocol.OSPF_INTERNAL.defaultPreference()),
        node.leaf("external-preference", PREFERENCE)
            .orElse((long) RouteProtocol.OSPF_EXTERNAL.defaultPreference()),
        interfaces);
  }

  private static OspfInterfaceConfig bindInterface(ConfigNode node, Diagnostics diagnostics) {
    InterfaceName name = node.key(INTERFACE);
    if (name.physical().equals("all")) {
      diagnostics.error(node, "interfaces are listed one by one, 'all' stands for none");
    }
    int hello =
        node.leaf("hello-interval", HELLO).orElse(OspfInterfaceConfig.DEFAULT_HELLO_SECONDS);
    int dead = node.leaf("dead-interval", SECONDS).orElse(hello * OspfInterfaceConfig.DEAD_HELLOS);
    if (dead <= hello) {
      diagnostics.error(
          node, "dead-interval " + dead + " is not longer than hello-interval " + hello);
    }
    String mtu = node.leaf("mtu", MTU).orElse(null);
    boolean ignoreMtu = IGNORE.equals(mtu);
    return new OspfInterfaceConfig(
        name,
        networkType(node, diagnostics),
        node.leaf("metric", METRIC).orElse(null),
        node.has("passive"),
        node.has("disable"),
        Duration.ofSeconds(hello),
        Duration.ofSeconds(dead),
        seconds(node, "retransmit-interval", OspfInterfaceConfig.DEFAULT_RETRANSMIT_SECONDS),
        seconds(node, "transit-delay", OspfInterfaceConfig.DEFAULT_TRANSIT_DELAY_SECONDS),
        node.leaf("priority", PRIORITY).orElse(OspfInterfaceConfig.DEFAULT_PRIORITY),
        mtu == null || ignoreMtu ? null : Integer.valueOf(mtu),
        ignoreMtu,
        AuthenticationSchema.bind(node, diagnostics),
        LivenessSchema.bind(node, diagnostics));
  }

  private static @Nullable NetworkType networkType(ConfigNode node, Diagnostics diagnostics) {
    NetworkType type = node.leaf(INTERFACE_TYPE, NETWORK_TYPE).orElse(null);
    Optional<ConfigNode> dynamic = node.child(DYNAMIC_NEIGHBORS);
    if (type == NetworkType.POINT_TO_MULTIPOINT && dynamic.isEmpty()) {
      diagnostics.error(node, "interface-type p2mp needs dynamic-neighbors");
    }
    if (type != NetworkType.POINT_TO_MULTIPOINT && dynamic.isPresent()) {
      diagnostics.error(dynamic.get(), "needs interface-type p2mp");
    }
    return type;
  }

  private static Duration seconds(ConfigNode node, String keyword, int byDefault) {
    return Duration.ofSeconds(node.leaf(keyword, SECONDS).orElse(byDefault));
  }

  private static ValueType<AreaId> area() {
    return ValueTypes.of(
        "<area-id>",
        "an area such as 0.0.0.0 or 0",
        word ->
            ValueTypes.address().parse(word) instanceof ValueType.Parsed.Value<?>(var address)
                    && address instanceof Ipv4Address v4
                ? Optional.of(new AreaId(v4.bits()))
                : unsigned(word).map(n -> new AreaId((int) (long) n)));
  }

  private static Optional<Long> unsigned(String word) {
    return ValueTypes.number(0, 4294967295L).parse(word)
            instanceof ValueType.Parsed.Value<Long>(Long value)
        ? Optional.of(value)
        : Optional.empty();
  }

  /** Junos' words; those for networks Culvert does not form adjacencies over are refused. */
  private static ValueType<NetworkType> networkType() {
    return new ValueType<>() {
      @Override
      public String placeholder() {
        return "(p2p | p2mp | broadcast)";
      }

      @Override
      public List<String> words() {
        return List.of("p2p", "p2mp", "broadcast");
      }

      @Override
      public Parsed<NetworkType> parse(String word) {
        return switch (word) {
          case "p2p" -> new Parsed.Value<>(NetworkType.POINT_TO_POINT);
          case "p2mp" -> new Parsed.Value<>(NetworkType.POINT_TO_MULTIPOINT);
          case "broadcast" -> new Parsed.Value<>(NetworkType.BROADCAST);
          case "nbma", "p2mp-over-lan" ->
              new Parsed.Wrong<>(
                  "interface-type " + word + " is not supported: p2p, p2mp or broadcast");
          default -> new Parsed.Wrong<>("'" + word + "' is not one of p2p, p2mp, broadcast");
        };
      }

      @Override
      public String print(NetworkType type) {
        return switch (type) {
          case POINT_TO_POINT -> "p2p";
          case POINT_TO_MULTIPOINT -> "p2mp";
          case BROADCAST -> "broadcast";
        };
      }
    };
  }

  private static ValueType<String> mtu() {
    return ValueTypes.of(
        "(128..65535 | ignore)",
        "an MTU from 128 to 65535 or the word ignore",
        word ->
            Optional.of(word)
                .filter(w ->
                    w.equals(IGNORE) || unsigned(w).filter(OspfConfigSection::isMtu).isPresent()));
  }

  private static boolean isMtu(long octets) {
    return octets >= 128 && octets <= 65535;
  }

  /** Bits per second, with k, m or g for thousands as in Junos. */
  private static ValueType<Long> bandwidth() {
    return ValueTypes.of(
        "<bandwidth>",
        "a bandwidth from 9600 to 4000000000000, or with k, m or g as in 10g",
        word -> {
          int last = word.length() - 1;
          long factor =
              switch (word.isEmpty() ? ' ' : word.charAt(last)) {
                case 'k' -> 1_000;
                case 'm' -> 1_000_000;
                case 'g' -> 1_000_000_000;
                default -> 1;
              };
          String digits = factor == 1 ? word : word.substring(0, last);
          return ValueTypes.number(0, 4_000_000_000_000L).parse(digits)
                  instanceof ValueType.Parsed.Value<Long>(Long number)
              ? Optional.of(number * factor).filter(b -> b >= 9600 && b <= 4_000_000_000_000L)
              : Optional.empty();
        });
  }
}
