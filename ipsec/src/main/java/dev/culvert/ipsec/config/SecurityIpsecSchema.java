package dev.culvert.ipsec.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.leafList;
import static dev.culvert.core.config.SchemaNode.list;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.ipsec.sa.ChildSa.DfBit;
import java.util.ArrayList;
import java.util.List;

/** {@code security ipsec} and {@code security flow}: what may be written there. */
final class SecurityIpsecSchema {
  static final ValueType<String> ENCRYPTION =
      ValueTypes.oneOf("aes-128-gcm", "aes-256-gcm", "chacha20-poly1305", "aes-256-cbc");
  static final ValueType<String> AUTHENTICATION = ValueTypes.oneOf("hmac-sha-256-128");
  static final ValueType<Long> LIFETIME_KILOBYTES = ValueTypes.number(64_000, 4_294_967_294L);
  static final ValueType<Long> LIFETIME_PACKETS = ValueTypes.number(10_000, 4_294_967_294L);
  static final ValueType<Integer> REPLAY_WINDOW = ValueTypes.integer(64, 8192);
  static final ValueType<EstablishTunnels> ESTABLISH = ValueTypes.oneOf(EstablishTunnels.class);
  static final ValueType<DfBit> DF_BIT = ValueTypes.oneOf(DfBit.class);
  static final ValueType<Integer> QUEUES = ValueTypes.integer(1, 16);
  static final ValueType<Long> ROUTE_NUMBER = ValueTypes.number(1, 4_294_967_295L);
  static final ValueType<Integer> MSS = ValueTypes.integer(64, 65_535);

  private SecurityIpsecSchema() {}

  static SchemaNode ipsec() {
    return container(
        "ipsec",
        "IPsec tunnels",
        leaf(
            "queues",
            "Forwarding threads for each direction, with peers of RFC 9611 an SA pair each;"
                + " takes effect when the router starts",
            QUEUES),
        MonitorBinder.options(),
        proposal(),
        policy(),
        vpn());
  }

  static SchemaNode flow() {
    return container(
        "flow",
        "How packets are treated",
        container(
            "tcp-mss",
            "TCP maximum segment size",
            container(
                "ipsec-vpn",
                "Of connections through tunnels",
                leaf("mss", "At most that many octets", MSS))));
  }

  private static SchemaNode proposal() {
    return list(
        "proposal",
        "What an IPsec SA may be protected by",
        ValueTypes.name(),
        leaf("description", "Text for the reader", ValueTypes.text()),
        leaf("protocol", "IPsec protocol", ValueTypes.oneOf("esp")),
        leaf("encryption-algorithm", "Cipher of packets", ENCRYPTION),
        leaf("authentication-algorithm", "Integrity of packets, for aes-256-cbc", AUTHENTICATION),
        leaf("lifetime-seconds", "Lifetime of an IPsec SA", SecurityIkeSchema.LIFETIME_SECONDS),
        leaf("lifetime-kilobytes", "The same in kilobytes of each direction", LIFETIME_KILOBYTES),
        leaf("lifetime-packets", "The same in packets of each direction", LIFETIME_PACKETS),
        flag("extended-sequence-number", "64-bit sequence numbers"));
  }

  private static SchemaNode policy() {
    return list(
        "policy",
        "Proposals and perfect forward secrecy",
        ValueTypes.name(),
        leaf("description", "Text for the reader", ValueTypes.text()),
        leafList("proposals", "IPsec proposals, best first", ValueTypes.name()),
        container(
            "perfect-forward-secrecy",
            "A key exchange of its own for each rekey",
            leaf("keys", "Diffie-Hellman group", SecurityIkeSchema.DH_GROUP)));
  }

  private static SchemaNode vpn() {
    return list(
        "vpn",
        "A tunnel",
        ValueTypes.name(),
        leaf("bind-interface", "Its tunnel interface", ValueTypes.interfaceName()),
        leaf("df-bit", "DF bit of the outer IPv4 header", DF_BIT),
        leaf("establish-tunnels", "When it comes up", ESTABLISH),
        trafficSelector(),
        MonitorBinder.monitor(),
        container(
            "ike",
            "Keyed by IKE",
            leaf("gateway", "Its IKE gateway", ValueTypes.name()),
            leaf("ipsec-policy", "Its IPsec policy", ValueTypes.name()),
            container(
                "proxy-identity",
                "What its child SA may carry, as a policy-based peer says it",
                leaf("local", "Prefix on our side", ValueTypes.prefix()),
                leaf("remote", "Prefix on the peer's side", ValueTypes.prefix()),
                leaf("service", "Of which service", ValueTypes.oneOf("any"))),
            leaf("anti-replay-window-size", "In packets", REPLAY_WINDOW),
            flag("no-anti-replay", "No replay protection")));
  }

  private static SchemaNode trafficSelector() {
    List<SchemaNode> members = new ArrayList<>(selectorTerm());
    members.add(
        list(
            "term",
            "Prefixes, protocol and ports of several",
            ValueTypes.name(),
            selectorTerm().toArray(SchemaNode[]::new)));
    members.add(leaf("metric", "Of the route to the remote prefix", ROUTE_NUMBER));
    members.add(leaf("preference", "Of the route to the remote prefix", ROUTE_NUMBER));
    members.add(leaf("description", "Text for the reader", ValueTypes.text()));
    return list(
        "traffic-selector",
        "What a child SA of its own may carry",
        ValueTypes.name(),
        members.toArray(SchemaNode[]::new));
  }

  private static List<SchemaNode> selectorTerm() {
    return List.of(
        leaf("local-ip", "Prefix on our side", ValueTypes.prefix()),
        leaf("remote-ip", "Prefix on the peer's side", ValueTypes.prefix()),
        leaf("protocol", "IP protocol", SelectorWords.PROTOCOL),
        leaf("source-port", "Port or ports on our side", SelectorWords.PORTS),
        leaf("destination-port", "Port or ports on the peer's side", SelectorWords.PORTS));
  }
}
