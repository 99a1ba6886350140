package dev.culvert.engine.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;

/**
 * Notes each word that Junos 24.4 lacks on the SRX: it does what it says here, and a Junos router
 * refuses the configuration it is carried to. Not noted are the services of the router itself.
 */
final class BeyondJunos {
  private BeyondJunos() {}

  static void note(ConfigTree tree, Diagnostics diagnostics) {
    tree.root().children().forEach(child -> note(child, child.keyword(), diagnostics));
  }

  private static void note(ConfigNode node, String keywords, Diagnostics diagnostics) {
    if (node.inactive()) {
      return;
    }
    String value = node.words().isEmpty() ? "" : node.words().getFirst();
    if (junosLacks(keywords, value)) {
      String words = value.isEmpty() ? node.keyword() : node.keyword() + " " + value;
      diagnostics.note(node, "'" + words + "' is Culvert's own: Junos 24.4 does not have it");
    }
    for (ConfigNode child : node.children()) {
      note(child, keywords + " " + child.keyword(), diagnostics);
    }
  }

  /** By the statement's keywords from the top, without any keys, and its value if it has one. */
  private static boolean junosLacks(String keywords, String value) {
    return switch (keywords) {
      // An interface has no keyword of its own.
      case "interfaces  linux-device",
          "security ike proposal prf",
          "security ike gateway force-udp-encapsulation",
          "security ipsec queues",
          "security ipsec proposal lifetime-packets",
          "protocols ospf area interface mtu" ->
          true;
      case "protocols rip authentication-type",
          "protocols rip group neighbor authentication-type" ->
          value.startsWith("hmac-");
      case "security ike proposal dh-group", "security ipsec policy perfect-forward-secrecy keys" ->
          value.equals("group31");
      case "protocols ospf area interface interface-type" -> value.equals("broadcast");
      // Junos' ttl is 1, or 255 for the generalized TTL mechanism.
      case "protocols bgp ttl", "protocols bgp group ttl", "protocols bgp group neighbor ttl" ->
          !value.equals("1") && !value.equals("255");
      default -> false;
    };
  }
}
