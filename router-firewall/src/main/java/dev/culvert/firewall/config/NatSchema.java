package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.leafList;
import static dev.culvert.core.config.SchemaNode.list;
import static dev.culvert.core.config.SchemaNode.oneLineContainer;
import static dev.culvert.core.config.SchemaNode.oneLineList;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import java.util.List;

/** {@code security nat}: what may be written there. */
final class NatSchema {
  static final ValueType<String> NAME = ValueTypes.name();

  /** Of addresses and applications. */
  static final ValueType<String> NAMED = FirewallValues.NAMES;

  static final ValueType<String> TEXT = FirewallValues.DESCRIPTION;
  static final ValueType<InterfaceName> INTERFACE = ValueTypes.interfaceName();
  static final ValueType<IpPrefix> ADDRESSES = FirewallValues.PREFIX;
  static final ValueType<IpPrefix> HOST = NatValueTypes.host();
  static final ValueType<Integer> PORT = ValueTypes.integer(1, 65_535);
  static final ValueType<Integer> POOL_PORT = ValueTypes.integer(1024, 65_535);
  static final ValueType<Integer> PROTOCOL = ServiceWords.PROTOCOL;
  static final ValueType<String> INSTANCE = NatValueTypes.instance();

  private static final String CARRIER_GRADE = "carrier-grade NAT is not supported";
  private static final String PORTS_OF_KERNEL =
      "which free port a source is given is the kernel's choice";
  private static final String ALARMS = "alarms of NAT are not supported; look at the metrics";
  private static final String ONE_INSTANCE = "there is one routing instance, 'default'";
  private static final String STATEFUL =
      "mappings belong to their session: nothing else may come in by them";
  private static final String FAMILIES = "the kernel does not translate between IPv4 and IPv6";
  private static final String ONE_DIRECTION = "what comes from where is said by 'from'";

  private NatSchema() {}

  static SchemaNode schema() {
    return container(
            "nat",
            "Network address translation",
            source(),
            destination(),
            statics(),
            proxy("proxy-arp", "Addresses that ARP is answered for"),
            proxy("proxy-ndp", "Addresses that neighbor solicitations are answered for"),
            flag("allow-overlapping-pools", "An address may be in several pools"))
        .refusing("multicast is not routed", "ipv6-multicast-interfaces")
        .refusing(CARRIER_GRADE, "port-forwarding");
  }

  private static SchemaNode source() {
    return container(
            "source",
            "Source NAT",
            sourcePool(),
            flag("address-persistent", "A source keeps its address from session to session"),
            oneLineContainer(
                "pool-default-port-range",
                "Ports of pools that name none",
                leaf("", "Lowest port", POOL_PORT),
                to("Highest port", POOL_PORT)),
            list(
                "rule-set",
                "Rules for what goes from one place to another",
                NAME,
                leaf("description", "Text for the reader", TEXT),
                scope("from", "Where the packet comes from"),
                scope("to", "Where the packet goes to"),
                list(
                        "rule",
                        "A rule; the first that matches counts",
                        NAME,
                        leaf("description", "Text for the reader", TEXT),
                        container(
                            "match",
                            "What the rule holds for",
                            leafList("source-address", "Source address", ADDRESSES),
                            leafList("source-address-name", "Name of an address book", NAMED),
                            ports("source-port", "Source port"),
                            leafList("destination-address", "Destination address", ADDRESSES),
                            leafList("destination-address-name", "Name of an address book", NAMED),
                            ports("destination-port", "Destination port"),
                            leafList("protocol", "IP protocol", PROTOCOL),
                            leafList("application", "Application", NAMED)),
                        container("then", "What is done", sourceAction())
                            .refusing("sessions are logged by policies", "syslog"))
                    .refusing(ONE_DIRECTION, "match-direction")))
        .refusing(
            CARRIER_GRADE,
            "allow-distinct-port-pools",
            "session-persistence-scan",
            "session-drop-hold-down",
            "subscriber-extension",
            "subscriber-pool-utilization-alarm",
            "port-scaling-enlargement",
            "pool-distribution",
            "pool-default-twin-port-range",
            "radius-accounting")
        .refusing(ALARMS, "pool-utilization-alarm", "port-overloading-usage-alarm")
        .refusing(STATEFUL, "persistent-nat")
        .refusing(PORTS_OF_KERNEL, "port-randomization", "port-round-robin")
        .refusing(
            "the kernel gives a port again only where the destination differs, and cannot be told"
                + " not to",
            "interface");
  }

