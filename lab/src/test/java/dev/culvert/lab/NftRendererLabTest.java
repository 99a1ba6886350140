package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.nft.NftRenderer;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel takes what is rendered, and does with packets what the ruleset says. */
@Lab(needs = "nft")
class NftRendererLabTest {
  private static final HostInbound PING =
      new HostInbound(Set.of(SystemService.PING), Set.of(), false);

  private NftLabSite site;
  private NetworkNamespace left;
  private NetworkNamespace router;
  private NetworkNamespace right;

  @BeforeEach
  void wire() {
    site = new NftLabSite();
    left = site.left;
    router = site.router;
    right = site.right;
  }

  @AfterEach
  void remove() {
    site.close();
  }

  @Test
  void theKernelTakesRulesetsOfEveryKindAndLeavesOtherTablesAlone() {
    router.run("nft", "add table inet foreign; add chain inet foreign kept");
    for (long seed = 0; seed < 60; seed++) {
      NftRenderer.Lookup lookup =
          seed % 4 == 0 ? NftRenderer.Lookup.PLAIN_LIST : NftRenderer.Lookup.TREE;
      String document = NftRenderer.render(NftLabRulesets.random(seed), lookup, Map.of());
      assertThat(site.load(document)).as("seed %d", seed).matches(HostCommand.Result::succeeded);
      assertThat(site.found("chain"))
          .as("seed %d", seed)
          .isEqualTo(NftLabSite.written(document, "chain"));
      assertThat(site.found("counter"))
          .as("seed %d", seed)
          .isEqualTo(NftLabSite.written(document, "counter"));
    }
    site.enforce(Ruleset.EMPTY);
    assertThat(router.run("nft", "list", "tables").strip()).isEqualTo("table inet foreign");
    assertThat(router.run("nft", "list", "table", "inet", "foreign")).contains("chain kept");
  }

  @Test
  void theFirstPolicyThatMatchesDecides() {
    site.enforce(
        ruleset(
            List.of(
                policy(1, Policy.Action.PERMIT, "10.2.0.0/24", ServiceMatch.tcp(80, 80)),
                policy(2, Policy.Action.REJECT, "10.2.0.2/32", ServiceMatch.tcp(1, 1000)),
                policy(3, Policy.Action.DENY, "10.2.0.0/16", ServiceMatch.ANY)),
            NatTable.EMPTY));
    NftLabSite.watch(right, "arrived", "tcp dport 80");

    assertThat(NftLabSite.connect(left, "10.2.0.2", 80)).contains("refused");
    assertThat(NftLabSite.packets(right, "arrived")).isEqualTo(1);
    assertThat(site.counted(CounterNames.policy(1))).isEqualTo(1);

    assertThat(NftLabSite.connect(left, "10.2.0.2", 81)).contains("refused");
    assertThat(site.counted(CounterNames.policy(2))).isEqualTo(1);

    assertThat(Ping.answers(left, "10.2.0.2")).isFalse();
    assertThat(site.counted(CounterNames.policy(3))).isEqualTo(1);

    assertThat(Ping.answers(right, "10.1.0.2")).isFalse();
    assertThat(site.counted(CounterNames.DEFAULT_POLICY)).isEqualTo(1);
  }

  @Test
  void onlyWhatIsLetInReachesTheRouter() {
    site.enforce(ruleset(List.of(), NatTable.EMPTY));
    assertThat(Ping.answers(left, "10.1.0.1")).isTrue();
    assertThat(NftLabSite.connect(left, "10.1.0.1", 22)).doesNotContain("refused");
    assertThat(site.counted(CounterNames.HOST_INBOUND)).isPositive();
    assertThat(Ping.answers(right, "10.2.0.1")).isFalse();
  }

  @Test
  void anInterfaceInNoZonePassesNothing() {
    Zone trust = NftLabSite.zone("trust", PING, null, "eth0");
    site.enforce(
        new Ruleset(
            List.of(trust),
            new PolicyTable(Map.of(), List.of(), true, PolicyTable.Rematch.DELETED_ONLY),
            NatTable.EMPTY,
            FlowOptions.DEFAULT));
    assertThat(Ping.answers(left, "10.2.0.2")).isFalse();
    assertThat(Ping.answers(right, "10.2.0.1")).isFalse();
    assertThat(site.counted(CounterNames.NO_ZONE)).isGreaterThanOrEqualTo(2);
  }

