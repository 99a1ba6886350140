package dev.culvert.firewall.nft;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Screen.Anomaly;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NftRendererTest {
  private static final HostInbound PING =
      new HostInbound(Set.of(SystemService.PING), Set.of(HostProtocol.OSPF), false);
  private static final ZonePair OUTWARD = new ZonePair("trust", "untrust");

  @Test
  void withoutZonesAndNatOurTableIsTakenAway() {
    List<JsonObject> commands = commands(NftRenderer.render(Ruleset.EMPTY));
    assertThat(commands).hasSize(2);
    assertThat(commands.get(0).has("add")).isTrue();
    assertThat(commands.get(1).has("delete")).isTrue();
  }

  @Test
  void theTableIsReplacedInOneTransaction() {
    List<JsonObject> commands = commands(NftRenderer.render(twoZones(List.of())));
    assertThat(commands.get(1).has("delete")).isTrue();
    assertThat(commands.subList(2, commands.size())).allMatch(c -> c.has("add"));
  }

  @Test
  void everyChainThatIsGoneToIsThere() {
    List<Policy> policies = new ArrayList<>();
    for (int i = 1; i <= 200; i++) {
      policies.add(policy(i, "10.0." + i + ".0/24", i % 3 == 0));
    }
    for (NftRenderer.Lookup lookup : NftRenderer.Lookup.values()) {
      String document = NftRenderer.render(twoZones(policies), lookup, Map.of());
      assertThat(targets(JsonParser.parseString(document))).isSubsetOf(chains(document));
    }
  }

  @Test
  void forwardingDropsWhatIsInNoZone() {
    JsonObject forward = named(NftRenderer.render(twoZones(List.of())), "chain", "forward");
    assertThat(forward.get("policy").getAsString()).isEqualTo("drop");
  }

  @Test
  void aPolicyThatIsNotActiveIsNotThere() {
    String document =
        NftRenderer.render(
            twoZones(List.of(policy(1, "10.0.0.0/8", true), policy(2, "10.0.0.0/8", false))));
    assertThat(chains(document)).contains("policy_1").doesNotContain("policy_2");
  }

  @Test
  void countersGoOnFromWhereTheyStand() {
    String document =
        NftRenderer.render(
            twoZones(List.of(policy(7, "10.0.0.0/8", true))),
            NftRenderer.Lookup.TREE,
            Map.of(
                CounterNames.policy(7), new NftRenderer.Count(3, 180),
                CounterNames.policy(8), new NftRenderer.Count(4, 240)));
    assertThat(named(document, "counter", "policy/7").get("packets").getAsInt()).isEqualTo(3);
    assertThat(document).doesNotContain("policy/8");
  }

  /** Deleting the table would lose what is counted until the new one is there. */
  @Test
  void inATableThatIsThereOnlyRulesAreMadeAnew() {
    Existing existing =
        new Existing(
            Set.of("forward", "policy_7", "policy_8"),
            Set.of("seen/gone"),
            Set.of("policy/7", "policy/8"),
            Set.of("absent"));
    String document =
        NftRenderer.renderOver(twoZones(List.of(policy(7, "10.0.0.0/8", true))), existing);
    List<String> first = commands(document).stream().limit(6).map(JsonObject::toString).toList();
    assertThat(first.get(1)).startsWith("{\"flush\":{\"table\"");
    assertThat(first.subList(2, 6))
        .allMatch(command -> command.startsWith("{\"delete\""))
        .anyMatch(command -> command.contains("{\"chain\"") && command.contains("policy_8"))
        .anyMatch(command -> command.contains("{\"set\"") && command.contains("seen/gone"))
        .anyMatch(command -> command.contains("{\"counter\"") && command.contains("policy/8"))
        .anyMatch(command -> command.contains("{\"ct helper\"") && command.contains("absent"));
    assertThat(commands(document).stream().filter(command -> command.has("delete"))).hasSize(4);
    assertThat(chains(document)).contains("policy_7");
    assertThat(commands(NftRenderer.renderOver(Ruleset.EMPTY, existing)))
        .isEqualTo(commands(NftRenderer.render(Ruleset.EMPTY)));
  }

  @Test
  void anotherAnswerOfANameServerTouchesOnlyTheSetsThatAreThere() {
    DnsName name = new DnsName("www.example.net", DnsName.Family.BOTH, 300);
    AddressSet answer = AddressSet.ofHosts(List.of(IpAddress.parse("192.0.2.7").orElseThrow()));
    AddressMatch named =
        new AddressMatch(List.of("www"), false, answer, new TreeSet<>(List.of(name)));
    Ruleset ruleset = twoZones(List.of(withDestination(policy(9, "10.0.0.0/8", true), named)));

    String whole = NftRenderer.render(ruleset);
    assertThat(rules(whole, "named_9"))
        .hasSize(2)
        .first()
        .asString()
        .contains("@names/9/destination/ip\"", "\"goto\":{\"target\":\"policy_9\"}");
    assertThat(named(whole, "set", "names/9/destination/ip").toString()).contains("192.0.2.7");

    List<JsonObject> commands =
        commands(NftRenderer.renderNames(ruleset, Set.of("names/9/destination/ip", "other")));
    assertThat(commands).hasSize(2);
    assertThat(commands.getFirst().toString())
        .startsWith("{\"flush\":{\"set\"")
        .contains("names/9/destination/ip");
    assertThat(commands.getLast().toString())
        .startsWith("{\"add\":{\"element\"")
        .contains("192.0.2.7");
  }

  private static Policy withDestination(Policy policy, AddressMatch destination) {
    return new Policy(
        policy.index(),
        policy.context(),
        policy.name(),
        null,
        policy.source(),
        destination,
        policy.applications(),
        policy.action(),
        policy.log(),
        policy.count(),
        policy.tcpOptions(),
        null,
        policy.active());
  }

  @Test
  void thereIsAnOutputChainOnlyForPoliciesOfTheRouterItself() {
    assertThat(chains(NftRenderer.render(twoZones(List.of())))).doesNotContain("output");
    Policy own = withContext(policy(1, "10.0.0.0/8", true), new ZonePair("junos-host", "untrust"));
    assertThat(chains(NftRenderer.render(twoZones(List.of(own))))).contains("output");
  }

  @Test
  void noScreenLooksAtWhatTheRouterSendsToItself() {
    Screen screen =
        new Screen(
            "s", false, Set.of(Anomaly.TCP_LAND), Map.of(Screen.Rate.SESSIONS_OF_SOURCE, 100));
    Zone all =
        new Zone("all", Zone.Kind.SECURITY, null, List.of(), true, HostInbound.NONE, false, screen);
    String document = NftRenderer.render(ruleset(List.of(all), List.of()));
    for (String chain : List.of("screen", "sessions")) {
      assertThat(rules(document, chain).getFirst())
          .isEqualTo(
              Nft.array(Nft.is(Nft.meta("iifname"), Nft.text("lo")), Nft.accept()).toString());
    }
  }

  @Test
  void aGlobalPolicyFromJunosHostIsNotAboutWhatIsForTheRouter() {
    PolicyContext fromBoth =
        new PolicyContext.Global(new TreeSet<>(Set.of("trust", "junos-host")), new TreeSet<>());
    Policy policy = withContext(policy(1, "10.0.0.0/8", true), fromBoth);
    String document = NftRenderer.render(ruleset(zones(), List.of(policy)));
    assertThat(chains(document)).contains("output");
    assertThat(targets(JsonParser.parseString(rules(document, "host/0").toString()))).isEmpty();
  }

  @Test
  void anyServiceLetsInWhatServicesWithoutPortsAre() {
    HostInbound any = new HostInbound(Set.of(), Set.of(), true);
    Zone zone = new Zone("z", Zone.Kind.SECURITY, null, List.of(), true, any, false, null);
    String document = NftRenderer.render(ruleset(List.of(zone), List.of()));
    String host = rules(document, "host/0").toString();
    assertThat(host).containsPattern("\"l4proto\"\\}\\},\"right\":\\{\"set\":\\[[^]]*\\b50\\b");
    assertThat(host).contains(Nft.isOneOf(Nft.bits("th", 0, 8), numbers(8, 13)).toString());
    assertThat(host).contains(Nft.is(Nft.bits("th", 0, 8), Nft.number(128)).toString());
  }

  @Test
  void aPolicyAsksForASynWhereverTheFlowDoesNot() {
    Policy.TcpOptions required = new Policy.TcpOptions(0, 0, true, false);
    for (String word : List.of("none", "tunnel", "everywhere")) {
      boolean everywhere = word.equals("everywhere");
      boolean inTunnel = everywhere || word.equals("tunnel");
      FlowOptions flow = synChecks(!everywhere, !inTunnel);
      Ruleset ruleset =
          new Ruleset(
              zones(),
              table(List.of(withTcpOptions(policy(1, "10.0.0.0/8", true), required))),
              NatTable.EMPTY,
              flow);
      boolean asked =
          rules(NftRenderer.render(ruleset), "policy_1").stream()
              .anyMatch(rule -> rule.contains(CounterNames.SYN_CHECK));
      assertThat(asked).as(word).isEqualTo(inTunnel);
    }
  }

  @Test
  void noTwoPairsOfZonesShareAChainAndEveryNameFits() {
    String longest = "z".repeat(63);
    String longer = "y".repeat(63);
    Screen screen = new Screen("s", false, Set.of(Anomaly.TCP_LAND), Map.of());
    List<Zone> zones = new ArrayList<>();
    for (String name : List.of("a", "b/c", "a/b", "c", "a/TCP_LAND", longest, longer)) {
      zones.add(
          new Zone(
              name,
              Zone.Kind.SECURITY,
              null,
              List.of(new Zone.Member(InterfaceName.of("eth" + zones.size()), HostInbound.NONE)),
              false,
              HostInbound.NONE,
              false,
              screen));
    }
    List<Policy> policies =
        List.of(
            withContext(policy(1, "10.1.0.0/16", true), new ZonePair("a", "b/c")),
            withContext(policy(2, "10.2.0.0/16", true), new ZonePair("a/b", "c")),
            withContext(policy(3, "10.3.0.0/16", true), new ZonePair(longest, longer)),
            withContext(policy(4, "10.4.0.0/16", true), new ZonePair(longest, "junos-host")));
    String document = NftRenderer.render(ruleset(zones, policies));

    assertThat(chains(document)).allMatch(name -> name.length() <= 127);
    assertThat(chainNames(document)).doesNotHaveDuplicates();
    for (String pair : List.of("pair/0", "pair/1", "pair/2", "self/0")) {
      assertThat(rules(document, pair)).hasSize(2);
    }
    assertThat(document)
        .contains("\"comment\":\"a>b/c\"", "\"comment\":\"" + longest + ">" + longer + "\"");
    assertThat(rules(document, "screen/0").toString()).contains("screen/a/TCP_LAND");
    assertThat(rules(document, "screen/a/TCP_LAND").getFirst()).contains("counter");
    assertThat(rules(document, "screen/a/TCP_LAND")).hasSize(3);
  }

  @Test
  void routerDiscoveryIsLookedAtBeforeConnectionTrackingCallsItInvalid() {
    String document = NftRenderer.render(twoZones(List.of()));
    List<String> input = rules(document, "input");
    assertThat(input.get(1))
        .isEqualTo(
            Nft.array(
                    Conditions.ofProtocol(1),
                    Nft.isOneOf(Nft.bits("th", 0, 8), numbers(9, 10)),
                    Nft.goTo("host"))
                .toString());
    assertThat(input.get(2)).contains("invalid");
    assertThat(input.getLast()).isEqualTo(Nft.array(Nft.goTo("host")).toString());
  }

  @Test
  void onlyTheFirstPacketOfASessionIsCounted() {
    Policy policy = withLog(policy(9, "10.0.0.0/8", true), Policy.Action.PERMIT);
    List<String> rules = rules(NftRenderer.render(twoZones(List.of(policy))), "policy_9");
    assertThat(rules.getFirst())
        .isEqualTo(
            Nft.array(
                    Nft.is(Nft.and(Nft.ct("mark"), NftNames.POLICY_MARK_MASK), Nft.number(9)),
                    Nft.accept())
                .toString());
    assertThat(rules.getLast()).contains("counter").doesNotContain("log");
  }

  @Test
  void whatIsDeniedIsCountedAlwaysAndLoggedSoOften() {
    for (Policy.Action action : List.of(Policy.Action.DENY, Policy.Action.REJECT)) {
      Policy policy = withLog(policy(9, "10.0.0.0/8", true), action);
      List<String> rules = rules(NftRenderer.render(twoZones(List.of(policy))), "policy_9");
      assertThat(rules.getFirst()).contains("counter").doesNotContain("limit", "log");
      assertThat(rules.get(1)).matches(".*\"limit\".*\"log\".*").doesNotContain("drop");
      assertThat(rules.getLast()).contains(action == Policy.Action.DENY ? "drop" : "reject");
    }
  }

  @Test
  void withoutZonesNothingLeavesWithASourceThatCannotBeTranslated() {
    NatTable nat = sourceNat(new NatScope.Interfaces(new TreeSet<>(Set.of(WAN))));
    Ruleset ruleset = new Ruleset(List.of(), PolicyTable.EMPTY, nat, FlowOptions.DEFAULT);
    List<String> rules = rules(NftRenderer.render(ruleset), "nat-forward");
    assertThat(rules.get(1))
        .isEqualTo(
            Nft.array(
                    Nft.vmap(
                        Nft.meta("oifname"), List.of(Interfaces.entry(WAN, Nft.jump("invalid")))))
                .toString());
    assertThat(rules(NftRenderer.render(ruleset), "invalid").toString()).contains("drop");
  }

  @Test
  void sourceNatAmongThousandsOfInterfacesIsOneLookUp() {
    Zone trust = zone("trust", "eth0");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      names.add("st0." + i);
    }
    Zone vpn = zone("vpn", names.toArray(String[]::new));
    NatTable nat = sourceNat(new NatScope.Zones(new TreeSet<>(Set.of("vpn"))));
    String document =
        NftRenderer.render(
            new Ruleset(List.of(trust, vpn), PolicyTable.EMPTY, nat, FlowOptions.DEFAULT));
    assertThat(chains(document)).contains("source-from/0").doesNotContain("source-from/1");
    assertThat(rules(document, "source-from/0")).hasSize(1);
    assertThat(rules(document, "source-from/0").getFirst()).contains("st0.0\"", "st0.3999\"");
  }

  // --- Rulesets
  // -----------------------------------------------------------------------------------

  private static Ruleset twoZones(List<Policy> policies) {
    return ruleset(zones(), policies);
  }

  private static List<Zone> zones() {
    return List.of(zone("trust", "eth0"), zone("untrust", "st0.1"));
  }

  private static Ruleset ruleset(List<Zone> zones, List<Policy> policies) {
    return new Ruleset(zones, table(policies), NatTable.EMPTY, FlowOptions.DEFAULT);
  }

  private static PolicyTable table(List<Policy> policies) {
    Map<ZonePair, List<Policy>> pairs = new LinkedHashMap<>();
    List<Policy> global = new ArrayList<>();
    for (Policy policy : policies) {
      switch (policy.context()) {
        case ZonePair pair -> pairs.computeIfAbsent(pair, p -> new ArrayList<>()).add(policy);
        case PolicyContext.Global g -> global.add(policy);
      }
    }
    return new PolicyTable(pairs, global, false, PolicyTable.Rematch.DELETED_ONLY);
  }

  private static FlowOptions synChecks(boolean check, boolean inTunnel) {
    return new FlowOptions(
        0, 0, 0, check, inTunnel, false, true, false, false, null, null, false, Set.of());
  }

  private static Zone zone(String name, String... interfaces) {
    List<Zone.Member> members = new ArrayList<>();
    for (String each : interfaces) {
      members.add(new Zone.Member(InterfaceName.of(each), PING));
    }
    return new Zone(name, Zone.Kind.SECURITY, null, members, false, PING, false, null);
  }

  private static Policy policy(int index, String destination, boolean active) {
    AddressSet to = AddressSet.of(IpPrefix.parse(destination).orElseThrow());
    return new Policy(
        index,
        OUTWARD,
        "p" + index,
        null,
        AddressMatch.ANY,
        new AddressMatch(List.of(destination), false, to, new TreeSet<>()),
        List.of(Application.ANY),
        Policy.Action.PERMIT,
        Policy.Log.NONE,
        false,
        Policy.TcpOptions.NONE,
        null,
        active);
  }

  private static Policy withContext(Policy policy, PolicyContext context) {
    return new Policy(
        policy.index(),
        context,
        policy.name(),
        policy.description(),
        policy.source(),
        policy.destination(),
        policy.applications(),
        policy.action(),
        policy.log(),
        policy.count(),
        policy.tcpOptions(),
        policy.schedulerName(),
        policy.active());
  }

  private static final InterfaceName WAN = InterfaceName.of("eth1");

  private static NatTable sourceNat(NatScope to) {
    SourceNatRule rule =
        new SourceNatRule(
            1,
            "r",
            null,
            new NatMatch(
                AddressMatch.ANY,
                AddressMatch.ANY,
                List.of(),
                List.of(),
                new TreeSet<>(),
                List.of()),
            new SourceNatRule.Action.Interface());
    return new NatTable(
        List.of(),
        List.of(new NatRuleSet<>("out", null, new NatScope.Instance(), to, List.of(rule))),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static Policy withLog(Policy policy, Policy.Action action) {
    return new Policy(
        policy.index(),
        policy.context(),
        policy.name(),
        policy.description(),
        policy.source(),
        policy.destination(),
        policy.applications(),
        action,
        new Policy.Log(true, true),
        policy.count(),
        policy.tcpOptions(),
        policy.schedulerName(),
        policy.active());
  }

  private static Policy withTcpOptions(Policy policy, Policy.TcpOptions options) {
    return new Policy(
        policy.index(),
        policy.context(),
        policy.name(),
        policy.description(),
        policy.source(),
        policy.destination(),
        policy.applications(),
        policy.action(),
        policy.log(),
        policy.count(),
        options,
        policy.schedulerName(),
        policy.active());
  }

  // --- Documents
  // ----------------------------------------------------------------------------------

  private static List<JsonObject> commands(String document) {
    JsonArray array = JsonParser.parseString(document).getAsJsonObject().getAsJsonArray("nftables");
    return array.asList().stream().map(JsonElement::getAsJsonObject).toList();
  }

  private static Set<String> chains(String document) {
    return new TreeSet<>(chainNames(document));
  }

  private static List<String> chainNames(String document) {
    List<String> names = new ArrayList<>();
    for (JsonObject command : commands(document)) {
      JsonObject added = command.getAsJsonObject("add");
      if (added != null && added.has("chain")) {
        names.add(added.getAsJsonObject("chain").get("name").getAsString());
      }
    }
    return names;
  }

  /** The expressions of a chain's rules. */
  private static List<String> rules(String document, String chain) {
    List<String> rules = new ArrayList<>();
    for (JsonObject command : commands(document)) {
      JsonObject added = command.getAsJsonObject("add");
      if (added != null && added.has("rule")) {
        JsonObject rule = added.getAsJsonObject("rule");
        if (rule.get("chain").getAsString().equals(chain)) {
          rules.add(rule.get("expr").toString());
        }
      }
    }
    return rules;
  }

  private static List<JsonElement> numbers(int... numbers) {
    return Arrays.stream(numbers).mapToObj(Nft::number).toList();
  }

  private static JsonObject named(String document, String kind, String name) {
    for (JsonObject command : commands(document)) {
      JsonObject added = command.getAsJsonObject("add");
      if (added != null
          && added.has(kind)
          && added.getAsJsonObject(kind).get("name").getAsString().equals(name)) {
        return added.getAsJsonObject(kind);
      }
    }
    throw new AssertionError("no " + kind + " " + name);
  }

  private static Set<String> targets(@Nullable JsonElement element) {
    Set<String> targets = new HashSet<>();
    if (element instanceof JsonObject object) {
      object
          .entrySet()
          .forEach(e -> {
            if (e.getKey().equals("target")) {
              targets.add(e.getValue().getAsString());
            } else {
              targets.addAll(targets(e.getValue()));
            }
          });
    } else if (element instanceof JsonArray array) {
      array.forEach(e -> targets.addAll(targets(e)));
    }
    return targets;
  }
}
