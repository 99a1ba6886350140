package dev.culvert.firewall.path;

import static dev.culvert.firewall.path.Some.address;
import static dev.culvert.firewall.path.Some.names;
import static dev.culvert.firewall.path.Some.policy;
import static dev.culvert.firewall.path.Some.prefix;
import static dev.culvert.firewall.path.Some.tcp;
import static dev.culvert.firewall.path.Some.zone;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.SessionReview.Seen;
import dev.culvert.firewall.path.SessionReview.Verdict;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.PolicyTable.Rematch;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * What becomes of sessions, by whom and where they are:
 *
 * <pre>
 *   trust 10.1.0.0/16 -- eth0   router   eth1 192.0.2.1 -- untrust, everything else
 *                                        eth2 -- dmz 10.3.0.0/16
 * </pre>
 */
class SessionReviewTest {
  private static final IpAddress HOST = address("10.1.0.9");
  private static final IpAddress SERVER = address("10.3.0.80");
  private static final IpAddress ROUTER = address("192.0.2.1");
  private static final IpAddress SOMEBODY = address("203.0.113.5");
  private static final IpAddress GIVEN = address("198.51.100.7");

  private static final Zone TRUST = zone("trust", "eth0.0");
  private static final Zone UNTRUST = zone("untrust", "eth1.0", SystemService.SSH);
  private static final Zone DMZ = zone("dmz", "eth2.0");
  private static final List<Zone> ZONES = List.of(TRUST, UNTRUST, DMZ);

  private static final Policy OUT = policy(1, "trust", "untrust", "out").permit();
  private static final Policy IN = policy(2, "untrust", "dmz", "in").permit();

  private static final Flow WEB = tcp(HOST, 40_000, SOMEBODY, 80);

  private Rematch rematch = Rematch.DELETED_ONLY;

  // --- Policies ----------------------------------------------------------------------------------

  @Test
  void aSessionOfADeletedPolicyEndsAndOthersGoOn() {
    SessionReview review = new SessionReview(policies(OUT, IN), policies(IN));
    assertThat(review.judge(of(1, WEB), this::route)).isEqualTo(new Verdict.Ends());
    assertThat(review.judge(of(2, WEB), this::route)).isEqualTo(new Verdict.GoesOn());
    assertThat(review.judge(of(0, WEB), this::route)).isEqualTo(new Verdict.GoesOn());
  }

  @Test
  void aModifiedPolicyKeepsItsSessionsUnlessTheyAreToBeMatchedAgain() {
    Policy narrowed = policy(1, "trust", "untrust", "out").tcp(443).permit();
    assertThat(new SessionReview(policies(OUT), policies(narrowed)).isNeeded()).isFalse();

    rematch = Rematch.REMATCH;
    SessionReview review = new SessionReview(policies(OUT), policies(narrowed));
    assertThat(review.judge(of(1, WEB), this::route)).isEqualTo(new Verdict.Ends());
    Flow secure = tcp(HOST, 40_000, SOMEBODY, 443);
    assertThat(review.judge(of(1, secure), this::route)).isEqualTo(new Verdict.GoesOn());
  }

  @Test
  void aDenyBeforeThePermitEndsWhatItCoversWhereEverySessionIsMatchedAgain() {
    Policy deny = policy(3, "trust", "untrust", "no-web").tcp(80).deny();
    rematch = Rematch.REMATCH;
    assertThat(new SessionReview(policies(OUT), policies(deny, OUT)).isNeeded()).isFalse();

    rematch = Rematch.EXTENSIVE;
    SessionReview review = new SessionReview(policies(OUT), policies(deny, OUT));
    assertThat(review.judge(of(1, WEB), this::route)).isEqualTo(new Verdict.Ends());
    Flow secure = tcp(HOST, 40_000, SOMEBODY, 443);
    assertThat(review.judge(of(1, secure), this::route)).isEqualTo(new Verdict.GoesOn());
  }

