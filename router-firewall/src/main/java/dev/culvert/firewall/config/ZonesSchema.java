package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.list;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.SystemService;
import java.util.Arrays;
import java.util.stream.Stream;

/** {@code security zones}: what may be written there. */
final class ZonesSchema {
  static final String ALL = "all";
  static final String ANY_SERVICE = "any-service";

  /** The one there is, for the router's own management. */
  static final ValueType<String> FUNCTIONAL = ValueTypes.oneOf("management");

  static final ValueType<String> SERVICE =
      ValueTypes.oneOf(
          Stream.concat(
                  Stream.of(ALL, ANY_SERVICE),
                  Arrays.stream(SystemService.values()).map(SystemService::junosName))
              .toArray(String[]::new));
  static final ValueType<String> PROTOCOL =
      ValueTypes.oneOf(
          Stream.concat(
                  Stream.of(ALL), Arrays.stream(HostProtocol.values()).map(HostProtocol::junosName))
              .toArray(String[]::new));

  private ZonesSchema() {}

  static SchemaNode schema() {
    return container(
        "zones",
        "Where interfaces belong",
        list(
            "functional-zone",
            "Zones that forward nothing",
            FUNCTIONAL,
            description(),
            screen(),
            hostInbound(),
            interfaces()),
        list(
                "security-zone",
                "A security zone",
                FirewallValues.NAMES,
                description(),
                flag("tcp-rst", "Answer TCP that belongs to no session with a reset"),
                container(
                    "address-book",
                    "Addresses by name",
                    AddressBookSchema.ofZone().toArray(SchemaNode[]::new)),
                screen(),
                hostInbound(),
                interfaces())
            .refusing("there is no application identification", "application-tracking")
            .refusing("users are not known", "source-identity-log")
            .refusing(
                "routes are chosen by destination alone", "advance-policy-based-routing-profile")
            .refusing("screens have no exceptions", "white-list")
            .refusing(
                "Linux routes each packet of a session anew",
                "enable-reverse-reroute",
                "unidirectional-session-refreshing")
            .refusing(
                "there is no table of connections beside the sessions",
                "advanced-connection-tracking"));
  }

  private static SchemaNode description() {
    return leaf("description", "Text for people", FirewallValues.DESCRIPTION);
  }

  private static SchemaNode screen() {
    return leaf("screen", "What is dropped first of all", FirewallValues.NAMES);
  }

  private static SchemaNode interfaces() {
    return container(
        "interfaces",
        "Interfaces of the zone",
        list("", "An interface, or all", FirewallValues.INTERFACE_OR_ALL, hostInbound()));
  }

  private static SchemaNode hostInbound() {
    return container(
        "host-inbound-traffic",
        "What may reach the router itself",
        container(
            "system-services",
            "Services",
            list("", "A service", SERVICE, flag("except", "Not this one, where all are let in"))),
        container(
            "protocols",
            "Protocols",
            list(
                "", "A protocol", PROTOCOL, flag("except", "Not this one, where all are let in"))));
  }
}
