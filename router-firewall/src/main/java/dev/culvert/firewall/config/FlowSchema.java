package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;

/**
 * {@code security flow}: what may be written there, but for {@code tcp-mss ipsec-vpn}, which the
 * tunnels themselves see to.
 */
final class FlowSchema {
  static final ValueType<Integer> MSS = ValueTypes.integer(64, 65_535);
  static final ValueType<Integer> INITIAL_TIMEOUT = ValueTypes.integer(4, 300);
  static final ValueType<Integer> TIME_WAIT_TIMEOUT = ValueTypes.integer(2, 600);

  private static final String NO_PROXY = "connections are not answered on behalf of a server";
  private static final String KERNEL_FORWARDS = "the kernel forwards packets as it sees fit";
  private static final String FRAGMENTS =
      "connection tracking puts fragments together before it looks at them";

  private FlowSchema() {}

  static SchemaNode schema() {
    return container("flow", "How packets are treated", mss(), tcpSession(), allowDnsReply())
        .refusing("what is dropped leaves no session behind", "drop-flow")
        .refusing(
            "no session is given up early but where the kernel's table of them is full", "aging")
        .refusing(
            "a session follows its route at once",
            "route-change-timeout",
            "nh-resolve-timeout",
            "enable-reroute-uniform-link-check")
        .refusing(NO_PROXY, "syn-flood-protection-mode")
        .refusing("an ICMP error passes with the session that it is about", "allow-embedded-icmp")
        .refusing("multicast is not routed", "multicast-nh-resolve-retry", "mcast-buffer-enhance")
        .refusing(
            FRAGMENTS,
            "force-ip-reassembly",
            "preserve-incoming-fragment-size",
            "fragment-limit",
            "fragment-reassembly-timeout")
        .refusing("policies and screens count and log what they drop", "log", "packet-log")
        .refusing(
            KERNEL_FORWARDS,
            "advanced-options",
            "load-distribution",
            "power-mode-disable",
            "power-mode-ipsec",
            "pending-sess-queue-length",
            "enhanced-routing-mode",
            "strict-packet-order",
            "allow-reverse-ecmp",
            "no-local-favor-ecmp",
            "ipsec-performance-acceleration",
            "gre-performance-acceleration",
            "tunnel-info")
        .refusing(
            "there is no cluster whose members know each other's sessions",
            "sync-icmp-session",
            "high-availability")
        .refusing("what is not IP is not forwarded", "ethernet-switching");
  }

  private static SchemaNode mss() {
    return container(
        "tcp-mss",
        "TCP maximum segment size",
        container(
            "all-tcp",
            "Of every connection that is forwarded",
            leaf("mss", "At most that many octets", MSS)),
        container(
            "gre-in",
            "Of what comes out of a GRE tunnel",
            leaf("mss", "At most that many octets", MSS)),
        container(
            "gre-out",
            "Of what goes into a GRE tunnel",
            leaf("mss", "At most that many octets", MSS)));
  }

  private static SchemaNode tcpSession() {
    return container(
            "tcp-session",
            "TCP sessions",
            flag("rst-invalidate-session", "A session ends with its reset at once"),
            flag("fin-invalidate-session", "A session ends with its first FIN at once"),
            flag("rst-sequence-check", "A reset outside the window ends no session"),
            flag("no-syn-check", "A session may begin without a SYN"),
            flag("strict-syn-check", "A SYN that begins a session carries no data"),
            flag("no-syn-check-in-tunnel", "Likewise, of what comes by a tunnel"),
            flag("no-sequence-check", "Segments outside the window pass"),
            leaf("tcp-initial-timeout", "Seconds until it is established", INITIAL_TIMEOUT),
            container(
                    "time-wait-state",
                    "Sessions that have ended",
                    leaf("session-timeout", "Seconds in TIME-WAIT", TIME_WAIT_TIMEOUT))
                .refusing(
                    "the kernel has a timeout of its own for each state",
                    "session-ageout",
                    "apply-to-half-close-state"))
        .refusing(
            NO_PROXY, "aggressive-tcp-ack", "tcp-fast-open", "tcp-selective-ack", "maximum-window");
  }

  private static SchemaNode allowDnsReply() {
    return flag("allow-dns-reply", "DNS answers to no question are let in like any first packet");
  }
}
