package dev.culvert.daemon.command;

import java.util.Map;

/** What {@code ?} says beside a word that is not the last of a command. Junos' words. */
final class Help {
  private static final Map<String, String> OPTIONS =
      Map.ofEntries(
          Map.entry("active-path", "Show active paths"),
          Map.entry("best", "Show longest match"),
          Map.entry("brief", "Display brief output (default)"),
          Map.entry("compare", "Show the difference between two commits"),
          Map.entry("count", "Number of ping requests to send"),
          Map.entry("descriptions", "Display interface description strings"),
          Map.entry("detail", "Display detailed output"),
          Map.entry("do-not-fragment", "Don't fragment echo request packets"),
          Map.entry("exact", "Show exact match"),
          Map.entry("extensive", "Display extensive output"),
          Map.entry("hidden", "Show hidden routes"),
          Map.entry("index", "Display the security associations of one tunnel"),
          Map.entry("inet", "Force to IPv4 destination"),
          Map.entry("inet6", "Force to IPv6 destination"),
          Map.entry("interface", "Source interface"),
          Map.entry("interval", "Delay between ping requests, in seconds"),
          Map.entry("no-resolve", "Don't attempt to print addresses symbolically"),
          Map.entry("protocol", "Show routes learned from protocol"),
          Map.entry("size", "Size of request packets"),
          Map.entry("soft", "Ask for the routes again and keep the session"),
          Map.entry("source", "Source address of requests"),
          Map.entry("statistics", "Display statistics and detailed output"),
          Map.entry("table", "Show entries in particular routing table"),
          Map.entry("terse", "Display terse output"),
          Map.entry("ttl", "IP time-to-live value"),
          Map.entry("vpn", "Name of a VPN"),
          Map.entry("vpn-name", "Display the security associations of one VPN"),
          Map.entry("<gateway>", "Name of a gateway"),
          Map.entry("wait", "Time to wait for a response, in seconds"),
          Map.entry("<host>", "Hostname or IP address of remote host"),
          Map.entry("<index>", "Tunnel index"),
          Map.entry("<interface>", "Name of interface"),
          Map.entry("<peer>", "Address of neighbor"),
          Map.entry("<prefix>", "IP address and optional prefix length of destination"),
          Map.entry("<protocol>", "Name of protocol"),
          Map.entry("<table>", "Name of routing table"),
          Map.entry("<vpn>", "Name of a VPN"));

  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("clear", "Clear information in the system"),
          Map.entry("request", "Make system-level requests"),
          Map.entry("show", "Show system information"),
          Map.entry("test", "Perform diagnostic debugging"),
          Map.entry("advertising-protocol", "Information transmitted by a protocol"),
          Map.entry("bfd", "Bidirectional Forwarding Detection"),
          Map.entry("bgp", "Border Gateway Protocol"),
          Map.entry("ike", "Internet Key Exchange"),
          Map.entry("interfaces", "Interface information"),
          Map.entry("ipsec", "IP Security"),
          Map.entry("flow", "Sessions, and what becomes of them"),
          Map.entry("ipv6", "IP version 6 information"),
          Map.entry("nat", "Network Address Translation"),
          Map.entry("ospf", "Open Shortest Path First"),
          Map.entry("receive-protocol", "Information learned from a protocol"),
          Map.entry("rip", "Routing Information Protocol"),
          Map.entry("ripng", "Routing Information Protocol for IPv6"),
          Map.entry("route", "Routing table information"),
          Map.entry("screen", "Screens of zones"),
          Map.entry("security", "Security information"),
          Map.entry("services", "Tests of paths"),
          Map.entry("system", "System information"));

  private Help() {}

  /** Of an option or a placeholder; empty if there is nothing to say. */
  static String ofOption(String name) {
    return OPTIONS.getOrDefault(name, "");
  }

  /** Of a word in the middle of a command; empty if there is nothing to say. */
  static String ofWord(String word) {
    return WORDS.getOrDefault(word, "");
  }
}
