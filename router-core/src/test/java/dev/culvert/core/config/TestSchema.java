package dev.culvert.core.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.joinedList;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.leafList;
import static dev.culvert.core.config.SchemaNode.list;
import static dev.culvert.core.config.SchemaNode.oneLineContainer;
import static dev.culvert.core.config.SchemaNode.oneLineList;
import static dev.culvert.core.config.SchemaNode.secret;
import static dev.culvert.core.config.ValueTypes.address;
import static dev.culvert.core.config.ValueTypes.integer;
import static dev.culvert.core.config.ValueTypes.interfaceAddress;
import static dev.culvert.core.config.ValueTypes.interfaceName;
import static dev.culvert.core.config.ValueTypes.name;
import static dev.culvert.core.config.ValueTypes.number;
import static dev.culvert.core.config.ValueTypes.oneOf;
import static dev.culvert.core.config.ValueTypes.physicalInterface;
import static dev.culvert.core.config.ValueTypes.prefix;
import static dev.culvert.core.config.ValueTypes.routerId;
import static dev.culvert.core.config.ValueTypes.text;

import dev.culvert.core.liveness.LivenessSchema;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.policy.PolicyOptionsSection;

/** A branch router's statements, in the shapes the modules' own schemas have. */
public final class TestSchema {
  /** Without groups. */
  static final SchemaNode.Container STATEMENTS =
      container(
          "",
          "Configuration",
          container("system", "System", leaf("host-name", "Name of this router", name())),
          interfaces(),
          routingOptions(),
          container("protocols", "Routing protocols", ospf(), bgp()),
          security(),
          new PolicyOptionsSection().schema());

  public static final SchemaNode.Container ROOT = GroupsSchema.around(STATEMENTS);

  private TestSchema() {}

  private static SchemaNode interfaces() {
    return container(
        "interfaces",
        "Interfaces",
        list(
            "",
            "A physical interface",
            physicalInterface(),
            leaf("description", "Text", text()),
            list(
                "unit",
                "A logical interface",
                integer(0, 16385),
                leaf("description", "Text", text()),
                leaf("vlan-id", "VLAN", integer(1, 4094)),
                container(
                    "family",
                    "Protocol family",
                    container(
                        "inet",
                        "IPv4",
                        leaf("mtu", "MTU", integer(576, 9192)),
                        list("address", "Address", interfaceAddress(AddressFamily.INET)))))));
  }

  private static SchemaNode routingOptions() {
    return container(
        "routing-options",
        "Protocol-independent routing",
        leaf("router-id", "Router id", routerId()),
        leaf("autonomous-system", "AS number", number(1, 4294967295L)),
        container(
            "static",
            "Static routes",
            oneLineList(
                "route",
                "A static route",
                prefix(),
                leafList("next-hop", "Next hops", text()),
                list(
                    "qualified-next-hop",
                    "A next hop with a preference of its own",
                    text(),
                    leaf("preference", "Preference", number(0, 4294967295L))),
                flag("discard", "Drop silently"),
                leaf("preference", "Preference", number(0, 4294967295L)),
                leaf("tag", "Tag", number(0, 4294967295L)))));
  }

  private static SchemaNode ospf() {
    return container(
        "ospf",
        "OSPFv2",
        leafList("export", "Export policies", name()),
        leaf("preference", "Preference", number(0, 4294967295L)),
        list(
            "area",
            "An area",
            areaId(),
            list(
                "interface",
                "An interface in the area",
                interfaceName(),
                leaf("interface-type", "Type", oneOf("p2p", "broadcast")),
                leaf("metric", "Output cost", integer(1, 65535)),
                leaf("hello-interval", "Seconds", integer(1, 255)),
                leaf("dead-interval", "Seconds", integer(1, 65535)),
                flag("passive", "Form no adjacency"),
                container(
                    "authentication",
                    "Authentication",
                    secret("simple-password", "Password", SecretType.text(16)),
                    oneLineList(
                        "md5",
                        "A key",
                        integer(0, 255),
                        secret("key", "The key", SecretType.text(16)))),
                LivenessSchema.schema())));
  }

  private static ValueType<Ipv4Address> areaId() {
    return ValueTypes.of(
        "<area-id>",
        "an area id",
        word -> Ipv4Address.parse(word.matches("[0-9]{1,3}") ? "0.0.0." + word : word));
  }

