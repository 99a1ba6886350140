package dev.culvert.ipsec.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.leafList;
import static dev.culvert.core.config.SchemaNode.list;
import static dev.culvert.core.config.SchemaNode.secret;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.SecretType;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import java.util.Optional;

/** {@code security ike}: what may be written there. */
final class SecurityIkeSchema {
  static final ValueType<Integer> LIFETIME_SECONDS = ValueTypes.integer(180, 86_400);
  static final ValueType<String> DH_GROUP =
      ValueTypes.oneOf("group14", "group19", "group20", "group31");
  static final ValueType<String> ENCRYPTION =
      ValueTypes.oneOf("aes-128-gcm", "aes-256-gcm", "aes-256-cbc");
  static final ValueType<String> AUTHENTICATION = ValueTypes.oneOf("sha-256", "sha-384");
  static final ValueType<String> PRF = ValueTypes.oneOf("hmac-sha2-256", "hmac-sha2-384");
  static final ValueType<Integer> INTERVAL = ValueTypes.integer(2, 60);
  static final ValueType<Integer> THRESHOLD = ValueTypes.integer(1, 5);
  static final ValueType<Integer> NAT_KEEPALIVE = ValueTypes.integer(1, 300);
  static final ValueType<Integer> CONNECTIONS = ValueTypes.integer(1, 4_294_967);
  static final ValueType<Integer> SHORTCUTS = ValueTypes.integer(1, Advpn.MOST_CONNECTIONS);
  static final ValueType<Integer> IDLE_TIME = ValueTypes.integer(60, 86_400);
  static final ValueType<Integer> IDLE_THRESHOLD = ValueTypes.integer(3, 5_000);
  static final ValueType<Integer> BAD_SPI_RESPONSES = ValueTypes.integer(1, 30);

  /** As many octets as an ID payload may sensibly hold. */
  private static final int MAX_NAME = 255;

  static final ValueType<String> HOSTNAME =
      ValueTypes.of("<hostname>", "a host name", text -> name(text, false));
  static final ValueType<String> USER_AT_HOSTNAME =
      ValueTypes.of("<user@hostname>", "a user@host name", text -> name(text, true));
  static final ValueType<Ipv6Address> INET6 =
      ValueTypes.of("<address>", "an IPv6 address", Ipv6Address::parse);
  static final ValueType<Ipv4Address> INET = ValueTypes.ipv4Address();

  /** As much as a line of a configuration may hold with ease. */
  private static final int MAX_PRE_SHARED_KEY = 1024;

  static final SecretType ASCII_TEXT = SecretType.text(MAX_PRE_SHARED_KEY);
  static final SecretType HEXADECIMAL = SecretType.hexadecimal(MAX_PRE_SHARED_KEY);

  static final ValueType<PeerAddress> PEER_ADDRESS =
      ValueTypes.of(
          "<address or hostname>", "an address or a host name", SecurityIkeSchema::peerAddress);

  private SecurityIkeSchema() {}

  /** What looks like an IPv4 address and is none is no name either. */
  private static Optional<PeerAddress> peerAddress(String text) {
    Optional<PeerAddress> literal = IpAddress.parse(text).map(PeerAddress.Literal::new);
    boolean isName = !text.matches("[0-9.]*|.*:.*");
    return literal.isPresent() || !isName ? literal : name(text, false).map(PeerAddress.Name::new);
  }

  static SchemaNode schema() {
    return container(
        "ike",
        "Internet Key Exchange",
        leaf(
            "respond-bad-spi",
            "Tell a peer of ESP with an unknown SPI, so often for each IKE SA",
            BAD_SPI_RESPONSES),
        proposal(),
        policy(),
        gateway());
  }

  private static SchemaNode proposal() {
    return list(
        "proposal",
        "What an IKE SA may be protected by",
        ValueTypes.name(),
        leaf("description", "Text for the reader", ValueTypes.text()),
        leaf(
            "authentication-method",
            "How the peers prove who they are",
            ValueTypes.oneOf("pre-shared-keys")),
        leaf("dh-group", "Diffie-Hellman group", DH_GROUP),
        leaf("authentication-algorithm", "Integrity and PRF hash", AUTHENTICATION),
        leaf("encryption-algorithm", "Cipher of IKE messages", ENCRYPTION),
        leaf("prf", "Pseudo-random function, where it is not the hash", PRF),
        leaf("lifetime-seconds", "Lifetime of an IKE SA", LIFETIME_SECONDS));
  }