  private static SchemaNode sourcePool() {
    return list(
            "pool",
            "Addresses that sources are given",
            NAME,
            leaf("description", "Text for the reader", TEXT),
            range("address", "Address or prefix", ADDRESSES),
            only("address-name", "Name of an address book", NAMED),
            only("host-address-base", "Source that is given the first address", HOST),
            container(
                    "port",
                    "Source ports",
                    flag("no-translation", "Ports stay as they are"),
                    oneLineContainer(
                            "range",
                            "Ports that sources are given",
                            leaf("", "Lowest port", POOL_PORT),
                            to("Highest port", POOL_PORT))
                        .refusing(PORTS_OF_KERNEL, "random-allocation", "round-robin")
                        .refusing(CARRIER_GRADE, "twin-port"))
                .refusing(PORTS_OF_KERNEL, "automatic", "preserve-parity", "preserve-range")
                .refusing(
                    "the kernel gives a port again only where the destination differs, and how"
                        + " often is not limited",
                    "port-overloading-factor",
                    "enhanced-port-overloading-algorithm")
                .refusing(ALARMS, "port-overloading-usage-alarm")
                .refusing(CARRIER_GRADE, "block-allocation", "deterministic"),
            oneLineContainer(
                "overflow-pool",
                "What is used when the pool is used up",
                leaf("", "Another pool", NAME),
                flag("interface", "The address of the interface")),
            container(
                    "address-pooling",
                    "Whether a source keeps its address",
                    flag("paired", "From session to session"))
                .refusing(
                    "it is what a pool does without 'paired' and 'address-persistent'",
                    "no-paired"))
        .refusing(ONE_INSTANCE, "routing-instance")
        .refusing(
            "it is for subscribers of carrier-grade NAT; say security nat source"
                + " address-persistent",
            "address-persistent")
        .refusing(
            CARRIER_GRADE,
            "burst-pool",
            "subscriber-pool-utilization-alarm",
            "limit-ports-per-host",
            "allocation-domain",
            "mape-domain")
        .refusing(
            "the address of a pool without 'port no-translation' is shared anyhow",
            "address-shared")
        .refusing(ALARMS, "pool-utilization-alarm")
        .refusing(STATEFUL, "ei-mapping-timeout", "mapping-timeout");
  }

  private static SchemaNode sourceAction() {
    return container(
            "source-nat",
            "Source NAT",
            flag("off", "Leave the source as it is"),
            oneLineContainer("pool", "An address of a pool", leaf("", "Name of the pool", NAME))
                .refusing(STATEFUL, "persistent-nat"),
            container("interface", "The address of the interface by which the packet leaves")
                .refusing(STATEFUL, "persistent-nat"))
        .refusing(FAMILIES, "clat-prefix", "clat-ipv6-prefix-length")
        .refusing(ALARMS, "rule-session-count-alarm")
        .refusing(STATEFUL, "mapping-type", "secure-nat-mapping", "filtering-type");
  }

  private static SchemaNode destination() {
    return container(
            "destination",
            "Destination NAT",
            list(
                    "pool",
                    "Where destinations are led",
                    NAME,
                    leaf("description", "Text for the reader", TEXT),
                    oneLineContainer(
                        "address",
                        "Address, prefix or range",
                        leaf("", "Address or prefix", ADDRESSES),
                        leaf("port", "Port", PORT),
                        to("Last address", HOST)),
                    oneLineContainer(
                        "address-name",
                        "Name of an address book",
                        leaf("", "The name", NAMED),
                        leaf("port", "Port", PORT)))
                .refusing(ONE_INSTANCE, "routing-instance")
                .refusing("sessions stay as they began anyhow", "session-retain"),
            list(
                "rule-set",
                "Rules for what comes from one place",
                NAME,
                leaf("description", "Text for the reader", TEXT),
                scope("from", "Where the packet comes from"),
                list(
                        "rule",
                        "A rule; the first that matches counts",
                        NAME,
                        leaf("description", "Text for the reader", TEXT),
                        container(
                            "match",
                            "What the rule holds for",
                            leafList("source-address", "Source address", ADDRESSES),
                            leafList("source-address-name", "Name of an address book", NAMED),
                            destinationAddress(),
                            only("destination-address-name", "Name of an address book", NAMED),
                            ports("destination-port", "Destination port"),
                            leafList("protocol", "IP protocol", PROTOCOL),
                            leafList("application", "Application", NAMED)),
                        container(
                                "then",
                                "What is done",
                                container(
                                        "destination-nat",
                                        "Destination NAT",
                                        flag("off", "Leave the destination as it is"),
                                        only("pool", "Lead to a pool", NAME))
                                    .refusing(FAMILIES, "destination-prefix", "xlat-source-rule")
                                    .refusing(CARRIER_GRADE, "port-forwarding-mappings")
                                    .refusing(ALARMS, "rule-session-count-alarm"))
                            .refusing("sessions are logged by policies", "syslog"))
                    .refusing(ONE_DIRECTION, "match-direction")))
        .refusing(CARRIER_GRADE, "port-forwarding");
  }

