package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.list;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;

/** {@code security screen}: what may be written there. */
final class ScreenSchema {
  static final ValueType<String> NAME = ValueTypes.name();
  static final ValueType<String> TEXT = FirewallValues.DESCRIPTION;

  /** Packets or sessions a second, or sessions at a time. */
  static final ValueType<Integer> THRESHOLD = ValueTypes.integer(1, 1_000_000);

  static final ValueType<Integer> MICROSECONDS = ValueTypes.integer(1000, 1_000_000);
  static final ValueType<Integer> SESSIONS = ValueTypes.integer(1, 50_000_000);
  static final ValueType<Integer> QUEUE_SIZE = ValueTypes.integer(200, 20_000);
  static final ValueType<Integer> TIMEOUT = ValueTypes.integer(1, 50);

  private static final String NO_PROXY = "connections are not answered on behalf of a server";
  private static final String NO_WHITE_LIST = "a screen holds for every address";
  private static final String EXTENSION_HEADERS = "IPv6 extension headers are not looked into";

  private ScreenSchema() {}

  static SchemaNode schema() {
    return container(
            "screen",
            "What is dropped before anything else looks at it",
            list(
                    "ids-option",
                    "A screen",
                    NAME,
                    leaf("description", "Text for the reader", TEXT),
                    flag("alarm-without-drop", "Count and log, and let pass"),
                    icmp(),
                    ip(),
                    tcp(),
                    udp(),
                    limitSession())
                .refusing("a screen looks at what comes in", "match-direction")
                .refusing("thresholds are of single addresses", "aggregation"))
        .refusing("counters are read, not sent", "trap")
        .refusing(NO_WHITE_LIST, "white-list");
  }

  private static SchemaNode icmp() {
    return container(
            "icmp",
            "ICMP",
            container(
                "ip-sweep",
                "One source that asks many addresses",
                leaf("threshold", "Microseconds in which ten may be asked", MICROSECONDS)),
            flag("fragment", "ICMP in fragments"),
            flag("large", "ICMP of more than 1,024 octets"),
            container(
                "flood",
                "Much ICMP to one destination",
                leaf("threshold", "Packets a second", THRESHOLD)),
            flag("ping-death", "Fragments that make more than 65,535 octets"))
        .refusing(
            "connection tracking drops ICMPv6 that it cannot read as belonging to no session",
            "icmpv6-malformed");
  }

  private static SchemaNode ip() {
    return container(
            "ip",
            "IP",
            flag("bad-option", "Options of a wrong form"),
            flag("record-route-option", "Record route"),
            flag("timestamp-option", "Internet timestamp"),
            flag("security-option", "Security"),
            flag("stream-option", "Stream identifier"),
            flag("spoofing", "A source that is routed by another interface"),
            flag("source-route-option", "Loose or strict source route"),
            flag("loose-source-route-option", "Loose source route"),
            flag("strict-source-route-option", "Strict source route"),
            flag("unknown-protocol", "Protocol numbers that nobody has: 143 and more"),
            container("block-frag", "Any fragment").refusing(NO_WHITE_LIST, "white-list"),
            flag("tear-drop", "Fragments that overlap"))
        .refusing(
            EXTENSION_HEADERS,
            "ipv6-extension-header",
            "ipv6-extension-header-limit",
            "ipv6-malformed-header")
        .refusing("what is inside another packet is not looked into", "tunnel");
  }

  private static SchemaNode tcp() {
    return container(
            "tcp",
            "TCP",
            flag("syn-fin", "SYN together with FIN"),
            flag("fin-no-ack", "FIN without ACK"),
            flag("tcp-no-flag", "No flag at all"),
            flag("syn-frag", "SYN in fragments"),
            container(
                "port-scan",
                "One source that tries many ports",
                leaf("threshold", "Microseconds in which ten may be tried", MICROSECONDS)),
            container(
                    "syn-flood",
                    "Many connections that are never finished",
                    leaf("alarm-threshold", "Unfinished a second that are logged", THRESHOLD),
                    leaf("attack-threshold", "Unfinished a second that pass", THRESHOLD),
                    leaf("source-threshold", "SYNs a second of one source", THRESHOLD),
                    leaf("destination-threshold", "SYNs a second to one address", THRESHOLD),
                    leaf("queue-size", "Unfinished connections at a time", QUEUE_SIZE),
                    leaf("timeout", "Seconds until an unfinished one is given up", TIMEOUT))
                .refusing(NO_WHITE_LIST, "white-list"),
            flag("land", "Source and destination are the same"),
            flag("winnuke", "Urgent data to port 139"))
        .refusing(NO_PROXY, "syn-defense", "syn-ack-ack-proxy")
        .refusing("icmp ip-sweep and tcp port-scan are what is counted of a source", "tcp-sweep");
  }

  private static SchemaNode udp() {
    return container(
            "udp",
            "UDP",
            container(
                    "flood",
                    "Much UDP to one destination",
                    leaf("threshold", "Packets a second", THRESHOLD))
                .refusing(NO_WHITE_LIST, "white-list"))
        .refusing(
            "icmp ip-sweep and tcp port-scan are what is counted of a source",
            "udp-sweep",
            "port-scan");
  }

  private static SchemaNode limitSession() {
    return container(
            "limit-session",
            "Sessions at a time",
            leaf("source-ip-based", "Of one source", SESSIONS),
            leaf("destination-ip-based", "To one destination", SESSIONS))
        .refusing("write source-ip-based or destination-ip-based", "by-source", "by-destination");
  }
}
