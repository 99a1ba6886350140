package dev.culvert.firewall.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is for the router itself, and what it sends.
 *
 * <pre>
 * input -- lo, neighbor discovery, ct state --> accept; drop invalid
 *    |
 *  host: iifname --> host/N: is it let in by host-inbound-traffic? no --> drop
 *                 | yes, and there are policies to junos-host
 *              self/N --> policy_N; accept what none matches
 *
 * output, only where there are policies from junos-host
 *    | ct state --> accept
 *  oifname --> self/N --> policy_N; accept what none matches
 * </pre>
 */
final class HostChains {
  /**
   * Neighbor solicitation and advertisement (RFC 4861 §4) and Multicast Listener Discovery (RFC
   * 2710 §3, RFC 3810 §5): without them IPv6 does not work on a link at all.
   */
  private static final List<Integer> ALWAYS_ICMPV6 = List.of(130, 131, 132, 135, 136, 143);

  private static final String HOST = "host";

  private final Ruleset ruleset;
  private final TableWriter table;
  private final TreeWriter trees;
  private final PolicyChains policies;
  private final Map<Host, String> chains = new HashMap<>();
  private final Map<ZonePair, String> selves = new HashMap<>();

  private record Host(HostInbound inbound, @Nullable String policies) {}

  HostChains(Ruleset ruleset, TableWriter table, TreeWriter trees, PolicyChains policies) {
    this.ruleset = ruleset;
    this.table = table;
    this.trees = trees;
    this.policies = policies;
  }

  void write() {
    input();
    output();
  }

  private void input() {
    String input = table.baseChain("input", "filter", "input", 0, true);
    table.rule(input, Nft.is(Nft.meta("iifname"), Nft.text("lo")), Nft.accept());
    // Connection tracking knows no such ICMP, and would have it dropped.
    table.rule(
        input,
        Conditions.ofProtocol(ServiceMatch.ICMP),
        Nft.isOneOf(
            Nft.bits("th", 0, 8),
            HostProtocol.ROUTER_DISCOVERY_ICMP.stream().map(t -> Nft.number(t)).toList()),
        Nft.goTo(table.chain(HOST)));
    table.rule(input, ZoneChains.byState());
    table.rule(
        input,
        Conditions.ofProtocol(ServiceMatch.ICMPV6),
        Nft.isOneOf(Nft.bits("th", 0, 8), ALWAYS_ICMPV6.stream().map(t -> Nft.number(t)).toList()),
        Nft.accept());
    table.rule(input, Nft.goTo(HOST));
    byInterface();
  }

  private void byInterface() {
    List<JsonArray> elements = new ArrayList<>();
    for (Zone zone : ruleset.zones()) {
      for (Zone.Member member : zone.interfaces()) {
        elements.add(Interfaces.entry(member.name(), Nft.goTo(host(zone, member.hostInbound()))));
      }
    }
    if (!elements.isEmpty()) {
      table.rule(HOST, Nft.vmap(Nft.meta("iifname"), elements));
    }
    String others =
        Interfaces.zoneOfOthers(ruleset)
            .map(zone -> host(zone, zone.hostInbound()))
            .orElse(ZoneChains.NO_ZONE);
    table.rule(HOST, Nft.goTo(others));
  }

  private String host(Zone zone, HostInbound inbound) {
    String self = self(new ZonePair(zone.name(), PolicyContext.JUNOS_HOST));
    return chains.computeIfAbsent(new Host(inbound, self), this::host);
  }

  private String host(Host host) {
    String chain = table.chain("host/" + chains.size());
    JsonObject allowed = host.policies() == null ? Nft.accept() : Nft.goTo(host.policies());
    for (List<JsonObject> condition : services(host.inbound())) {
      List<JsonElement> statements = new ArrayList<>(condition);
      statements.add(allowed);
      table.rule(chain, statements);
    }
    for (HostProtocol ospf : List.of(HostProtocol.OSPF, HostProtocol.OSPF3)) {
      if (host.inbound().protocols().contains(ospf)) {
        String family = ospf == HostProtocol.OSPF ? "ipv4" : "ipv6";
        table.rule(
            chain,
            Nft.is(Nft.meta("nfproto"), Nft.text(family)),
            Conditions.ofProtocol(ServiceMatch.OSPF),
            allowed);
      }
    }
    table.rule(chain, Nft.counter(table.counter(CounterNames.HOST_INBOUND)), Nft.drop());
    return chain;
  }

  /** All but OSPF, whose two versions only the family tells apart. */
  private static List<List<JsonObject>> services(HostInbound inbound) {
    Set<ServiceMatch> services = new LinkedHashSet<>();
    inbound.allowedServices().forEach(service -> services.addAll(service.services()));
    for (HostProtocol protocol : inbound.protocols()) {
      if (protocol != HostProtocol.OSPF && protocol != HostProtocol.OSPF3) {
        services.addAll(protocol.services());
      }
    }
    if (inbound.anyService()) {
      services.add(ServiceMatch.protocol(ServiceMatch.TCP));
      services.add(ServiceMatch.protocol(ServiceMatch.UDP));
      services.add(ServiceMatch.protocol(ServiceMatch.SCTP));
    }
    return services.isEmpty() ? List.of() : Conditions.services(services);
  }

  private void output() {
    List<JsonArray> elements = new ArrayList<>();
    String others = null;
    for (Zone zone : ruleset.zones()) {
      String self = self(new ZonePair(PolicyContext.JUNOS_HOST, zone.name()));
      if (self != null) {
        zone.interfaces().forEach(m -> elements.add(Interfaces.entry(m.name(), Nft.goTo(self))));
      } else {
        // Named, lest they be taken for interfaces of the zone of all others.
        zone.interfaces().forEach(m -> elements.add(Interfaces.entry(m.name(), Nft.accept())));
      }
      if (zone.allInterfaces()) {
        others = self;
      }
    }
    if (elements.stream().allMatch(e -> e.get(1).equals(Nft.accept())) && others == null) {
      return;
    }
    String output = table.baseChain("output", "filter", "output", 0, false);
    table.rule(output, Nft.is(Nft.meta("oifname"), Nft.text("lo")), Nft.accept());
    table.rule(
        output,
        Nft.vmap(
            Nft.ct("state"),
            List.of(
                Nft.entry(Nft.text("established"), Nft.accept()),
                Nft.entry(Nft.text("related"), Nft.accept()),
                Nft.entry(Nft.text("untracked"), Nft.accept()))));
    if (!elements.isEmpty()) {
      table.rule(output, Nft.vmap(Nft.meta("oifname"), elements));
    }
    if (others != null) {
      table.rule(output, Nft.goTo(others));
    }
  }

  /**
   * The chain of the policies between a zone and the router, null where there are none. Global
   * policies are among them only if they name {@code junos-host}, and what none matches passes.
   */
  private @Nullable String self(ZonePair zones) {
    JsonObject statement = trees.statement(policies.candidates(ruleset.policies().ofHost(zones)));
    if (statement == null) {
      return null;
    }
    return selves.computeIfAbsent(
        zones,
        pair -> {
          String chain = table.chain("self/" + selves.size());
          table.commentedRule(chain, ZoneChains.comment(pair), statement);
          table.rule(chain, Nft.accept());
          return chain;
        });
  }
}