  private static SchemaNode statics() {
    return container(
        "static",
        "Static NAT",
        list(
            "rule-set",
            "Rules for what comes from one place",
            NAME,
            leaf("description", "Text for the reader", TEXT),
            scope("from", "Where the packet comes from"),
            list(
                    "rule",
                    "A rule",
                    NAME,
                    leaf("description", "Text for the reader", TEXT),
                    container(
                            "match",
                            "What the rule holds for",
                            leafList("source-address", "Address on the far side", ADDRESSES),
                            leafList("source-address-name", "Name of an address book", NAMED),
                            destinationAddress(),
                            only("destination-address-name", "Name of an address book", NAMED),
                            oneLineContainer(
                                "destination-port",
                                "Port or range",
                                leaf("", "Port", PORT),
                                to("Last port", PORT)))
                        .refusing(
                            "static NAT holds in both directions, whatever the port on the far"
                                + " side",
                            "source-port"),
                    container(
                        "then",
                        "What is done",
                        container(
                                "static-nat",
                                "Static NAT",
                                inside("prefix", "Inside address or prefix", ADDRESSES, true),
                                inside("prefix-name", "The same from an address book", NAMED, true),
                                inside("nptv6-prefix", "RFC 6296: inside prefix", ADDRESSES, false),
                                inside(
                                    "nptv6-prefix-name",
                                    "The same from an address book",
                                    NAMED,
                                    false))
                            .refusing(FAMILIES, "inet")
                            .refusing(ALARMS, "rule-session-count-alarm")))
                .refusing(ONE_DIRECTION, "match-direction")));
  }

  private static SchemaNode inside(
      String keyword, String help, ValueType<?> type, boolean withPorts) {
    SchemaNode address = leaf("", help, type);
    SchemaNode ports =
        oneLineContainer(
            "mapped-port", "Inside port or range", leaf("", "Port", PORT), to("Last port", PORT));
    List<SchemaNode> members = withPorts ? List.of(address, ports) : List.of(address);
    return oneLineContainer(keyword, help, members.toArray(SchemaNode[]::new))
        .refusing(ONE_INSTANCE, "routing-instance");
  }

  private static SchemaNode destinationAddress() {
    return oneLineContainer(
            "destination-address", "Destination address", leaf("", "Prefix", ADDRESSES))
        .refusing("write 0.0.0.0/0 or 0::/0", "any-unicast");
  }

  private static SchemaNode scope(String keyword, String help) {
    return container(
            keyword,
            help,
            leafList("zone", "Security zones", NAMED),
            leafList("interface", "Interfaces", INTERFACE),
            leafList("routing-instance", "The master instance, 'default'", INSTANCE))
        .refusing(ONE_INSTANCE, "routing-group");
  }

  private static SchemaNode proxy(String keyword, String help) {
    return container(
        keyword,
        help,
        list("interface", "On an interface", INTERFACE, range("address", "Address", ADDRESSES)));
  }

  private static SchemaNode ports(String keyword, String help) {
    return oneLineList(keyword, help, PORT, to("Last port", PORT));
  }

  private static SchemaNode range(String keyword, String help, ValueType<?> type) {
    return oneLineList(keyword, help, type, to("Last address", HOST));
  }

  private static SchemaNode to(String help, ValueType<?> type) {
    return only("to", help, type);
  }

  /** {@code keyword value;} or {@code keyword { value; }}. */
  private static SchemaNode.Container only(String keyword, String help, ValueType<?> type) {
    return oneLineContainer(keyword, help, leaf("", help, type));
  }
}