  @Test
  void theOrderOfPoliciesAloneIsAChange() {
    Policy deny = policy(3, "trust", "untrust", "no-web").tcp(80).deny();
    rematch = Rematch.EXTENSIVE;
    SessionReview review = new SessionReview(policies(OUT, deny), policies(deny, OUT));
    assertThat(review.judge(of(1, WEB), this::route)).isEqualTo(new Verdict.Ends());
  }

  @Test
  void aSessionMovesToThePolicyThatPermitsItWhenItsOwnIsDeleted() {
    Policy other = policy(4, "trust", "untrust", "other").permit();
    rematch = Rematch.EXTENSIVE;
    SessionReview review = new SessionReview(policies(OUT), policies(other));
    assertThat(review.judge(of(1, WEB), this::route)).isEqualTo(new Verdict.MovesTo(4));
  }

  @Test
  void aSessionWithoutARouteStaysWithItsPolicyAsLongAsThatPermitsIt() {
    RouteLookup nowhere = flow -> new RouteAnswer.Unreachable("");
    rematch = Rematch.EXTENSIVE;
    Policy deny = policy(3, "trust", "untrust", "no-ssh").tcp(22).deny();
    SessionReview review = new SessionReview(policies(OUT, IN), policies(deny, OUT));
    assertThat(review.judge(of(1, WEB), nowhere)).isEqualTo(new Verdict.GoesOn());
    assertThat(review.judge(of(2, WEB), nowhere)).isEqualTo(new Verdict.Ends());
  }

  /** FTP's data connection has ports that no policy names. */
  @Test
  void aSessionThatAnotherHasForetoldEndsWithThePolicyAndIsNotMatched() {
    Policy narrowed = policy(1, "trust", "untrust", "out").tcp(21).permit();
    Seen data = new Seen(WEB, WEB, 1, true);
    rematch = Rematch.REMATCH;
    assertThat(new SessionReview(policies(OUT, IN), policies(narrowed)).judge(data, this::route))
        .isEqualTo(new Verdict.GoesOn());
    assertThat(new SessionReview(policies(OUT, IN), policies(IN)).judge(data, this::route))
        .isEqualTo(new Verdict.Ends());
  }

  // --- Zones -------------------------------------------------------------------------------------

  @Test
  void sessionsOfAnInterfaceThatLeavesItsZoneEnd() {
    Ruleset after =
        ruleset(List.of(TRUST, zone("untrust", "eth9.0"), DMZ), NatTable.EMPTY, OUT, IN);
    SessionReview review = new SessionReview(policies(OUT, IN), after);
    assertThat(review.judge(of(1, WEB), this::route)).isEqualTo(new Verdict.Ends());
    Flow inside = tcp(HOST, 40_000, SERVER, 80);
    assertThat(review.judge(of(1, inside), this::route)).isEqualTo(new Verdict.GoesOn());
    Flow toRouter = tcp(SOMEBODY, 40_000, ROUTER, 22);
    assertThat(review.judge(of(0, toRouter), this::route)).isEqualTo(new Verdict.Ends());
    Flow ofRouter = tcp(ROUTER, 40_000, SOMEBODY, 179);
    assertThat(review.judge(of(0, ofRouter), this::route)).isEqualTo(new Verdict.GoesOn());
  }

  @Test
  void sessionsOfAnInterfaceInAnotherZoneAreLookedUpThere() {
    Policy outside = policy(5, "trust", "outside", "web").tcp(80).permit();
    Ruleset after =
        ruleset(List.of(TRUST, zone("outside", "eth1.0"), DMZ), NatTable.EMPTY, OUT, outside);
    SessionReview review = new SessionReview(policies(OUT), after);
    assertThat(review.judge(of(1, WEB), this::route)).isEqualTo(new Verdict.MovesTo(5));
    Flow secure = tcp(HOST, 40_000, SOMEBODY, 443);
    assertThat(review.judge(of(1, secure), this::route)).isEqualTo(new Verdict.Ends());
  }

