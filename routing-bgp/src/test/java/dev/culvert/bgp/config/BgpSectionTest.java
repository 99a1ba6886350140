package dev.culvert.bgp.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.core.config.SourcePosition;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.policy.PolicyOptions;
import dev.culvert.core.wire.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BgpSectionTest {
  private static final PolicyOptions POLICIES =
      PolicyOptions.of(
          "policy-statement from-all { then accept; } policy-statement from-hub { then accept; }");

  private final Diagnostics diagnostics = new Diagnostics();

  @Test
  void aNeighborInheritsFromItsGroupAndFromBgpAndTheNearestWins() {
    BgpConfig config =
        bind(
            "hold-time 30",
            "import from-all",
            "group hub type external",
            "group hub peer-as 65002",
            "group hub import from-hub",
            "group hub authentication-key secret-word",
            "group hub neighbor 10.0.0.2",
            "group hub neighbor 10.0.0.3 peer-as 65003",
            "group hub neighbor 10.0.0.3 hold-time 0",
            "group hub neighbor 10.0.0.3 passive",
            "group inside type internal",
            "group inside local-address 10.9.9.1",
            "group inside neighbor 10.9.9.2 family inet unicast prefix-limit maximum 10",
            "group inside neighbor 10.9.9.2 family inet unicast prefix-limit teardown");
    assertThat(diagnostics.findings()).isEmpty();
    PeerConfig second = peer(config, "10.0.0.2");
    assertThat(second.session().peerAs()).isEqualTo(65002);
    assertThat(second.session().holdTime()).isEqualTo(Duration.ofSeconds(30));
    assertThat(second.session().authenticationKey())
        .isEqualTo(Secret.copyOf("secret-word".getBytes(StandardCharsets.UTF_8)));
    assertThat(second.routes().imports().names()).containsExactly("from-hub");
    assertThat(second.session().transportTtl()).isEqualTo(1);
    PeerConfig third = peer(config, "10.0.0.3");
    assertThat(third.session().peerAs()).isEqualTo(65003);
    assertThat(third.session().holdTime()).isZero();
    assertThat(third.session().passive()).isTrue();
    PeerConfig inside = peer(config, "10.9.9.2");
    assertThat(inside.session().isExternal()).isFalse();
    assertThat(inside.routes().prefixLimit()).isEqualTo(new PrefixLimit(10, true));
    assertThat(inside.routes().imports().names()).containsExactly("from-all");
    assertThat(config.policyUses().asMap().toString())
        .isEqualTo("{from-all=[BGP_IMPORT], from-hub=[BGP_IMPORT]}");
    assertThat(config.toString()).doesNotContain("secret-word");
  }

  @Test
  void whoAGroupAllowsInheritsFromItAndIsNeverCalled() {
    BgpConfig config =
        bind(
            "hold-time 30",
            "group spokes type external",
            "group spokes peer-as 65002",
            "group spokes authentication-key secret-word",
            "group spokes allow 10.1.0.0/16",
            "group inside type internal",
            "group inside allow 10.1.2.0/24");
    assertThat(diagnostics.findings()).isEmpty();
    PeerConfig spoke = config.dynamicPeer(Ipv4Address.of("10.1.9.9")).orElseThrow();
    assertThat(spoke.address()).isEqualTo(Ipv4Address.of("10.1.9.9"));
    assertThat(spoke.group()).isEqualTo("spokes");
    assertThat(spoke.session().passive()).isTrue();
    assertThat(spoke.session().peerAs()).isEqualTo(65002);
    assertThat(spoke.session().holdTime()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.dynamicPeer(Ipv4Address.of("10.1.2.9")).orElseThrow().group())
        .isEqualTo("inside");
    assertThat(config.dynamicPeer(Ipv4Address.of("10.2.0.1"))).isEmpty();
    assertThat(config.isEmpty()).isFalse();
    assertThat(bind("group any peer-as 7", "group any allow all").dynamic())
        .extracting(d -> d.allowed().toString())
        .containsExactly("0.0.0.0/0");
  }

  @Test
  void whatIsWrongWithAnAllowedPrefixIsSaid() {
    bind("group a allow 10.0.0.0/8");
    assertFinding("needs peer-as, here or in its group, as its group is external");
    bind(
        "group a peer-as 7",
        "group a allow 10.0.0.0/8",
        "group b peer-as 7",
        "group b allow 10.0.0.0/8");
    assertFinding("10.0.0.0/8 is allowed twice");
    bind(
        "group a peer-as 7",
        "group a authentication-key secret-word",
        "group a allow 10.0.0.0/8",
        "group b peer-as 7",
        "group b neighbor 10.0.0.9");
    assertFinding("needs an authentication-key, as those have who are allowed from 10.0.0.0/8");
  }

  @Test
  void aPolicyThatIsNotDefinedIsReportedOnceHoweverManyInheritIt() {
    bind(
        "group hub peer-as 65002",
        "group hub export nowhere",
        "group hub neighbor 10.0.0.2",
        "group hub neighbor 10.0.0.3",
        "group empty import elsewhere");
    assertThat(diagnostics.findings())
        .extracting(finding -> finding.path() + ": " + finding.message())
        .containsExactly(
            "protocols bgp group export: policy-statement 'nowhere' is not defined",
            "protocols bgp group import: policy-statement 'elsewhere' is not defined");
  }

  @Test
  void routingOptionsCompleteThePeers() {
    BgpConfig config =
        bind(
                "group inside type internal",
                "group inside neighbor 10.9.9.2",
                "group out peer-as 65002",
                "group out neighbor 10.0.0.2 local-as 65100")
            .withRouting(65001, RouterId.of("10.0.0.1"));
    assertThat(peer(config, "10.9.9.2").session().peerAs()).isEqualTo(65001);
    assertThat(peer(config, "10.0.0.2").session().localAs()).isEqualTo(65100);
    assertThat(peer(config, "10.0.0.2").session().globalAs()).isEqualTo(65001);
  }

  @Test
  void aMultihopPeerIsNotWatchedByBfd() {
    bind(
        "group hub type external",
        "group hub peer-as 65002",
        "group hub multihop",
        "group hub bfd-liveness-detection minimum-interval 50",
        "group hub neighbor 10.0.0.2");
    assertFinding("watches a single hop");
  }

  @Test
  void anExternalPeerNeedsItsAs() {
    bind("group hub type external", "group hub neighbor 10.0.0.2");
    assertFinding("needs peer-as");
  }

  @Test
  void aHoldTimeOfOneSecondIsRefused() {
    bind("group hub peer-as 65002", "group hub neighbor 10.0.0.2 hold-time 1");
    assertFinding("hold-time is 0, or 3 to 65535");
  }

  @Test
  void aNeighborInTwoGroupsIsRefused() {
    bind(
        "group a peer-as 65002",
        "group a neighbor 10.0.0.2",
        "group b peer-as 65002",
        "group b neighbor 10.0.0.2");
    assertFinding("stands in two groups");
  }

  @Test
  void aKeyTooLongForTheKernelIsRefusedWithoutBeingShown() {
    ConfigParser.parse(
        SchemaRoot.of(List.of(new BgpSection())).root(),
        "bgp.conf",
        "set protocols bgp group a authentication-key " + "k".repeat(81),
        diagnostics);
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::message)
        .containsExactly("'authentication-key': the secret must have 1 to 80 characters");
    assertThat(diagnostics.findings().toString()).doesNotContain("kkkk");
  }

  @Test
  void thePeersAsMustFitTheTypeOfTheGroup() {
    ConfigNode node =
        tree(
            "group a type internal",
            "group a peer-as 65009",
            "group a neighbor 10.0.0.2",
            "group b type external",
            "group b peer-as 65001",
            "group b neighbor 10.0.0.3");
    BgpSection.crossCheck(node, 65001L, diagnostics);
    assertThat(diagnostics.findings()).hasSize(2);
  }

  private void assertFinding(String words) {
    assertThat(diagnostics.findings())
        .anySatisfy(finding -> assertThat(finding.message()).contains(words));
  }

  private static PeerConfig peer(BgpConfig config, String address) {
    return config.peers().stream()
        .filter(p -> p.address().equals(Ipv4Address.of(address)))
        .findFirst()
        .orElseThrow();
  }

  private BgpConfig bind(String... statements) {
    return new BgpSection().with(POLICIES).bind(tree(statements), diagnostics);
  }

  /** The tree those {@code set protocols bgp …} lines describe. */
  private static ConfigNode tree(String... statements) {
    Draft root = new Draft(new BgpSection().schema(), List.of());
    for (String statement : statements) {
      root.add(List.of(statement.split(" ")));
    }
    return root.node("protocols bgp");
  }

  private record Draft(SchemaNode schema, List<String> words, Map<String, Draft> children) {
    Draft(SchemaNode schema, List<String> words) {
      this(schema, words, new LinkedHashMap<>());
    }

    void add(List<String> statement) {
      if (statement.isEmpty()) {
        return;
      }
      SchemaNode member =
          schema.members().stream()
              .filter(m -> m.keyword().equals(statement.getFirst()))
              .findFirst()
              .orElseThrow();
      int values =
          switch (member) {
            case SchemaNode.Container c -> 0;
            case SchemaNode.Flag f -> 0;
            case SchemaNode.Keyed k -> 1;
            case SchemaNode.Leaf l -> 1;
            case SchemaNode.LeafList l -> 1;
          };
      List<String> own = statement.subList(1, 1 + values);
      children
          .computeIfAbsent(member.keyword() + own, k -> new Draft(member, own))
          .add(statement.subList(1 + values, statement.size()));
    }

    ConfigNode node(String path) {
      List<ConfigNode> nodes = new ArrayList<>();
      children.values().forEach(c -> nodes.add(c.node(path + " " + c.schema.keyword())));
      return new ConfigNode(schema, words, nodes, false, path, new SourcePosition("test", 1, 1));
    }
  }
}
