package dev.culvert.firewall.nft;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.nft.CounterNames.Nat;
import dev.culvert.firewall.nft.NatScopes.End;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is translated: of each kind the rules of the most specific rule-set only, found as policies
 * are. The kernel asks for the first packet of a session and translates the others, the answers and
 * the ICMP errors about them alike.
 *
 * <pre>
 * nat-prerouting
 *    | iifname, jump: static/SET      --> static-nat/N: destination
 *    | iifname, jump: destination/SET --> destination-nat/N
 *
 * nat-postrouting
 *    | oifname, jump: reverse/SET --> static-nat-reverse/N: source
 *    | of the router itself, or iifname --> source-from/N
 *                                              oifname, jump: source/SET --> source-nat/N
 *
 * nat-forward, only without zones
 *    | ct state invalid: oifname where sources are translated --> drop
 * </pre>
 *
 * <p>What static NAT has given a source, source NAT leaves alone. What the router itself sends is
 * translated by rule-sets from {@code junos-host} and from the routing instance, not by those from
 * interfaces and other zones. NPTv6 is prefix for prefix like all static NAT, with the checksums
 * above mended instead of made to come out even by the address (RFC 6296 §3.1).
 *
 * <p>They come before those of others at the same hooks: where nothing of ours matches, others may
 * translate.
 */
final class NatChains {
  /** Before what other tables do about destinations (-100). */
  private static final int PREROUTING = -105;

  /** Before what other tables do about sources (100). */
  private static final int POSTROUTING = 95;

  private final NatTable nat;
  private final boolean hasZones;
  private final NatScopes scopes;
  private final TableWriter table;
  private final TreeWriter trees;
  private final Translations translations;

  NatChains(Ruleset ruleset, TableWriter table, TreeWriter trees) {
    this.nat = ruleset.nat();
    this.hasZones = ruleset.hasZones();
    this.scopes = new NatScopes(ruleset);
    this.table = table;
    this.trees = trees;
    this.translations = new Translations(table);
  }

  void write() {
    if (!nat.hasRules()) {
      return;
    }
    String in = table.baseChain("nat-prerouting", "nat", "prerouting", PREROUTING, false);
    table.rule(in, Nft.is(Nft.meta("iifname"), Nft.text("lo")), Nft.accept());
    byInterface(in, "iifname", nat.statics(), this::staticDestinations);
    byInterface(in, "iifname", nat.destinations(), this::destinations);

    String out = table.baseChain("nat-postrouting", "nat", "postrouting", POSTROUTING, false);
    table.rule(out, Nft.is(Nft.meta("oifname"), Nft.text("lo")), Nft.accept());
    byInterface(out, "oifname", nat.statics(), this::staticSources);
    bySource(out);
    if (!hasZones) {
      untranslatable();
    }
  }

  // --- Rule-sets ---------------------------------------------------------------------------------

  private <R> void byInterface(
      String chain,
      String key,
      List<NatRuleSet<R>> sets,
      Function<NatRuleSet<R>, @Nullable String> chainOf) {
    Map<End, String> targets = new LinkedHashMap<>();
    for (End end : interfaces()) {
      NatRuleSet<R> set = scopes.from(sets, end);
      put(targets, end, set == null ? null : chainOf.apply(set));
    }
    jumps(chain, key, targets);
  }

  private static void put(Map<End, String> targets, End end, @Nullable String chain) {
    if (chain != null) {
      targets.put(end, chain);
    }
  }

  /** One look-up; interfaces that nothing names have no element to be found by. */
  private void jumps(String chain, String key, Map<End, String> targets) {
    List<JsonArray> elements = new ArrayList<>();
    String others = targets.get(new End.Other());
    for (InterfaceName name : scopes.named()) {
      String target = targets.get(new End.Interface(name));
      if (target != null) {
        elements.add(Interfaces.entry(name, Nft.jump(target)));
      } else if (others != null) {
        elements.add(Interfaces.entry(name, Nft.jump(table.chain("nothing"))));
      }
    }
    if (others != null) {
      elements.add(Nft.entry(Nft.text("*"), Nft.jump(others)));
    }
    if (!elements.isEmpty()) {
      table.rule(chain, Nft.vmap(Nft.meta(key), elements));
    }
  }

