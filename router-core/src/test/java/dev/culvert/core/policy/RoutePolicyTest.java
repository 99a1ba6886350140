package dev.culvert.core.policy;

import static dev.culvert.core.policy.PolicyResult.Verdict.ACCEPT;
import static dev.culvert.core.policy.PolicyResult.Verdict.DEFAULT;
import static dev.culvert.core.policy.PolicyResult.Verdict.REJECT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.AsPath.SegmentType;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Origin;
import dev.culvert.core.policy.PolicyResult.Verdict;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutePolicyTest {
  private static final PolicyOptionsSection SECTION = new PolicyOptionsSection();
  private static final SchemaRoot SCHEMA = SchemaRoot.of(List.of(SECTION));

  /** Match type against route, as the table in Junos' manual of route-filter match types. */
  @ParameterizedTest
  @CsvSource({
    "exact, 192.168.0.0/16, ACCEPT",
    "exact, 192.168.0.0/17, DEFAULT",
    "exact, 192.168.128.0/17, DEFAULT",
    "orlonger, 192.168.0.0/16, ACCEPT",
    "orlonger, 192.168.65.1/32, ACCEPT",
    "orlonger, 192.169.0.0/16, DEFAULT",
    "orlonger, 192.0.0.0/8, DEFAULT",
    "longer, 192.168.0.0/16, DEFAULT",
    "longer, 192.168.0.0/17, ACCEPT",
    "upto /24, 192.168.0.0/16, ACCEPT",
    "upto /24, 192.168.5.0/24, ACCEPT",
    "upto /24, 192.168.5.0/25, DEFAULT",
    "prefix-length-range /18-/20, 192.168.0.0/17, DEFAULT",
    "prefix-length-range /18-/20, 192.168.64.0/18, ACCEPT",
    "prefix-length-range /18-/20, 192.168.64.0/20, ACCEPT",
    "prefix-length-range /18-/20, 192.168.64.0/21, DEFAULT",
  })
  void routeFilterMatchTypes(String matchType, String route, Verdict verdict) {
    PolicyChain chain =
        chain(
            "policy-statement p { from route-filter 192.168.0.0/16 "
                + matchType
                + "; then accept; }");
    assertThat(evaluate(chain, fixed(route)).verdict()).isEqualTo(verdict);
  }

  @Test
  void theLongestRouteFilterOverARouteDecidesAloneAndItsOwnActionReplacesThen() {
    PolicyChain chain =
        chain(
            """
            policy-statement p {
                term t {
                    from {
                        route-filter 10.0.0.0/8 orlonger;
                        route-filter 10.1.0.0/16 exact;
                        route-filter 10.2.0.0/16 orlonger reject;
                    }
                    then { metric 5; accept; }
                }
            }
            """);
    assertThat(evaluate(chain, fixed("10.3.0.0/16")).modifications().metric()).isEqualTo(5L);
    // 10.1.0.0/16 is the longest filter over it and fails; 10.0.0.0/8 would match but is not asked.
    assertThat(evaluate(chain, fixed("10.1.1.0/24")).verdict()).isEqualTo(DEFAULT);
    assertThat(evaluate(chain, fixed("10.1.0.0/16")).verdict()).isEqualTo(ACCEPT);
    PolicyResult rejected = evaluate(chain, fixed("10.2.9.0/24"));
    assertThat(rejected.verdict()).isEqualTo(REJECT);
    assertThat(rejected.decidedBy()).isEqualTo("p t");
  }

  @Test
  void prefixListsMatchExactlyAndPrefixListFiltersByTheirMatchType() {
    PolicyChain chain =
        chain(
            """
            prefix-list lan { 10.1.0.0/16; 2001:db8::/32; }
            policy-statement p {
                term exact { from { prefix-list lan; } then { tag 1; accept; } }
                term longer { from { prefix-list-filter lan longer; } then { tag 2; accept; } }
            }
            """);
    assertThat(evaluate(chain, fixed("10.1.0.0/16")).modifications().tag()).isEqualTo(1L);
    assertThat(evaluate(chain, fixed("10.1.2.0/24")).modifications().tag()).isEqualTo(2L);
    assertThat(evaluate(chain, fixed("2001:db8:1::/48")).modifications().tag()).isEqualTo(2L);
    assertThat(evaluate(chain, fixed("10.2.0.0/16")).verdict()).isEqualTo(DEFAULT);
  }

  @Test
  void termsAndPoliciesAreTriedInOrderUntilOneDecides() {
    PolicyChain chain =
        chain(
            """
            policy-statement p {
                term mark { then { tag 7; } }
                term skip { from protocol static; then next policy; }
                then reject;
            }
            policy-statement q {
                term marked { from tag 7; then { metric 9; accept; } }
            }
            """,
            "p",
            "q");
    PolicyResult result = evaluate(chain, fixed("10.0.0.0/8"));
    assertThat(result.verdict()).isEqualTo(ACCEPT);
    assertThat(result.modifications().tag()).isEqualTo(7L);
    assertThat(result.modifications().metric()).isEqualTo(9L);
    assertThat(result.decidedBy()).isEqualTo("q marked");
    assertThat(evaluate(chain, direct("10.0.0.0/8")).verdict()).isEqualTo(REJECT);
  }

  @Test
  void changesWithoutADecisionStayForTheProtocolsOwnRule() {
    PolicyResult result =
        evaluate(chain("policy-statement p { then metric 3; }"), fixed("10.0.0.0/8"));
    assertThat(result.verdict()).isEqualTo(DEFAULT);
    assertThat(result.modifications().metric()).isEqualTo(3L);
    assertThat(
            evaluate(
                    chain("policy-statement p { then default-action reject; }"),
                    fixed("10.0.0.0/8"))
                .verdict())
        .isEqualTo(REJECT);
  }

  @ParameterizedTest
  @CsvSource({
    "protocol bgp, true",
    "protocol [ static ospf ], false",
    "neighbor 192.0.2.9, true",
    "neighbor 192.0.2.8, false",
    "next-hop 192.0.2.9, true",
    "interface st0.0, false",
    "local-preference 200, true",
    "local-preference 100, false",
    "metric 30, true",
    "origin egp, true",
    "origin igp, false",
    "community hundred, true",
    "community both, true",
    "community one-missing, false",
    "community any-of-us, true",
    "community well-known, true",
    "community large, true",
    "community large-pattern, true",
    "community other-large, false",
    "as-path from-us, true",
    "as-path other, false",
    "external, false",
    "family inet6, false",
    "rib inet.0, true",
  })
  void conditionsOnABgpRoute(String condition, boolean matches) {
    PolicyChain chain =
        chain(
            """
            community hundred members 65001:100;
            community both members [ 65001:100 65001:200 ];
            community one-missing members [ 65001:100 65001:300 ];
            community any-of-us members 65001:*;
            community well-known members no-export;
            community large members large:65001:1:2;
            community large-pattern members large:65001:*:*;
            community other-large members large:65002:*:*;
            as-path from-us "65001 .*";
            as-path other "65002+";
            policy-statement p { from { %s; } then accept; }
            """
                .formatted(condition));
    Verdict verdict = evaluate(chain, bgp()).verdict();
    assertThat(verdict).isEqualTo(matches ? ACCEPT : DEFAULT);
  }

  @Test
  void bgpAttributesAreChangedAsThenSays() {
    PolicyChain chain =
        chain(
            """
            community mine members 65001:1;
            community old members 65001:*;
            policy-statement p {
                term clean { then { community delete old; } }
                then {
                    local-preference 300;
                    preference 20;
                    next-hop self;
                    as-path-prepend "65001 65001";
                    origin incomplete;
                    community add mine;
                    accept;
                }
            }
            """);
    RouteModifications changes = evaluate(chain, bgp()).modifications();
    assertThat(changes.localPreference()).isEqualTo(300L);
    assertThat(changes.preference()).isEqualTo(20L);
    assertThat(changes.nextHop()).isEqualTo(new PolicyAction.NextHopSelf());
    assertThat(changes.asPathPrepend()).containsExactly(65001L, 65001L);
    assertThat(changes.origin()).isEqualTo(Origin.INCOMPLETE);
    assertThat(changes.communities().texts())
        .containsExactly("65001:1", "no-export", "large:65001:1:2");
  }

  @Test
  void ospfExternalsAreMatchedAndMadeByType() {
    PolicyChain chain =
        chain(
            """
            policy-statement p {
                from { protocol ospf; external { type 2; } }
                then { external { type 1; } accept; }
            }
            """);
    assertThat(
            evaluate(chain, ospf(RouteDetail.OspfPathType.TYPE_2_EXTERNAL))
                .modifications()
                .externalType())
        .isEqualTo(1);
    assertThat(evaluate(chain, ospf(RouteDetail.OspfPathType.TYPE_1_EXTERNAL)).verdict())
        .isEqualTo(DEFAULT);
    assertThat(evaluate(chain, ospf(RouteDetail.OspfPathType.INTRA_AREA)).verdict())
        .isEqualTo(DEFAULT);
  }

  @Test
  void toNeighborAsksWhereTheRouteIsSent() {
    PolicyChain chain = chain("policy-statement p { to { neighbor 192.0.2.1; } then reject; }");
    assertThat(chain.evaluate(bgp(), RoutePolicyContext.exportTo(address("192.0.2.1"))).verdict())
        .isEqualTo(REJECT);
    assertThat(chain.evaluate(bgp(), RoutePolicyContext.NONE).verdict()).isEqualTo(DEFAULT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "policy-statement p { }| policy has neither a term nor 'then'",
        "policy-statement p { from { } then accept; }| 'from' has no condition",
        "policy-statement p { then { } }| 'then' has no action",
        "policy-statement p { then { accept; reject; } }| only one of accept, reject and next may"
            + " be given",
        "policy-statement p { from community x; then accept; }| community 'x' is not defined",
        "policy-statement p { from as-path x; then accept; }| as-path 'x' is not defined",
        "policy-statement p { from prefix-list x; then accept; }| prefix-list 'x' is not defined",
        "policy-statement p { from { prefix-list-filter x exact; } then accept; }| prefix-list 'x'"
            + " is not defined",
        "policy-statement p { from { route-filter 10.0.0.0/8; } then accept; }| route-filter needs"
            + " one of exact, longer, orlonger, upto and prefix-length-range",
        "policy-statement p { from { route-filter 10.0.0.0/8 exact longer upto /9; } then accept;"
            + " }| route-filter needs one of exact, longer, orlonger, upto and prefix-length-range",
        "policy-statement p { from { route-filter 10.0.0.0/8 upto /7; } then accept; }| lengths"
            + " must lie between /8 and /32",
        "policy-statement p { from { route-filter 10.0.0.0/8 upto /33; } then accept; }| lengths"
            + " must lie between /8 and /32",
        "community c members 65001:*; policy-statement p { then { community add c; } }| community"
            + " 'c' has a pattern among its members",
        "policy-statement p { then next-hop 2001:db8::1; }| BGP carries IPv4 routes, whose next hop"
            + " is an IPv4 address and not 2001:db8::1",
        "community c members large:1:2;| 'members': 'large:1:2' is not a community such as"
            + " 65001:100, no-export or 65001:*",
        "community c members 1:2:3;| 'members': '1:2:3' is not a community such as 65001:100,"
            + " no-export or 65001:*",
        "community c members 65001:70000;| 'members': '65001:70000' is not a community such as"
            + " 65001:100, no-export or 65001:*",
        "as-path a \"65001 (\";| '65001 (' is not an AS path expression",
        "policy-statement p { then { metric add 5; } }| 'metric': 'add' is not a number from 0 to"
            + " 4294967295",
      })
  void whatCannotBeHonouredIsRefused(String text, String message) {
    Diagnostics diagnostics = new Diagnostics();
    bind(text, diagnostics);
    assertThat(diagnostics.findings()).extracting(Diagnostics.Finding::message).contains(message);
  }

  @Test
  void aPolicyThatIsNotDefinedIsReportedWhereItIsNamed() {
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = ConfigParser.parse(SCHEMA.root(), "f", "policy-options { }", diagnostics);
    PolicyOptions.EMPTY.resolve(List.of("nowhere"), tree.root(), diagnostics);
    assertThat(diagnostics.findings())
        .extracting(Diagnostics.Finding::message)
        .containsExactly("policy-statement 'nowhere' is not defined");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "65001 65002 65003",
        ".*",
        "^65001 .{2}$",
        "65001 (65002 | 65009) .",
        "65000-65001 .+",
        "[65001 7] [^65001] 65003?",
        "(65001|65002|65003)*",
        ". . . ()",
        "65001 65002+ 65003{1,2}",
        "(. .){1,} 65003"
      })
  void asPathExpressionsThatMatch(String expression) {
    assertThat(
            AsPathPattern.parse(expression).orElseThrow().matches(List.of(65001L, 65002L, 65003L)))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"65001", "", "()", ". .", "65001 .{3}", "[^65001] .*", "65003 .*", "(. .)*"})
  void asPathExpressionsThatDoNotMatch(String expression) {
    assertThat(
            AsPathPattern.parse(expression).orElseThrow().matches(List.of(65001L, 65002L, 65003L)))
        .isFalse();
  }

  @Test
  void nestedRepetitionsTakeNoExponentialTime() {
    AsPathPattern pattern = AsPathPattern.parse("(((.*)*)*)* 1").orElseThrow();
    assertThat(pattern.matches(java.util.Collections.nCopies(300, 2L))).isFalse();
  }

  private static PolicyChain chain(String options, String... names) {
    Diagnostics diagnostics = new Diagnostics();
    PolicyOptions bound = bind(options, diagnostics);
    ConfigTree root = ConfigTree.empty(SCHEMA.root());
    List<String> chain = names.length == 0 ? List.of("p") : List.of(names);
    PolicyChain resolved = bound.resolve(chain, root.root(), diagnostics);
    assertThat(diagnostics.findings()).isEmpty();
    return resolved;
  }

  private static PolicyOptions bind(String options, Diagnostics diagnostics) {
    String text = "policy-options {\n" + options + "\n}\n";
    ConfigTree tree = ConfigParser.parse(SCHEMA.root(), "policy.conf", text, diagnostics);
    return SchemaRoot.bind(SECTION, tree, diagnostics);
  }

  private static PolicyResult evaluate(PolicyChain chain, Route route) {
    return chain.evaluate(route, RoutePolicyContext.NONE);
  }

  private static Route fixed(String prefix) {
    return route(prefix, RouteProtocol.STATIC, 0, new NextHop.Discard(), new RouteDetail.Static(0));
  }

  private static Route direct(String prefix) {
    NextHop out = new NextHop.Via(InterfaceName.of("eth0.0"), null);
    return route(prefix, RouteProtocol.DIRECT, 0, out, new RouteDetail.None());
  }

  private static Route ospf(RouteDetail.OspfPathType type) {
    boolean external = type.ordinal() >= RouteDetail.OspfPathType.TYPE_1_EXTERNAL.ordinal();
    return route(
        "10.9.0.0/16",
        external ? RouteProtocol.OSPF_EXTERNAL : RouteProtocol.OSPF_INTERNAL,
        20,
        new NextHop.Via(InterfaceName.of("st0.0"), null),
        new RouteDetail.Ospf(type, 0, new RouterId(1)));
  }

  private static Route bgp() {
    return route(
        "10.8.0.0/16",
        RouteProtocol.BGP,
        30,
        new NextHop.Recursive(address("192.0.2.9")),
        new RouteDetail.Bgp(
            200,
            30L,
            new AsPath(
                List.of(
                    new AsPath.Segment(SegmentType.AS_SEQUENCE, List.of(65001L, 65002L)),
                    new AsPath.Segment(SegmentType.AS_SET, List.of(3L, 4L)))),
            Origin.EGP,
            Communities.parse(List.of("65001:100", "65001:200", "no-export", "large:65001:1:2"))
                .orElseThrow(),
            address("192.0.2.9"),
            new RouterId(9),
            65001,
            true,
            address("192.0.2.9"),
            0,
            null));
  }

  private static Route route(
      String prefix, RouteProtocol protocol, long metric, NextHop hop, RouteDetail detail) {
    return new Route(
        IpPrefix.parse(prefix).orElseThrow(),
        new RouteSource(protocol, ""),
        protocol.defaultPreference(),
        metric,
        0,
        List.of(hop),
        detail);
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
