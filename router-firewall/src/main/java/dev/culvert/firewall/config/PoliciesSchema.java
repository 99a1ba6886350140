package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.joinedList;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.leafList;
import static dev.culvert.core.config.SchemaNode.list;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import java.util.ArrayList;
import java.util.List;

/** {@code security policies}: what may be written there. */
final class PoliciesSchema {
  static final ValueType<Integer> MSS = ValueTypes.integer(64, 65_535);
  static final ValueType<String> DEFAULT_ACTION = ValueTypes.oneOf("permit-all", "deny-all");

  private static final String NO_USERS = "users and devices are not known, only addresses";
  private static final String NO_INSPECTION = "what packets carry is not looked into";

  private PoliciesSchema() {}

  static SchemaNode schema() {
    return container(
            "policies",
            "What may pass between zones",
            joinedList(
                "from-zone",
                "Zone that sessions come from",
                FirewallValues.NAMES,
                list("to-zone", "Zone that sessions go to", FirewallValues.NAMES, policy(false))),
            container("global", "Policies of any zones", policy(true)),
            container(
                    "default-policy",
                    "What becomes of sessions that no policy matches",
                    leaf("", "What is done", DEFAULT_ACTION))
                .refusing("the log has one profile", "log-profile"),
            container(
                "policy-rematch",
                "Look at sessions again when policies change",
                flag("extensive", "Sessions move to the policy that matches them")))
        .refusing("every policy is counted always", "policy-stats")
        .refusing("there is no proxy", "explicit-proxy", "default-http-mux-policy")
        .refusing(
            "there is no application identification", "pre-id-default-policy", "unified-policy")
        .refusing("policies stand between zones", "stateful-firewall-rule")
        .refusing("policies stand between zones", "stateful-firewall-rule-set")
        .refusing("answers are kept as long as they say", "dns-cache")
        .refusing(
            "policies change in one transaction",
            "lookup-intact-on-commit",
            "file-serialization",
            "no-file-serialization");
  }

  private static SchemaNode.Keyed policy(boolean global) {
    return list(
            "policy",
            "A policy",
            FirewallValues.NAMES,
            leaf("description", "Text for people", FirewallValues.DESCRIPTION),
            match(global),
            then(),
            leaf("scheduler-name", "When it holds", FirewallValues.NAMES))
        .refusing("there are no reports", "report-skip");
  }

  private static SchemaNode match(boolean global) {
    List<SchemaNode> members = new ArrayList<>();
    members.add(leafList("source-address", "Where sessions come from", FirewallValues.NAMES));
    members.add(leafList("destination-address", "Where sessions go to", FirewallValues.NAMES));
    members.add(flag("source-address-excluded", "All but the source addresses"));
    members.add(flag("destination-address-excluded", "All but the destination addresses"));
    members.add(leafList("application", "What sessions carry", FirewallValues.NAMES));
    if (global) {
      members.add(leafList("from-zone", "Zones that sessions come from", FirewallValues.NAMES));
      members.add(leafList("to-zone", "Zones that sessions go to", FirewallValues.NAMES));
    }
    SchemaNode.Container match =
        container("match", "What it is for", members.toArray(SchemaNode[]::new))
            .refusing(
                NO_USERS,
                "source-identity",
                "source-identity-feed",
                "destination-identity-feed",
                "destination-identity-context",
                "destination-identity-context-profile",
                "source-end-user-profile")
            .refusing(NO_INSPECTION, "dynamic-application", "url-category")
            .refusing(
                "there are no L3VPNs", "source-l3vpn-vrf-group", "destination-l3vpn-vrf-group");
    return global
        ? match
        : match.refusing("the policy stands between two zones already", "from-zone", "to-zone");
  }

  private static SchemaNode then() {
    return container(
        "then",
        "What is done",
        flag("deny", "Drop it silently"),
        container("reject", "Drop it and say so")
            .refusing(NO_INSPECTION, "profile")
            .refusing("there is no proxy", "ssl-proxy"),
        permit(),
        container(
                "log",
                "Write sessions to the log",
                flag("session-init", "When they begin"),
                flag("session-close", "When they end"))
            .refusing("sessions are logged when they begin and end", "session-update", "sfw")
            .refusing("the log has one profile", "profile"),
        flag("count", "Count sessions, packets and octets"));
  }

  private static SchemaNode permit() {
    return container(
            "permit",
            "Let it pass",
            container(
                    "tcp-options",
                    "TCP sessions",
                    flag("syn-check-required", "They begin with a SYN"),
                    flag("sequence-check-required", "Segments lie in the window"),
                    leaf("initial-tcp-mss", "Most the MSS may be towards the server", MSS),
                    leaf("reverse-tcp-mss", "Most the MSS may be towards the client", MSS))
                .refusing("windows are followed always", "window-scale"))
        .refusing("a VPN is bound to an st0 interface; a route leads into it", "tunnel")
        .refusing(NO_USERS, "firewall-authentication")
        .refusing(NO_INSPECTION, "application-services", "tunnel-inspection")
        .refusing(
            "a policy does not ask whether NAT has changed the destination", "destination-address")
        .refusing("there is no hardware to offload to", "services-offload", "no-services-offload")
        .refusing(
            "there is no table of connections beside the sessions", "advanced-connection-tracking");
  }
}