  private void bySource(String postrouting) {
    FromChains chains = new FromChains();
    Map<End, String> fromChains = new LinkedHashMap<>();
    for (End from : interfaces()) {
      put(fromChains, from, chains.of(from));
    }
    String self = chains.of(new End.Self());
    // Only what has come by an interface has one here.
    List<JsonElement> ofSelf = new ArrayList<>();
    ofSelf.add(Nft.is(Nft.meta("iif"), Nft.number(0)));
    ofSelf.add(self == null ? Nft.accept() : Nft.goTo(self));
    table.rule(postrouting, ofSelf);
    jumps(postrouting, "iifname", fromChains);
  }

  private List<End> interfaces() {
    List<End> ends = new ArrayList<>();
    scopes.named().forEach(name -> ends.add(new End.Interface(name)));
    ends.add(new End.Other());
    return ends;
  }

  /** Chains by where packets come from: once for all interfaces that rule-sets see alike. */
  private final class FromChains {
    private final List<NatRuleSet<SourceNatRule>> sets = nat.sources();
    private final Map<List<Integer>, List<End>> endsByRanks = new LinkedHashMap<>();
    private final Map<List<Integer>, Optional<String>> byRanks = new HashMap<>();
    private final Map<Map<End, String>, String> byTargets = new HashMap<>();

    FromChains() {
      for (End to : interfaces()) {
        endsByRanks.computeIfAbsent(scopes.toRanks(sets, to), r -> new ArrayList<>()).add(to);
      }
    }

    @Nullable String of(End from) {
      return byRanks
          .computeIfAbsent(scopes.fromRanks(sets, from), r -> Optional.ofNullable(write(r)))
          .orElse(null);
    }

    private @Nullable String write(List<Integer> fromRanks) {
      Map<End, String> targets = new LinkedHashMap<>();
      endsByRanks.forEach((toRanks, ends) -> {
        NatRuleSet<SourceNatRule> set = NatScopes.mostSpecific(sets, fromRanks, toRanks);
        String chain = set == null ? null : sources(set);
        ends.forEach(to -> put(targets, to, chain));
      });
      if (targets.isEmpty()) {
        return null;
      }
      String chain = byTargets.get(targets);
      if (chain == null) {
        chain = table.chain("source-from/" + byTargets.size());
        byTargets.put(targets, chain);
        jumps(chain, "oifname", targets);
      }
      return chain;
    }
  }

  // --- What cannot be translated -----------------------------------------------------------------

  /**
   * What connection tracking can make nothing of would leave with the source it came with. Where
   * there are zones they let none of it through.
   */
  private void untranslatable() {
    Map<End, String> targets = new LinkedHashMap<>();
    for (End to : interfaces()) {
      if (scopes.translatesSourcesToward(to)) {
        targets.put(to, ZoneChains.INVALID);
      }
    }
    if (targets.isEmpty()) {
      return;
    }
    String invalid = table.chain(ZoneChains.INVALID);
    table.rule(invalid, Nft.counter(table.counter(CounterNames.INVALID)), Nft.drop());
    String forward = table.baseChain("nat-forward", "filter", "forward", 0, false);
    table.rule(forward, Nft.match("!=", Nft.ct("state"), Nft.text("invalid")), Nft.accept());
    jumps(forward, "oifname", targets);
  }

  /** The chain of a rule-set; null if none of its rules matches anything. */
  private @Nullable String set(String name, List<Candidate> candidates) {
    if (table.hasChain(name)) {
      return name;
    }
    JsonObject statement = trees.statement(candidates);
    if (statement == null) {
      return null;
    }
    table.chain(name);
    table.rule(name, statement);
    return name;
  }

  // --- Static NAT --------------------------------------------------------------------------------