  @Test
  void whenTheFirstZonesAppearSessionsFromBeforeAreLookedUp() {
    for (Ruleset before : new Ruleset[] {Ruleset.EMPTY, null}) {
      SessionReview review = new SessionReview(before, policies(OUT, IN));
      assertThat(review.judge(of(0, WEB), this::route)).isEqualTo(new Verdict.MovesTo(1));
      Flow denied = tcp(HOST, 40_000, SERVER, 80);
      assertThat(review.judge(of(0, denied), this::route)).isEqualTo(new Verdict.Ends());
      assertThat(review.judge(of(0, tcp(SOMEBODY, 1, ROUTER, 22)), this::route))
          .isEqualTo(new Verdict.GoesOn());
      assertThat(review.judge(of(0, tcp(SOMEBODY, 1, ROUTER, 23)), this::route))
          .isEqualTo(new Verdict.Ends());
    }
  }

  @Test
  void aChangeOfSomethingElseAsksNothing() {
    assertThat(new SessionReview(policies(OUT), policies(OUT, IN)).isNeeded()).isFalse();
    assertThat(new SessionReview(policies(OUT), Ruleset.EMPTY).isNeeded()).isTrue();
    assertThat(new SessionReview(policies(OUT), Ruleset.EMPTY).judge(of(1, WEB), this::route))
        .isEqualTo(new Verdict.GoesOn());
  }

  // --- NAT ---------------------------------------------------------------------------------------

  private static final SourceNatPool POOL = pool("198.51.100.0/28");
  private static final Flow GIVEN_WEB = tcp(GIVEN, 2_000, SOMEBODY, 80);

  @Test
  void aSessionWhoseSourceNatRuleIsTakenAwayEnds() {
    Seen session = new Seen(WEB, GIVEN_WEB, 1, false);
    NatTable nat = sources(pooled(POOL));
    assertThat(after(nat, NatTable.EMPTY, session)).isEqualTo(new Verdict.Ends());
    assertThat(after(nat, sources(off(), pooled(POOL)), session)).isEqualTo(new Verdict.Ends());
    assertThat(after(nat, sources(pooled(pool("203.0.113.64/28"))), session))
        .isEqualTo(new Verdict.Ends());
    assertThat(after(nat, sources(pooled(POOL), pooled(pool("203.0.113.64/28"))), session))
        .isEqualTo(new Verdict.GoesOn());
    assertThat(after(nat, sources(pooled(pool("198.51.100.0/24"))), session))
        .isEqualTo(new Verdict.GoesOn());
  }

  @Test
  void aSessionByTheAddressOfTheInterfaceGoesOnAsLongAsItsRuleDoes() {
    Seen session = new Seen(WEB, tcp(ROUTER, 40_001, SOMEBODY, 80), 1, false);
    SourceNatRule rule =
        new SourceNatRule(1, "lan", null, Some.anyNat(), new SourceNatRule.Action.Interface());
    assertThat(after(sources(rule), NatTable.EMPTY, session)).isEqualTo(new Verdict.Ends());
    assertThat(after(sources(rule), sources(pooled(POOL)), session)).isEqualTo(new Verdict.Ends());
    assertThat(after(sources(rule), sources(rule, off()), session)).isEqualTo(new Verdict.GoesOn());
  }

  @Test
  void anUntranslatedSessionEndsWhereARuleWouldTranslateIt() {
    Seen session = new Seen(WEB, WEB, 1, false);
    assertThat(after(sources(off()), sources(pooled(POOL)), session)).isEqualTo(new Verdict.Ends());
    Seen elsewhere = of(1, tcp(HOST, 40_000, SERVER, 80));
    assertThat(after(sources(off()), sources(pooled(POOL)), elsewhere))
        .isEqualTo(new Verdict.GoesOn());
  }