  private static SchemaNode policy() {
    return list(
        "policy",
        "Proposals and the secret shared with a peer",
        ValueTypes.name(),
        leaf("description", "Text for the reader", ValueTypes.text()),
        leafList("proposals", "IKE proposals, best first", ValueTypes.name()),
        container(
            "pre-shared-key",
            "The secret shared with the peer",
            secret("ascii-text", "As text", ASCII_TEXT),
            secret("hexadecimal", "As hexadecimal digits", HEXADECIMAL)));
  }

  private static SchemaNode gateway() {
    return list(
        "gateway",
        "A peer",
        ValueTypes.name(),
        leaf("ike-policy", "Its IKE policy", ValueTypes.name()),
        leafList("address", "Its addresses or host names, tried in this order", PEER_ADDRESS),
        container(
            "dynamic",
            "A peer whose address is not known: its identity says who it is",
            leaf("hostname", "Host name", HOSTNAME),
            leaf("inet", "IPv4 address", INET),
            leaf("inet6", "IPv6 address", INET6),
            leaf("user-at-hostname", "E-mail address", USER_AT_HOSTNAME),
            flag("general-ikeid", "Whatever identity the peer has"),
            leaf(
                "ike-user-type",
                "Many peers, each with a name of that domain, or all with that identity",
                ValueTypes.oneOf("group-ike-id", "shared-ike-id")),
            leaf("connections-limit", "Peers at a time", CONNECTIONS),
            flag(
                "reject-duplicate-connection",
                "A peer that is connected keeps its connection when it calls again")),
        flag("general-ikeid", "Whatever identity the peer has"),
        container(
            "dead-peer-detection",
            "How to find out that the peer is dead",
            flag("always-send", "Probe every interval"),
            flag("optimized", "Probe when packets go out and none come in"),
            flag("probe-idle-tunnel", "As optimized, and when the tunnel is idle"),
            leaf("interval", "Seconds between probes", INTERVAL),
            leaf("threshold", "Unanswered probes until the peer is dead", THRESHOLD)),
        container(
            "advpn",
            "Shortcuts between those that talk through a common peer",
            container(
                "suggester",
                "Tell peers that talk through us of each other",
                flag("disable", "We are not the one who tells")),
            container(
                "partner",
                "Build tunnels to those that the peer tells us of",
                flag("disable", "We build none"),
                leaf("connection-limit", "Shortcuts at a time", SHORTCUTS),
                leaf("idle-time", "Seconds with little traffic until one goes", IDLE_TIME),
                leaf("idle-threshold", "Packets a second that are little", IDLE_THRESHOLD))),
        flag("no-nat-traversal", "No NAT detection and no UDP encapsulation"),
        flag("force-udp-encapsulation", "ESP in UDP even without a NAT"),
        leaf("nat-keepalive", "Seconds between NAT keepalives", NAT_KEEPALIVE),
        identity("local-identity", "Who we say we are"),
        identity("remote-identity", "Who the peer must be"),
        leaf("external-interface", "Interface towards the peer", ValueTypes.interfaceName()),
        leaf("local-address", "Our address, if not the interface's first", ValueTypes.address()),
        leaf("version", "IKE version", ValueTypes.oneOf("v2-only")));
  }

  private static SchemaNode identity(String keyword, String help) {
    return container(
        keyword,
        help,
        leaf("hostname", "Host name", HOSTNAME),
        leaf("inet", "IPv4 address", INET),
        leaf("inet6", "IPv6 address", INET6),
        leaf("user-at-hostname", "E-mail address", USER_AT_HOSTNAME));
  }

  private static Optional<String> name(String text, boolean withAt) {
    boolean printable = text.chars().allMatch(c -> c > ' ' && c < 0x7F);
    return Optional.of(text)
        .filter(t -> !t.isEmpty() && t.length() <= MAX_NAME && printable)
        .filter(t -> (t.indexOf('@') > 0) == withAt);
  }
}