  private @Nullable String staticDestinations(NatRuleSet<StaticNatRule> set) {
    return set("static/" + set.name(), set.rules().stream().map(this::staticDestination).toList());
  }

  private Candidate staticDestination(StaticNatRule rule) {
    String chain = "static-nat/" + rule.index();
    if (!table.hasChain(chain)) {
      table.chain(chain);
      translations.staticDestination(chain, counter(Nat.STATIC, rule.index()), rule);
    }
    return Candidate.of(
        chain,
        rule.source().effective(),
        AddressSet.of(rule.destination()),
        services(rule.destinationPorts(), false));
  }

  private @Nullable String staticSources(NatRuleSet<StaticNatRule> set) {
    return set("reverse/" + set.name(), set.rules().stream().map(this::staticSource).toList());
  }

  private Candidate staticSource(StaticNatRule rule) {
    String chain = "static-nat-reverse/" + rule.index();
    if (!table.hasChain(chain)) {
      table.chain(chain);
      translations.staticSource(chain, counter(Nat.STATIC, rule.index()), rule);
    }
    PortRange inside = rule.mappedPorts() == null ? rule.destinationPorts() : rule.mappedPorts();
    return Candidate.of(
        chain, AddressSet.of(rule.translated()), rule.source().effective(), services(inside, true));
  }

  private static List<ServiceMatch> services(@Nullable PortRange ports, boolean ofSource) {
    if (ports == null) {
      return List.of(ServiceMatch.ANY);
    }
    List<ServiceMatch> services = new ArrayList<>();
    for (int protocol : List.of(ServiceMatch.TCP, ServiceMatch.UDP)) {
      services.add(
          new ServiceMatch(
              protocol,
              ofSource ? ports : PortRange.ANY,
              ofSource ? PortRange.ANY : ports,
              null,
              null));
    }
    return services;
  }

  // --- Destination and source NAT ----------------------------------------------------------------

  private @Nullable String destinations(NatRuleSet<DestinationNatRule> set) {
    List<Candidate> candidates = new ArrayList<>();
    for (DestinationNatRule rule : set.rules()) {
      String chain = "destination-nat/" + rule.index();
      AddressSet family =
          switch (rule.action()) {
            case DestinationNatRule.Action.Off off -> AddressSet.ANY;
            case DestinationNatRule.Action.Pool(var pool) ->
                Translations.whole(pool.addresses().low().family());
          };
      if (!table.hasChain(chain)) {
        table.chain(chain);
        translations.destination(chain, counter(Nat.DESTINATION, rule.index()), rule);
      }
      add(candidates, chain, rule.match(), family);
    }
    return set("destination/" + set.name(), candidates);
  }

  private @Nullable String sources(NatRuleSet<SourceNatRule> set) {
    String name = "source/" + set.name();
    if (table.hasChain(name)) {
      return name;
    }
    List<Candidate> candidates = new ArrayList<>();
    for (SourceNatRule rule : set.rules()) {
      String chain = "source-nat/" + rule.index();
      AddressSet family =
          switch (rule.action()) {
            case SourceNatRule.Action.Off off -> AddressSet.ANY;
            case SourceNatRule.Action.Interface ofInterface -> AddressSet.ANY;
            case SourceNatRule.Action.Pool(var pool) ->
                Translations.whole(pool.addresses().getFirst().low().family());
          };
      if (!table.hasChain(chain)) {
        table.chain(chain);
        translations.source(chain, counter(Nat.SOURCE, rule.index()), rule);
      }
      add(candidates, chain, rule.match(), family);
    }
    return set(name, candidates);
  }

  private static void add(
      List<Candidate> candidates, String chain, NatMatch match, AddressSet family) {
    List<ServiceMatch> services = NatServices.of(match);
    if (!services.isEmpty()) {
      AddressSet sources = match.source().effective();
      AddressSet destinations = match.destination().effective();
      candidates.add(
          Candidate.of(
              chain,
              family.isAny() ? sources : sources.intersection(family),
              destinations,
              services));
    }
  }

  private String counter(Nat kind, int index) {
    return table.counter(kind.rule(index));
  }
}