  @Test
  void aSessionWhosePortIsForwardedElsewhereEnds() {
    Seen session =
        new Seen(tcp(SOMEBODY, 5_000, ROUTER, 8443), tcp(SOMEBODY, 5_000, SERVER, 443), 2, false);
    NatTable nat = destinations(forwarding("10.3.0.80", 443));
    assertThat(after(nat, destinations(forwarding("10.3.0.81", 443)), session))
        .isEqualTo(new Verdict.Ends());
    assertThat(after(nat, destinations(forwarding("10.3.0.80", 444)), session))
        .isEqualTo(new Verdict.Ends());
    assertThat(after(nat, NatTable.EMPTY, session)).isEqualTo(new Verdict.Ends());
    NatTable more = destinations(forwarding("10.3.0.80", 443), forwarding("10.3.0.81", 443));
    assertThat(after(nat, more, session)).isEqualTo(new Verdict.GoesOn());
  }

  @Test
  void sessionsByStaticNatEndWithItInBothDirections() {
    NatTable nat = statics("198.51.100.0/24", "10.3.0.0/24");
    IpAddress outside = address("198.51.100.80");
    Seen inward =
        new Seen(tcp(SOMEBODY, 5_000, outside, 80), tcp(SOMEBODY, 5_000, SERVER, 80), 2, false);
    Seen outward =
        new Seen(tcp(SERVER, 5_000, SOMEBODY, 80), tcp(outside, 5_000, SOMEBODY, 80), 2, false);
    for (Seen session : List.of(inward, outward)) {
      assertThat(after(nat, NatTable.EMPTY, session)).isEqualTo(new Verdict.Ends());
      assertThat(after(nat, statics("198.51.100.0/24", "10.3.1.0/24"), session))
          .isEqualTo(new Verdict.Ends());
      assertThat(after(nat, statics("198.51.100.0/25", "10.3.0.0/25"), session))
          .isEqualTo(new Verdict.GoesOn());
    }
  }

  /** The kernel chooses identifiers, and an answer has another type than its question. */
  @Test
  void pingsGoOnWithTheirRule() {
    Flow ping = Flow.icmp(HOST, SOMEBODY, ServiceMatch.ICMP, 8, 0, 17);
    Flow given = Flow.icmp(GIVEN, SOMEBODY, ServiceMatch.ICMP, 8, 0, 18);
    Seen session = new Seen(ping, given, 1, false);
    NatTable nat = sources(pooled(POOL));
    assertThat(after(nat, sources(pooled(POOL), off()), session)).isEqualTo(new Verdict.GoesOn());
    assertThat(after(nat, sources(off()), session)).isEqualTo(new Verdict.Ends());
  }

  /** It began by an interface that its route no longer leads to. */
  @Test
  void aSessionThatHasMovedEndsWhenNoRuleMakesItsTranslation() {
    Seen session = new Seen(WEB, GIVEN_WEB, 1, false);
    RouteLookup moved =
        flow ->
            flow.destination().equals(SOMEBODY)
                ? new RouteAnswer.Out(InterfaceName.of("eth2.0"), null, "")
                : route(flow);
    NatTable nat = sources(pooled(POOL));
    SessionReview changed =
        new SessionReview(
            ruleset(ZONES, nat, OUT), ruleset(ZONES, sources(pooled(POOL), off()), OUT));
    assertThat(changed.judge(session, moved)).isEqualTo(new Verdict.GoesOn());
    SessionReview gone =
        new SessionReview(ruleset(ZONES, nat, OUT), ruleset(ZONES, NatTable.EMPTY, OUT));
    assertThat(gone.judge(session, moved)).isEqualTo(new Verdict.Ends());
  }

