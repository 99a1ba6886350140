package dev.culvert.lab.bench.policies;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.firewall.ruleset.Ruleset;

/**
 * So many policies, and the same as somebody would write them for nftables by hand: rule behind
 * rule. No two are alike, and only the last permits what is measured, so that a list has to be gone
 * through to its end.
 *
 * @param count at least 1, at most 65,536
 */
record PolicyList(int count) {
  /** Whoever asks is behind that device, and whoever is asked behind that one. */
  static final String IN = "eth0";

  static final String OUT = "eth1";

  /** Addresses that are asked. */
  static final String SERVERS = "10.2.0.0/16";

  static final int UDP_PORT = 5001;
  static final int TCP_PORT = 5201;

  private static String source(int i) {
    return "10.1." + i % 16 + ".0/24";
  }

  private static String destination(int i) {
    return "172.16." + (i >> 8) + "." + (i & 255);
  }

  private static int port(int i) {
    return 1000 + i % 50;
  }

  /** The router's configuration. */
  String configuration() {
    StringBuilder books = new StringBuilder();
    StringBuilder applications = new StringBuilder();
    StringBuilder policies = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      books.append("address net-%d %s;\n".formatted(i, source(i)));
    }
    for (int i = 0; i < 50; i++) {
      applications.append(
          "application tcp-%1$d { protocol tcp; destination-port %1$d; }\n".formatted(port(i)));
    }
    for (int i = 0; i < count - 1; i++) {
      books.append("address host-%d %s/32;\n".formatted(i, destination(i)));
      policies.append(policy(i, "net-" + i % 16, "host-" + i, "tcp-" + port(i)));
    }
    policies.append(policy(count - 1, "any", "servers", "[ measured-udp measured-tcp ]"));
    return """
    applications {
    %sapplication measured-udp { protocol udp; destination-port %d; }
    application measured-tcp { protocol tcp; destination-port %d; }
    }
    security {
        address-book { global {
    %saddress servers %s;
        } }
        policies { from-zone trust to-zone untrust {
    %s    } }
        zones {
            security-zone trust { interfaces { %s.0; } }
            security-zone untrust { interfaces { %s.0; } }
        }
    }
    """
        .formatted(applications, UDP_PORT, TCP_PORT, books, SERVERS, policies, IN, OUT);
  }

  private static String policy(int number, String source, String destination, String application) {
    return """
    policy p%d {
        match { source-address %s; destination-address %s; application %s; }
        then { permit; }
    }
    """
        .formatted(number, source, destination, application);
  }

  /**
   * The configuration, read.
   *
   * @throws IllegalStateException if it is in error
   */
  Ruleset ruleset() {
    Diagnostics diagnostics = new Diagnostics();
    Ruleset ruleset =
        RouterConfigReader.read("policies", configuration(), diagnostics).firewall().ruleset();
    if (diagnostics.hasErrors()) {
      throw new IllegalStateException(diagnostics.findings().toString());
    }
    return ruleset;
  }

  /** In the language of nft(8): it takes the place of a table of that name. */
  String plainList(String table) {
    StringBuilder rules = new StringBuilder();
    for (int i = 0; i < count - 1; i++) {
      rules.append(
          "ip saddr %s ip daddr %s tcp dport %d counter accept\n"
              .formatted(source(i), destination(i), port(i)));
    }
    return """
    table inet %1$s {}
    delete table inet %1$s
    table inet %1$s {
        chain forward {
            type filter hook forward priority 0; policy drop;
            ct state established,related accept
            ct state invalid drop
            iifname "%2$s" oifname "%3$s" jump outward
        }
        chain outward {
    %4$s        ip daddr %5$s meta l4proto { tcp, udp } th dport { %6$d, %7$d } counter accept
        }
    }
    """
        .formatted(table, IN, OUT, rules, SERVERS, UDP_PORT, TCP_PORT);
  }
}