  private static SchemaNode bgp() {
    return container(
        "bgp",
        "BGP-4",
        list(
            "group",
            "Neighbors of one kind",
            name(),
            leaf("type", "Kind", oneOf("internal", "external")),
            leaf("peer-as", "AS number", number(1, 4294967295L)),
            leaf("local-address", "Our end", address()),
            leafList("import", "Import policies", name()),
            leafList("export", "Export policies", name()),
            list(
                "neighbor",
                "A neighbor",
                address(),
                leaf("hold-time", "Seconds", integer(3, 65535)),
                leaf("peer-as", "AS number", number(1, 4294967295L)),
                secret("authentication-key", "TCP-MD5 key", SecretType.text(80)))));
  }

  private static SchemaNode policies() {
    return container(
        "policies",
        "Policies",
        joinedList(
            "from-zone",
            "Where packets come from",
            name(),
            list(
                "to-zone",
                "Where packets go to",
                name(),
                list(
                    "policy",
                    "A policy",
                    name(),
                    leafList("source-address", "Addresses", name()),
                    container(
                            "permit",
                            "Let pass",
                            container("tcp-options", "TCP", flag("syn-check-required", "SYN")))
                        .refusing("VPNs are bound to st0 interfaces", "tunnel")))),
        container(
            "default-policy", "Where none matches", leaf("", "Action", oneOf("permit", "deny"))));
  }

  private static SchemaNode security() {
    return container(
        "security",
        "Tunnels",
        nat(),
        policies(),
        list(
            "address-book",
            "Addresses by name",
            name(),
            list(
                "address",
                "An address",
                name(),
                leaf("description", "Text", text()),
                leaf("", "Prefix", prefix()),
                list(
                    "range-address",
                    "First address",
                    address(),
                    container("to", "To", leaf("", "Last address", address()))))),
        container(
            "ike",
            "IKE",
            list(
                "proposal",
                "A proposal",
                name(),
                leaf("authentication-method", "Method", oneOf("pre-shared-keys")),
                leaf("dh-group", "Group", oneOf("group14", "group19", "group20", "group31")),
                leaf("encryption-algorithm", "Cipher", oneOf("aes-128-gcm", "aes-256-gcm")),
                leaf("lifetime-seconds", "Lifetime", integer(180, 86400))),
            list(
                "policy",
                "A policy",
                name(),
                leafList("proposals", "Proposals", name()),
                container(
                    "pre-shared-key",
                    "The key",
                    secret("ascii-text", "As text", SecretType.text(255)))),
            list(
                "gateway",
                "A peer",
                name(),
                leaf("ike-policy", "Policy", name()),
                leaf("address", "Address", address()),
                leaf("external-interface", "Interface", interfaceName()),
                container(
                    "dead-peer-detection",
                    "Liveness of the peer",
                    flag("always-send", "Whatever the traffic"),
                    leaf("interval", "Seconds", integer(2, 60)),
                    leaf("threshold", "Misses", integer(1, 5))),
                leaf("version", "Version", oneOf("v2-only")))),
        container(
            "ipsec",
            "IPsec",
            list(
                "vpn",
                "A tunnel",
                name(),
                leaf("bind-interface", "Tunnel interface", interfaceName()),
                container("ike", "Its peer", leaf("gateway", "Gateway", name())),
                leaf(
                    "establish-tunnels",
                    "When",
                    oneOf("immediately", "on-traffic", "responder-only")))));
  }

  private static SchemaNode nat() {
    return container(
        "nat",
        "Translation",
        list(
                "pool",
                "A pool",
                name(),
                oneLineList("address", "Addresses", prefix(), to("Last one", prefix())),
                oneLineContainer(
                        "range", "Ports", leaf("", "First one", integer(1024, 65535)), portsTo())
                    .refusing("ports are not paired", "twin-port"))
            .refusing("pools are not shared", "address-pooling", "address-shared"),
        list(
            "rule",
            "A rule",
            name(),
            oneLineContainer(
                "prefix",
                "Address inside",
                leaf("", "Prefix", prefix()),
                oneLineContainer(
                    "mapped-port",
                    "Port inside",
                    leaf("", "First one", integer(1, 65535)),
                    portsTo()),
                leaf("routing-instance", "Instance", name()))));
  }

  private static SchemaNode portsTo() {
    return to("Last one", integer(1, 65535));
  }

  private static SchemaNode to(String help, ValueType<?> type) {
    return oneLineContainer("to", "Upper end", leaf("", help, type));
  }
}