  @Test
  void whatSomebodyElseTranslatesIsTheirs() {
    Seen session = new Seen(WEB, tcp(address("172.17.0.1"), 9, SOMEBODY, 80), 1, false);
    NatTable nat = sources(pooled(POOL));
    assertThat(after(nat, NatTable.EMPTY, session)).isEqualTo(new Verdict.GoesOn());
  }

  private Verdict after(NatTable before, NatTable after, Seen session) {
    SessionReview review =
        new SessionReview(ruleset(ZONES, before, OUT, IN), ruleset(ZONES, after, OUT, IN));
    assertThat(review.isNeeded()).isTrue();
    return review.judge(session, this::route);
  }

  // --- The scene ---------------------------------------------------------------------------------

  private static Seen of(int policy, Flow flow) {
    return new Seen(flow, flow, policy, false);
  }

  private RouteAnswer route(Flow flow) {
    IpAddress to = flow.destination();
    if (to.equals(ROUTER)) {
      return new RouteAnswer.Local("");
    }
    String device =
        prefix("10.1.0.0/16").contains(to)
            ? "eth0.0"
            : prefix("10.3.0.0/16").contains(to) ? "eth2.0" : "eth1.0";
    return new RouteAnswer.Out(InterfaceName.of(device), null, "");
  }

  private Ruleset policies(Policy... policies) {
    return ruleset(ZONES, NatTable.EMPTY, policies);
  }

  private Ruleset ruleset(List<Zone> zones, NatTable nat, Policy... policies) {
    PolicyTable table = new PolicyTable(Map.of(), List.of(), false, rematch);
    for (Policy policy : policies) {
      table = Some.with(table, policy);
    }
    return new Ruleset(zones, table, nat, FlowOptions.DEFAULT);
  }

  private static SourceNatPool pool(String addresses) {
    return new SourceNatPool(
        "pool",
        null,
        List.of(AddressRange.of(prefix(addresses))),
        SourceNatPool.DEFAULT_PORTS,
        null,
        false,
        null);
  }

  private static SourceNatRule pooled(SourceNatPool pool) {
    return new SourceNatRule(2, "r", null, Some.anyNat(), new SourceNatRule.Action.Pool(pool));
  }

  private static SourceNatRule off() {
    return new SourceNatRule(3, "off", null, Some.anyNat(), new SourceNatRule.Action.Off());
  }

  private static NatTable sources(SourceNatRule... rules) {
    NatScope from = new NatScope.Zones(names("trust"));
    NatScope to = new NatScope.Zones(names("untrust"));
    return new NatTable(
        List.of(),
        List.of(new NatRuleSet<>("s", null, from, to, List.of(rules))),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static DestinationNatRule forwarding(String to, int port) {
    NatMatch match =
        new NatMatch(
            AddressMatch.ANY,
            new AddressMatch(
                List.of("192.0.2.1/32"),
                false,
                AddressSet.ofHosts(List.of(ROUTER)),
                new TreeSet<>()),
            List.of(),
            List.of(PortRange.of(8443)),
            new TreeSet<>(),
            List.of());
    return new DestinationNatRule(
        4,
        "web",
        null,
        match,
        new DestinationNatRule.Action.Pool(
            new DestinationNatPool("p", null, AddressRange.host(address(to)), port)));
  }

  private static NatTable destinations(DestinationNatRule... rules) {
    NatScope from = new NatScope.Zones(names("untrust"));
    return new NatTable(
        List.of(),
        List.of(),
        List.of(new NatRuleSet<>("d", null, from, null, new ArrayList<>(List.of(rules)))),
        List.of(),
        List.of(),
        List.of());
  }

  private static NatTable statics(String outside, String inside) {
    NatScope from = new NatScope.Zones(names("untrust"));
    StaticNatRule rule =
        new StaticNatRule(
            5, "s", null, AddressMatch.ANY, prefix(outside), prefix(inside), null, null, false);
    return new NatTable(
        List.of(new NatRuleSet<>("st", null, from, null, List.of(rule))),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }
}
