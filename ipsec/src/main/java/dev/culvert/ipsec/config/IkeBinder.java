package dev.culvert.ipsec.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns {@code security ike} into records, reporting everything that is wrong. */
final class IkeBinder {
  private record Policy(List<IkeProposal> proposals, Secret preSharedKey) {}

  private final Diagnostics diagnostics;
  private final Map<String, IkeProposal> proposals = new TreeMap<>();
  private final Map<String, Policy> policies = new TreeMap<>();

  /** Names of statements that exist but are wrong: reported once, not again by their users. */
  private final List<String> broken = new ArrayList<>();

  IkeBinder(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  IkeSection bind(ConfigNode ike) {
    ike.children("proposal").forEach(this::proposal);
    ike.children("policy").forEach(this::policy);
    List<GatewayConfig> gateways = new ArrayList<>();
    Set<String> brokenGateways = new TreeSet<>();
    for (ConfigNode node : ike.children("gateway")) {
      gateway(node)
          .ifPresentOrElse(gateways::add, () -> brokenGateways.add(node.key(ValueTypes.name())));
    }
    int badSpiResponses =
        ike.leaf("respond-bad-spi", SecurityIkeSchema.BAD_SPI_RESPONSES).orElse(0);
    return new IkeSection(gateways, brokenGateways, badSpiResponses);
  }

  private void proposal(ConfigNode node) {
    String name = node.key(ValueTypes.name());
    Optional<String> encryption = node.leaf("encryption-algorithm", SecurityIkeSchema.ENCRYPTION);
    Optional<String> group = node.leaf("dh-group", SecurityIkeSchema.DH_GROUP);
    Optional<String> hash = node.leaf("authentication-algorithm", SecurityIkeSchema.AUTHENTICATION);
    Optional<String> prf = node.leaf("prf", SecurityIkeSchema.PRF);
    boolean isCbc = encryption.filter("aes-256-cbc"::equals).isPresent();
    if (encryption.isEmpty()) {
      diagnostics.missing(node, "encryption-algorithm is missing");
    }
    if (group.isEmpty()) {
      diagnostics.missing(node, "dh-group is missing");
    }
    if (isCbc && !hash.equals(Optional.of("sha-256"))) {
      diagnostics.error(node, "aes-256-cbc needs authentication-algorithm sha-256");
    }
    if (encryption.isEmpty() || group.isEmpty()) {
      broken.add("proposal " + name);
      return;
    }
    proposals.put(
        name,
        new IkeProposal(
            name,
            cipher(encryption.get()),
            prfs(prf, hash),
            dhGroup(group.get()),
            node.leaf("lifetime-seconds", SecurityIkeSchema.LIFETIME_SECONDS)
                .map(Duration::ofSeconds)
                .orElse(IkeProposal.DEFAULT_LIFETIME)));
  }

  /** The named one, or that of the hash; an AEAD with neither takes either. */
  private static List<Prf> prfs(Optional<String> prf, Optional<String> hash) {
    String named = prf.orElse(hash.map(h -> h.replace("sha-", "hmac-sha2-")).orElse(""));
    return switch (named) {
      case "hmac-sha2-256" -> List.of(Prf.HMAC_SHA2_256);
      case "hmac-sha2-384" -> List.of(Prf.HMAC_SHA2_384);
      default -> List.of(Prf.HMAC_SHA2_256, Prf.HMAC_SHA2_384);
    };
  }

  private static IkeCipher cipher(String word) {
    return switch (word) {
      case "aes-128-gcm" -> IkeCipher.AES_128_GCM;
      case "aes-256-gcm" -> IkeCipher.AES_256_GCM;
      default -> IkeCipher.AES_256_CBC_HMAC_SHA_256_128;
    };
  }

  static DhGroup dhGroup(String word) {
    return DhGroup.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private void policy(ConfigNode node) {
    String name = node.key(ValueTypes.name());
    List<IkeProposal> chosen = new ArrayList<>();
    boolean complete = true;
    List<String> named = node.leafList("proposals", ValueTypes.name());
    if (named.isEmpty()) {
      diagnostics.missing(node, "proposals is missing");
      complete = false;
    }
    for (String proposal : named) {
      IkeProposal bound = proposals.get(proposal);
      if (bound != null) {
        chosen.add(bound);
      } else {
        complete = false;
        if (!broken.contains("proposal " + proposal)) {
          diagnostics.error(
              node.child("proposals").orElse(node),
              "IKE proposal '" + proposal + "' is not configured");
        }
      }
    }
    Optional<Secret> key = preSharedKey(node);
    if (complete && key.isPresent()) {
      policies.put(name, new Policy(chosen, key.get()));
    } else {
      broken.add("policy " + name);
    }
  }

  private Optional<Secret> preSharedKey(ConfigNode policy) {
    Optional<ConfigNode> node = policy.child("pre-shared-key");
    Optional<Secret> text = node.flatMap(n -> n.leaf("ascii-text", SecurityIkeSchema.ASCII_TEXT));
    Optional<Secret> hexadecimal =
        node.flatMap(n -> n.leaf("hexadecimal", SecurityIkeSchema.HEXADECIMAL));
    if (text.isPresent() == hexadecimal.isPresent()) {
      diagnostics.missing(
          node.orElse(policy),
          text.isPresent()
              ? "pre-shared-key is either ascii-text or hexadecimal"
              : "pre-shared-key is missing");
      return Optional.empty();
    }
    return text.or(() -> hexadecimal);
  }

  private Optional<GatewayConfig> gateway(ConfigNode node) {
    Optional<InterfaceName> external = node.leaf("external-interface", ValueTypes.interfaceName());
    List<PeerAddress> addresses = addresses(node);
    IpAddress address =
        addresses.stream()
            .flatMap(a ->
                a instanceof PeerAddress.Literal(var literal) ? Stream.of(literal) : Stream.of())
            .findFirst()
            .orElse(null);
    IpAddress local = node.leaf("local-address", ValueTypes.address()).orElse(null);
    IkeIdentity dynamic = dynamicIdentity(node);
    IkeIdentity remote = identity(node, "remote-identity");
    if (external.isEmpty()) {
      diagnostics.missing(node, "external-interface is missing");
    } else if (external.get().isSecureTunnel()) {
      diagnostics.error(
          node.child("external-interface").orElse(node),
          "external-interface cannot be the tunnel interface " + external.get());
    }
    if (addresses.isEmpty() != node.has("dynamic")) {
      diagnostics.missing(
          node,
          addresses.isEmpty()
              ? "address or dynamic is missing"
              : "address and dynamic exclude each other");
    }
    if (dynamic != null && remote != null) {
      diagnostics.error(node, "dynamic and remote-identity exclude each other");
    }
    if (local != null
        && addresses.stream()
            .anyMatch(a ->
                a instanceof PeerAddress.Literal(var literal)
                    && literal.family() != local.family())) {
      diagnostics.error(
          node.child("local-address").orElse(node),
          "local-address and address are of different families");
    }
    if (node.has("no-nat-traversal") && node.has("force-udp-encapsulation")) {
      diagnostics.error(node, "no-nat-traversal and force-udp-encapsulation exclude each other");
    }
    if (!node.has("version")) {
      diagnostics.warning(
          node, "version is missing: IKEv2 is spoken, where Junos speaks IKEv1; write v2-only");
    }
    Optional<Policy> policy = policyOf(node);
    if (policy.isEmpty() || external.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new GatewayConfig(
            node.key(ValueTypes.name()),
            node.leaf("ike-policy", ValueTypes.name()).orElseThrow(),
            address,
            external.get(),
            local,
            identity(node, "local-identity"),
            remote == null ? dynamic : remote,
            policy.get().proposals(),
            policy.get().preSharedKey(),
            deadPeerDetection(node),
            node.leaf("nat-keepalive", SecurityIkeSchema.NAT_KEEPALIVE)
                .map(Duration::ofSeconds)
                .orElse(GatewayConfig.DEFAULT_NAT_KEEPALIVE),
            !node.has("no-nat-traversal"),
            node.has("force-udp-encapsulation"),
            isGeneral(node),
            dynamicPeers(node, dynamic),
            addresses,
            advpn(node)));
  }

  /** As on Junos both roles are on where they are not turned off, and one has to be. */
  private @Nullable Advpn advpn(ConfigNode gateway) {
    Optional<ConfigNode> node = gateway.child("advpn");
    if (node.isEmpty()) {
      return null;
    }
    Optional<ConfigNode> partner = node.get().child("partner");
    boolean isSuggester = node.get().child("suggester").filter(n -> n.has("disable")).isEmpty();
    boolean isPartner = partner.filter(n -> n.has("disable")).isEmpty();
    if (isSuggester == isPartner) {
      diagnostics.error(
          node.get(),
          isPartner
              ? "advpn is suggester or partner: disable one of them"
              : "advpn with suggester and partner disabled does nothing");
    }
    boolean isOfMany = gateway.child("dynamic").filter(n -> n.has("ike-user-type")).isPresent();
    if (isPartner && !isSuggester && (isOfMany || isGeneral(gateway))) {
      diagnostics.error(node.get(), "advpn partner needs a gateway whose peer is one");
    }
    if (gateway.has("no-nat-traversal")) {
      diagnostics.error(node.get(), "advpn and no-nat-traversal exclude each other");
    }
    return new Advpn(
        isSuggester,
        isPartner,
        partner
            .flatMap(n -> n.leaf("connection-limit", SecurityIkeSchema.SHORTCUTS))
            .orElse(Advpn.MOST_CONNECTIONS),
        partner
            .flatMap(n -> n.leaf("idle-time", SecurityIkeSchema.IDLE_TIME))
            .map(Duration::ofSeconds)
            .orElse(Advpn.DEFAULT_IDLE_TIME),
        partner
            .flatMap(n -> n.leaf("idle-threshold", SecurityIkeSchema.IDLE_THRESHOLD))
            .orElse(Advpn.DEFAULT_IDLE_THRESHOLD));
  }

  private static boolean isGeneral(ConfigNode gateway) {
    return gateway.has("general-ikeid")
        || gateway.child("dynamic").filter(n -> n.has("general-ikeid")).isPresent();
  }

  /** Whom a dynamic gateway is for; null where it may be anyone, or none is named. */
  private @Nullable IkeIdentity dynamicIdentity(ConfigNode gateway) {
    Optional<ConfigNode> dynamic = gateway.child("dynamic");
    boolean namesNobody =
        dynamic.isPresent()
            && Stream.of("hostname", "inet", "inet6", "user-at-hostname")
                .noneMatch(dynamic.get()::has);
    return namesNobody && isGeneral(gateway) ? null : identity(gateway, "dynamic");
  }

  private DynamicPeers dynamicPeers(ConfigNode gateway, @Nullable IkeIdentity identity) {
    Optional<ConfigNode> node = gateway.child("dynamic");
    if (node.isEmpty()) {
      return DynamicPeers.ONE;
    }
    Optional<String> type =
        node.get().leaf("ike-user-type", ValueTypes.oneOf("group-ike-id", "shared-ike-id"));
    boolean isGroup = type.filter("group-ike-id"::equals).isPresent();
    if (isGroup && identity instanceof IkeIdentity.Inet) {
      diagnostics.error(
          node.get(), "ike-user-type group-ike-id needs hostname or user-at-hostname");
    }
    DynamicPeers.Who who =
        isGeneral(gateway)
            ? DynamicPeers.Who.ANYONE
            : type.isEmpty()
                ? DynamicPeers.Who.ONE
                : isGroup ? DynamicPeers.Who.GROUP : DynamicPeers.Who.SHARED;
    return new DynamicPeers(
        who,
        node.get().leaf("connections-limit", SecurityIkeSchema.CONNECTIONS).orElse(0),
        node.get().has("reject-duplicate-connection"));
  }

  private List<PeerAddress> addresses(ConfigNode gateway) {
    List<PeerAddress> addresses =
        gateway.leafList("address", SecurityIkeSchema.PEER_ADDRESS).stream().distinct().toList();
    ConfigNode statement = gateway.child("address").orElse(gateway);
    for (PeerAddress each : addresses) {
      if (each instanceof PeerAddress.Literal(IpAddress address)
          && (address.isMulticast() || address.isUnspecified())) {
        diagnostics.error(statement, address + " cannot be a peer's address");
      }
    }
    if (addresses.size() > GatewayConfig.MOST_ADDRESSES) {
      diagnostics.error(
          statement, "a gateway has " + GatewayConfig.MOST_ADDRESSES + " addresses at most");
    }
    return addresses;
  }

  private Optional<Policy> policyOf(ConfigNode gateway) {
    Optional<String> name = gateway.leaf("ike-policy", ValueTypes.name());
    if (name.isEmpty()) {
      diagnostics.missing(gateway, "ike-policy is missing");
      return Optional.empty();
    }
    Policy policy = policies.get(name.get());
    if (policy == null && !broken.contains("policy " + name.get())) {
      diagnostics.error(
          gateway.child("ike-policy").orElse(gateway),
          "IKE policy '" + name.get() + "' is not configured");
    }
    return Optional.ofNullable(policy);
  }

  private @Nullable IkeIdentity identity(ConfigNode gateway, String keyword) {
    Optional<ConfigNode> node = gateway.child(keyword);
    if (node.isEmpty()) {
      return null;
    }
    ConfigNode n = node.get();
    List<IkeIdentity> identities =
        Stream.<Optional<IkeIdentity>>of(
                n.leaf("hostname", SecurityIkeSchema.HOSTNAME).map(IkeIdentity.Hostname::new),
                n.leaf("inet", SecurityIkeSchema.INET).map(IkeIdentity.Inet::new),
                n.leaf("inet6", SecurityIkeSchema.INET6).map(IkeIdentity.Inet::new),
                n.leaf("user-at-hostname", SecurityIkeSchema.USER_AT_HOSTNAME)
                    .map(IkeIdentity.UserAtHostname::new))
            .flatMap(Optional::stream)
            .toList();
    if (identities.size() != 1) {
      diagnostics.error(
          n, keyword + " wants exactly one of hostname, inet, inet6, user-at-hostname");
      return null;
    }
    return identities.getFirst();
  }

  private @Nullable DeadPeerDetection deadPeerDetection(ConfigNode gateway) {
    Optional<ConfigNode> node = gateway.child("dead-peer-detection");
    if (node.isEmpty()) {
      return null;
    }
    List<DeadPeerDetection.Mode> modes =
        Stream.of(DeadPeerDetection.Mode.values())
            .filter(m -> node.get().has(ValueTypes.junosWord(m)))
            .toList();
    if (modes.size() > 1) {
      diagnostics.error(
          node.get(), "only one of always-send, optimized, probe-idle-tunnel may be set");
    }
    return new DeadPeerDetection(
        modes.isEmpty() ? DeadPeerDetection.Mode.OPTIMIZED : modes.getFirst(),
        node.get()
            .leaf("interval", SecurityIkeSchema.INTERVAL)
            .map(Duration::ofSeconds)
            .orElse(DeadPeerDetection.DEFAULT_INTERVAL),
        node.get()
            .leaf("threshold", SecurityIkeSchema.THRESHOLD)
            .orElse(DeadPeerDetection.DEFAULT_THRESHOLD));
  }
}
