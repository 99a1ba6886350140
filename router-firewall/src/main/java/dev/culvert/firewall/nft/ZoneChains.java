package dev.culvert.firewall.nft;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What is forwarded: from zone to zone, by policies.
 *
 * <pre>
 * forward -- ct state --> accept established and related, drop invalid
 *    |
 *  iifname --> from/ZONE: is it the first of a connection?
 *                 |
 *              oifname --> pair/N
 *                             | jump: policies of the pair --> policy_N
 *                             | jump: global policies      --> policy_N
 *                             +--> default-policy
 * </pre>
 */
final class ZoneChains {
  static final String INVALID = "invalid";
  static final String NO_ZONE = "no-zone";
  private static final String MANAGEMENT = "management";
  private static final String DEFAULT_POLICY = "default-policy";
  private static final String STRICT_SYN = "strict-syn";
  private static final String SYN_CHECK = "syn-check";
  private static final String SYN_CHECK_RESET = "syn-check/reset";
  private static final int DNS = 53;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;

  /** The length of a TCP header, in words of four octets (RFC 9293 §3.1). */
  private static final int LEAST_TCP_WORDS = 5;

  private static final int MOST_TCP_WORDS = 15;

  private final Ruleset ruleset;
  private final TableWriter table;
  private final TreeWriter trees;
  private final PolicyChains policies;
  private final Map<List<List<Candidate>>, String> pairs = new HashMap<>();
  private int count;

  ZoneChains(Ruleset ruleset, TableWriter table, TreeWriter trees, PolicyChains policies) {
    this.ruleset = ruleset;
    this.table = table;
    this.trees = trees;
    this.policies = policies;
  }

  void write() {
    drops(INVALID, CounterNames.INVALID);
    drops(NO_ZONE, CounterNames.NO_ZONE);
    drops(MANAGEMENT, CounterNames.MANAGEMENT);
    defaultPolicy();
    if (ruleset.flow().synCheck()) {
      synCheck();
    }
    if (ruleset.flow().strictSynCheck()) {
      strictSyn();
    }
    String forward = table.baseChain("forward", "filter", "forward", 0, true);
    table.rule(forward, byState());
    for (Zone zone : ruleset.zones()) {
      if (zone.kind() == Zone.Kind.SECURITY) {
        from(zone);
      }
    }
    Interfaces.goByZone(table, forward, "iifname", ruleset, ZoneChains::fromName, NO_ZONE);
  }

  private void drops(String chain, String counter) {
    table.chain(chain);
    table.rule(chain, Nft.counter(table.counter(counter)), Nft.drop());
  }

  private void defaultPolicy() {
    table.chain(DEFAULT_POLICY);
    JsonObject counter = Nft.counter(table.counter(CounterNames.DEFAULT_POLICY));
    if (ruleset.policies().defaultPermit()) {
      table.rule(DEFAULT_POLICY, PolicyChains.hasBegun(Policy.DEFAULT_INDEX), Nft.accept());
      table.rule(DEFAULT_POLICY, counter, PolicyChains.mark(Policy.DEFAULT_INDEX), Nft.accept());
    } else {
      table.rule(DEFAULT_POLICY, counter, Nft.drop());
    }
  }

  /** What belongs to a session passes; what connection tracking cannot follow does not. */
  static JsonObject byState() {
    return Nft.vmap(
        Nft.ct("state"),
        List.of(
            Nft.entry(Nft.text("established"), Nft.accept()),
            Nft.entry(Nft.text("related"), Nft.accept()),
            Nft.entry(Nft.text("invalid"), Nft.goTo(INVALID))));
  }

  private static String fromName(Zone zone) {
    return zone.kind() == Zone.Kind.MANAGEMENT ? MANAGEMENT : "from/" + zone.name();
  }

  private void from(Zone zone) {
    String chain = table.chain(fromName(zone));
    firstOfConnection(chain, zone);
    Interfaces.goByZone(
        table,
        chain,
        "oifname",
        ruleset,
        to -> to.kind() == Zone.Kind.MANAGEMENT ? MANAGEMENT : pair(zone.name(), to.name()),
        NO_ZONE);
  }

