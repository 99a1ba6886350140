package dev.culvert.bgp.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.leafList;
import static dev.culvert.core.config.SchemaNode.list;
import static dev.culvert.core.config.SchemaNode.secret;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSection;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.SecretType;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.liveness.LivenessSchema;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.policy.PolicyOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code protocols bgp}: options may stand at the top, in a group and at a neighbor; the nearest
 * one holds. Policy lists replace each other, they do not add up.
 */
public final class BgpSection implements ConfigSection<BgpConfig> {
  static final long MAX_U32 = 0xFFFFFFFFL;
  static final ValueType<Long> AS_NUMBER = ValueTypes.number(1, MAX_U32);
  static final ValueType<Long> U32 = ValueTypes.number(0, MAX_U32);
  static final ValueType<Integer> TTL = ValueTypes.integer(1, 255);
  static final ValueType<Long> PREFIX_COUNT = ValueTypes.number(1, MAX_U32);
  static final ValueType<Ipv4Address> ADDRESS = ValueTypes.ipv4Address();
  static final ValueType<String> GROUP_NAME = ValueTypes.name();
  static final ValueType<String> POLICY_NAME = ValueTypes.anyName();
  static final ValueType<String> TEXT = ValueTypes.text();

  /** The kernel's TCP_MD5SIG takes 80 octets. */
  static final SecretType MD5_KEY = SecretType.text(80);

  private static final String ALLOW = "allow";
  private static final String ALL = "all";
  private static final ValueType<Ipv4Prefix> ALLOWED =
      ValueTypes.of(
          "<prefix>",
          "an IPv4 prefix such as 10.0.0.0/8 with no host bits set, or all",
          word ->
              word.equals(ALL)
                  ? Optional.of(Ipv4Prefix.DEFAULT)
                  : IpPrefix.parse(word)
                      .filter(Ipv4Prefix.class::isInstance)
                      .map(Ipv4Prefix.class::cast));

  static final ValueType<PeerType> TYPE = ValueTypes.oneOf(PeerType.class);

  /** 1 and 2 are reserved by RFC 4271 §4.2; {@link PeerBinder} refuses them. */
  static final ValueType<Integer> HOLD_TIME = ValueTypes.integer(0, 65535);

  private final PolicyOptions policies;

  /** For the schema, and for a configuration without policies. */
  public BgpSection() {
    this(PolicyOptions.EMPTY);
  }

  private BgpSection(PolicyOptions policies) {
    this.policies = policies;
  }

  /** The section whose peers use these policies. */
  public BgpSection with(PolicyOptions defined) {
    return new BgpSection(defined);
  }

  @Override
  public List<String> parentPath() {
    return List.of("protocols");
  }

  @Override
  public SchemaNode schema() {
    SchemaNode[] neighbor = options();
    SchemaNode[] group =
        with(
            options(),
            leaf("type", "Type of peers in the group", TYPE),
            leafList(ALLOW, "Whoever connects from there is a peer of the group", ALLOWED),
            list("neighbor", "A peer", ADDRESS, neighbor));
    return container(
        "bgp",
        "BGP-4",
        with(options(), list("group", "Peers with options in common", GROUP_NAME, group)));
  }

  private static SchemaNode[] options() {
    return new SchemaNode[] {
      leaf("description", "Text for operators", TEXT),
      leaf("peer-as", "AS number of the peer", AS_NUMBER),
      leaf("local-as", "AS number to claim toward the peer", AS_NUMBER),
      leaf("local-address", "Our address of the session", ADDRESS),
      leaf("hold-time", "Seconds of silence that end a session, 0 for never", HOLD_TIME),
      flag("passive", "Wait for the peer to connect"),
      secret("authentication-key", "TCP-MD5 key (RFC 2385)", MD5_KEY),
      leaf("preference", "Route preference of its routes", U32),
      leaf("local-preference", "LOCAL_PREF of routes without one", U32),
      leaf("metric-out", "MULTI_EXIT_DISC to send", U32),
      container(
          "multihop",
          "The external peer may be several hops away",
          leaf("ttl", "Time to live of our packets", TTL)),
      leaf("ttl", "Time to live of our packets", TTL),
      leafList("import", "Policies for what the peer sends", POLICY_NAME),
      leafList("export", "Policies for what the peer is sent", POLICY_NAME),
      container(
          "family",
          "Address families",
          container(
              "inet",
              "IPv4",
              container(
                  "unicast",
                  "IPv4 unicast routes",
                  container(
                      "prefix-limit",
                      "How many prefixes the peer may send",
                      leaf("maximum", "Number of prefixes", PREFIX_COUNT),
                      flag("teardown", "End the session when there are more"))))),
      LivenessSchema.schema()
    };
  }