  @Test
  void sourcesGetTheAddressOfTheInterface() {
    SourceNatRule rule =
        new SourceNatRule(4, "out", null, anything(), new SourceNatRule.Action.Interface());
    NatScope out = new NatScope.Zones(new TreeSet<>(Set.of("untrust")));
    NatScope from = new NatScope.Zones(new TreeSet<>(Set.of("trust")));
    NatTable nat =
        new NatTable(
            List.of(),
            List.of(new NatRuleSet<>("internet", null, from, out, List.of(rule))),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    site.enforce(ruleset(List.of(permitAll()), nat));
    NftLabSite.watch(right, "translated", "ip saddr 10.2.0.1 icmp type echo-request");
    assertThat(Ping.answers(left, "10.2.0.2")).isTrue();
    assertThat(NftLabSite.packets(right, "translated")).isEqualTo(1);
    assertThat(site.counted(CounterNames.Nat.SOURCE.rule(4))).isEqualTo(1);
    // The router's own packets are not from that zone.
    assertThat(Ping.answers(router, "10.2.0.2")).isTrue();
    assertThat(site.counted(CounterNames.Nat.SOURCE.rule(4))).isEqualTo(1);
  }

  @Test
  void aTranslatedPrefixIsReachedAndSpokenFrom() {
    NatScope outside = new NatScope.Interfaces(new TreeSet<>(Set.of(InterfaceName.of("eth1"))));
    StaticNatRule rule =
        new StaticNatRule(
            9,
            "site",
            null,
            AddressMatch.ANY,
            prefix("10.9.0.0/24"),
            prefix("10.1.0.0/24"),
            null,
            null,
            false);
    NatTable nat =
        new NatTable(
            List.of(new NatRuleSet<>("sites", null, outside, null, List.of(rule))),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    Policy inward =
        new Policy(
            2,
            new ZonePair("untrust", "trust"),
            "in",
            null,
            AddressMatch.ANY,
            match("10.1.0.2/32"),
            List.of(Application.ANY),
            Policy.Action.PERMIT,
            Policy.Log.NONE,
            false,
            Policy.TcpOptions.NONE,
            null,
            true);
    site.enforce(ruleset(List.of(permitAll(), inward), nat));
    NftLabSite.watch(right, "translated", "ip saddr 10.9.0.2 icmp type echo-request");
    assertThat(Ping.answers(right, "10.9.0.2")).isTrue();
    assertThat(site.counted(CounterNames.policy(2))).isEqualTo(1);
    assertThat(Ping.answers(left, "10.2.0.2")).isTrue();
    assertThat(NftLabSite.packets(right, "translated")).isEqualTo(1);
    assertThat(site.counted(CounterNames.Nat.STATIC.rule(9))).isEqualTo(2);
  }

  @Test
  void aPortOfTheRouterLeadsInward() {
    NatScope outside = new NatScope.Zones(new TreeSet<>(Set.of("untrust")));
    NatMatch match =
        new NatMatch(
            AddressMatch.ANY,
            match("10.2.0.1/32"),
            List.of(),
            List.of(PortRange.of(8080)),
            new TreeSet<>(),
            List.of());
    AddressRange server = AddressRange.of(prefix("10.1.0.2/32"));
    DestinationNatRule rule =
        new DestinationNatRule(
            3,
            "web",
            null,
            match,
            new DestinationNatRule.Action.Pool(new DestinationNatPool("p", null, server, 80)));
    NatTable nat =
        new NatTable(
            List.of(),
            List.of(),
            List.of(new NatRuleSet<>("in", null, outside, null, List.of(rule))),
            List.of(),
            List.of(),
            List.of());
    site.enforce(
        new Ruleset(
            List.of(
                NftLabSite.zone("untrust", PING, null, "eth1"),
                NftLabSite.zone("trust", PING, null, "eth0")),
            new PolicyTable(Map.of(), List.of(), true, PolicyTable.Rematch.DELETED_ONLY),
            nat,
            FlowOptions.DEFAULT));
    NftLabSite.watch(left, "led", "tcp dport 80");
    assertThat(NftLabSite.connect(right, "10.2.0.1", 8080)).contains("refused");
    assertThat(NftLabSite.packets(left, "led")).isEqualTo(1);
    assertThat(site.counted(CounterNames.Nat.DESTINATION.rule(3))).isEqualTo(1);
  }

  // --- Rulesets
  // -----------------------------------------------------------------------------------

  private static Ruleset ruleset(List<Policy> policies, NatTable nat) {
    Map<ZonePair, List<Policy>> pairs = new LinkedHashMap<>();
    for (Policy policy : policies) {
      pairs.computeIfAbsent((ZonePair) policy.context(), p -> new ArrayList<>()).add(policy);
    }
    return new Ruleset(
        List.of(
            NftLabSite.zone("trust", PING, null, "eth0"),
            NftLabSite.zone("untrust", HostInbound.NONE, null, "eth1")),
        new PolicyTable(pairs, List.of(), false, PolicyTable.Rematch.DELETED_ONLY),
        nat,
        FlowOptions.DEFAULT);
  }

  private static Policy permitAll() {
    return policy(1, Policy.Action.PERMIT, "0.0.0.0/0", ServiceMatch.ANY);
  }

  private static Policy policy(
      int index, Policy.Action action, String destination, ServiceMatch service) {
    return new Policy(
        index,
        new ZonePair("trust", "untrust"),
        "p" + index,
        null,
        AddressMatch.ANY,
        match(destination),
        List.of(new Application("a", List.of(ApplicationTerm.of(service)))),
        action,
        Policy.Log.NONE,
        false,
        Policy.TcpOptions.NONE,
        null,
        true);
  }

  private static NatMatch anything() {
    return new NatMatch(
        AddressMatch.ANY, AddressMatch.ANY, List.of(), List.of(), new TreeSet<>(), List.of());
  }

  private static AddressMatch match(String prefix) {
    return NftLabRulesets.match(AddressSet.of(prefix(prefix)), false);
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }
}