  /** What begins a session without being what begins one. */
  private void firstOfConnection(String chain, Zone zone) {
    FlowOptions flow = ruleset.flow();
    if (flow.synCheck()) {
      String check = table.chain(zone.tcpRst() ? SYN_CHECK_RESET : SYN_CHECK);
      List<JsonElement> statements = new ArrayList<>();
      if (!flow.synCheckInTunnel()) {
        statements.add(
            Nft.match("!=", Nft.meta("iifname"), Nft.text(InterfaceName.SECURE_TUNNEL + ".*")));
      }
      statements.add(PolicyChains.beginsNoConnection());
      statements.add(Nft.goTo(check));
      table.rule(chain, statements);
    }
    if (flow.strictSynCheck()) {
      table.rule(chain, Conditions.ofProtocol(ServiceMatch.TCP), Nft.jump(STRICT_SYN));
    }
    if (!flow.allowDnsReply()) {
      // QR, the first bit behind the identification (RFC 1035 §4.1.1), of what follows UDP's
      // header.
      table.rule(
          chain,
          Conditions.ofProtocol(ServiceMatch.UDP),
          Nft.is(Nft.payload("th", "sport"), Nft.number(DNS)),
          Nft.is(Nft.and(Nft.bits("th", 80, 8), 0x80), Nft.number(0x80)),
          Nft.counter(table.counter(CounterNames.DNS_REPLY)),
          Nft.drop());
    }
  }

  private void synCheck() {
    String counter = table.counter(CounterNames.SYN_CHECK);
    table.chain(SYN_CHECK);
    table.rule(SYN_CHECK, Nft.counter(counter), Nft.drop());
    table.chain(SYN_CHECK_RESET);
    table.rule(SYN_CHECK_RESET, Nft.counter(counter), Nft.tcpReset());
  }

  /** Longer than its headers: a SYN with data. IPv4 headers with options are not looked into. */
  private void strictSyn() {
    table.chain(STRICT_SYN);
    String counter = table.counter(CounterNames.SYN_CHECK);
    for (AddressFamily family : AddressFamily.values()) {
      int header = family == AddressFamily.INET ? IPV4_HEADER : IPV6_HEADER;
      for (int words = LEAST_TCP_WORDS; words <= MOST_TCP_WORDS; words++) {
        List<JsonElement> statements = new ArrayList<>();
        if (family == AddressFamily.INET) {
          statements.add(Nft.is(Nft.payload("ip", "hdrlength"), Nft.number(IPV4_HEADER / 4)));
        } else {
          statements.add(Nft.is(Nft.payload("ip6", "nexthdr"), Nft.number(ServiceMatch.TCP)));
        }
        statements.add(Nft.is(Nft.payload("tcp", "doff"), Nft.number(words)));
        statements.add(Nft.match(">", Nft.meta("length"), Nft.number(header + words * 4)));
        statements.add(Nft.counter(counter));
        statements.add(Nft.drop());
        table.rule(STRICT_SYN, statements);
      }
    }
  }

  /** The policies between two zones, where there are any; pairs with the same share a chain. */
  private String pair(String from, String to) {
    ZonePair zones = new ZonePair(from, to);
    List<Policy> own = ruleset.policies().zonePairs().getOrDefault(zones, List.of());
    List<Policy> all = ruleset.policies().between(zones);
    List<Policy> global = all.subList(own.size(), all.size());
    List<List<Candidate>> lists = List.of(policies.candidates(own), policies.candidates(global));
    String known = pairs.get(lists);
    if (known != null) {
      return known;
    }
    List<JsonObject> statements =
        lists.stream().map(trees::statement).filter(Objects::nonNull).toList();
    String chain = DEFAULT_POLICY;
    if (!statements.isEmpty()) {
      // Numbered: a slash may be part of a name, and two names may be longer than a chain's.
      chain = table.chain("pair/" + count++);
      for (JsonObject statement : statements) {
        table.commentedRule(chain, comment(zones), statement);
      }
      table.rule(chain, Nft.goTo(DEFAULT_POLICY));
    }
    pairs.put(lists, chain);
    return chain;
  }

  static String comment(ZonePair zones) {
    return zones.from() + ">" + zones.to();
  }
}