  private static SchemaNode[] with(SchemaNode[] nodes, SchemaNode... more) {
    List<SchemaNode> all = new ArrayList<>(List.of(nodes));
    all.addAll(List.of(more));
    return all.toArray(SchemaNode[]::new);
  }

  @Override
  public BgpConfig bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    if (node == null) {
      return BgpConfig.NONE;
    }
    PolicyStatements chains = new PolicyStatements(policies, diagnostics);
    chains.resolve(node);
    Map<Ipv4Address, PeerConfig> peers = new TreeMap<>();
    Map<IpPrefix, DynamicPeers> dynamic = new TreeMap<>();
    for (ConfigNode group : node.children("group")) {
      chains.resolve(group);
      for (ConfigNode neighbor : group.children("neighbor")) {
        chains.resolve(neighbor);
        PeerConfig peer = new PeerBinder(node, group, neighbor, diagnostics).bind(chains);
        if (peers.putIfAbsent(peer.address(), peer) != null) {
          diagnostics.error(neighbor, "neighbor " + peer.address() + " stands in two groups");
        }
      }
      allow(node, group, chains, dynamic, diagnostics);
    }
    for (ConfigNode group : node.children("group")) {
      group.children("neighbor").forEach(n -> keyIsNotHidden(n, peers, dynamic, diagnostics));
    }
    return new BgpConfig(List.copyOf(peers.values()), List.copyOf(dynamic.values()));
  }

  private static void allow(
      ConfigNode bgp,
      ConfigNode group,
      PolicyStatements chains,
      Map<IpPrefix, DynamicPeers> dynamic,
      Diagnostics diagnostics) {
    ConfigNode statement = group.child(ALLOW).orElse(null);
    if (statement == null) {
      return;
    }
    PeerConfig each =
        PeerBinder.ofUnconfigured(bgp, group, diagnostics).bind(Ipv4Address.ANY, chains);
    for (Ipv4Prefix prefix : group.leafList(ALLOW, ALLOWED)) {
      if (dynamic.putIfAbsent(prefix, new DynamicPeers(prefix, each)) != null) {
        diagnostics.error(statement, prefix + " is allowed twice");
      }
    }
  }

  /** The kernel takes the key of a prefix for every address in it that has none of its own. */
  private static void keyIsNotHidden(
      ConfigNode neighbor,
      Map<Ipv4Address, PeerConfig> peers,
      Map<IpPrefix, DynamicPeers> dynamic,
      Diagnostics diagnostics) {
    PeerConfig peer = peers.get(neighbor.key(ADDRESS));
    if (peer == null || peer.session().authenticationKey() != null) {
      return;
    }
    dynamic.values().stream()
        .filter(d -> d.allowed().contains(peer.address()))
        .filter(d -> d.each().session().authenticationKey() != null)
        .findFirst()
        .ifPresent(d ->
            diagnostics.error(
                neighbor,
                "needs an authentication-key, as those have who are allowed from " + d.allowed()));
  }

  /**
   * What can be checked only beside {@code routing-options}: call it after {@link #bind} with the
   * router's AS.
   */
  public static void crossCheck(ConfigNode node, long autonomousSystem, Diagnostics diagnostics) {
    for (ConfigNode group : node.children("group")) {
      for (ConfigNode neighbor : group.children("neighbor")) {
        new PeerBinder(node, group, neighbor, diagnostics).crossCheck(autonomousSystem);
      }
      if (group.has(ALLOW)) {
        PeerBinder.ofUnconfigured(node, group, diagnostics).crossCheck(autonomousSystem);
      }
    }
  }
}
