package dev.culvert.firewall.path;

import static dev.culvert.firewall.path.Some.address;
import static dev.culvert.firewall.path.Some.policy;
import static dev.culvert.firewall.path.Some.prefix;
import static dev.culvert.firewall.path.Some.tcp;
import static dev.culvert.firewall.path.Some.udp;
import static dev.culvert.firewall.path.Some.zone;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.Outcome.Answer;
import dev.culvert.firewall.path.Tracking.State;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
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
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A branch: {@code trust} behind ge0.0 (10.1.1.0/24), {@code untrust} before ge1.0 with the address
 * 198.51.100.1, {@code vpn} with st0.0 and {@code backup} with st0.1 to 172.16.0.0/16.
 */
class PathWalkTest {
  private static final InterfaceName LAN = InterfaceName.of("ge0");
  private static final InterfaceName INTERNET = InterfaceName.of("ge1");
  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  private static final InterfaceName BACKUP = InterfaceName.of("st0.1");
  private static final IpAddress HOST = address("10.1.1.7");
  private static final IpAddress SERVER = address("203.0.113.9");
  private static final IpAddress REMOTE = address("172.16.5.5");
  private static final IpAddress OUTSIDE = address("198.51.100.1");

  private final Sessions sessions = new Sessions(FlowOptions.DEFAULT);
  private Instant now = Instant.EPOCH;
  private InterfaceName tunnelInUse = TUNNEL;

  private RouteAnswer route(Flow flow) {
    IpAddress to = flow.destination();
    if (to.equals(OUTSIDE) || to.equals(address("10.1.1.1"))) {
      return new RouteAnswer.Local("its own");
    }
    if (prefix("10.1.1.0/24").contains(to)) {
      return new RouteAnswer.Out(LAN, address("10.1.1.1"), "direct");
    }
    if (prefix("172.16.0.0/16").contains(to)) {
      return new RouteAnswer.Out(tunnelInUse, null, "static");
    }
    if (prefix("203.0.113.0/24").contains(to)) {
      return new RouteAnswer.Out(INTERNET, OUTSIDE, "default");
    }
    return new RouteAnswer.Unreachable("none");
  }

  private PathVerdict send(Ruleset ruleset, PacketHeaders packet) {
    PathVerdict verdict = new PathWalk(ruleset).walk(packet, this::route, sessions, now);
    sessions.accept(verdict, now);
    return verdict;
  }

  private PathVerdict send(Ruleset ruleset, InterfaceName in, Flow flow) {
    return send(ruleset, PacketHeaders.first(in, flow));
  }

  private static Ruleset branch(List<Policy> policies, NatTable nat) {
    PolicyTable table = PolicyTable.EMPTY;
    for (Policy policy : policies) {
      table = Some.with(table, policy);
    }
    return new Ruleset(
        List.of(
            zone("trust", "ge0"), zone("untrust", "ge1"),
            zone("vpn", "st0.0"), zone("backup", "st0.1")),
        table,
        nat,
        FlowOptions.DEFAULT);
  }

  private static Ruleset branch(Policy... policies) {
    return branch(List.of(policies), NatTable.EMPTY);
  }

  private static Outcome.Denied denied(PathVerdict verdict) {
    assertThat(verdict.outcome()).isInstanceOf(Outcome.Denied.class);
    return (Outcome.Denied) verdict.outcome();
  }

  // --- Zones and policies ------------------------------------------------------------------------

  @Test
  void withoutZonesEverythingIsForwarded() {
    PathVerdict verdict = send(Ruleset.EMPTY, LAN, tcp(HOST, 4000, SERVER, 80));

    assertThat(verdict.leaving()).contains(tcp(HOST, 4000, SERVER, 80));
    assertThat(verdict.step(PathStep.Zones.class)).isEmpty();
  }

  @Test
  void theFirstPolicyThatMatchesDecides() {
    Policy web = policy(1, "trust", "untrust", "web").tcp(80).permit();
    Policy none = policy(2, "trust", "untrust", "none").deny();
    Ruleset ruleset = branch(web, none);

    assertThat(send(ruleset, LAN, tcp(HOST, 4000, SERVER, 80)).policy()).contains(web);
    PathVerdict other = send(ruleset, LAN, tcp(HOST, 4000, SERVER, 22));
    assertThat(other.policy()).contains(none);
    assertThat(denied(other))
        .isEqualTo(
            new Outcome.Denied(
                "policy none",
                "set security policies from-zone trust to-zone untrust policy none then permit",
                Answer.NOTHING));
  }

  @Test
  void whatNoPolicyMatchesMeetsTheGlobalOnesAndThenTheDefault() {
    Policy global = policy(9, "dns").from("trust").udp(53).permitGlobal();
    Ruleset ruleset = branch(policy(1, "trust", "untrust", "web").tcp(80).permit(), global);

    assertThat(send(ruleset, LAN, udp(HOST, 4000, SERVER, 53)).policy()).contains(global);
    PathVerdict verdict = send(ruleset, LAN, udp(HOST, 4000, SERVER, 54));
    assertThat(verdict.steps().getLast())
        .isEqualTo(new PathStep.PolicyDefault(new ZonePair("trust", "untrust"), false));
    assertThat(denied(verdict).remedy())
        .isEqualTo("set security policies from-zone trust to-zone untrust policy NAME then permit");
  }

  @Test
  void aPolicyThatItsSchedulerHasPutToSleepMatchesNothing() {
    Ruleset ruleset = branch(policy(1, "trust", "untrust", "web").asleep().permit());

    assertThat(send(ruleset, LAN, tcp(HOST, 4000, SERVER, 80)).policy()).isEmpty();
  }

  @Test
  void excludedAddressesAreAllOthers() {
    Policy others =
        policy(1, "trust", "untrust", "p").destinationExcluded("203.0.113.9/32").permit();
    Ruleset ruleset = branch(others);

    assertThat(send(ruleset, LAN, tcp(HOST, 1, SERVER, 80)).permitted()).isFalse();
    assertThat(send(ruleset, LAN, tcp(HOST, 1, address("203.0.113.8"), 80)).permitted()).isTrue();
  }

  @Test
  void rejectTellsTheSender() {
    Ruleset ruleset = branch(policy(1, "trust", "untrust", "no").reject());

    assertThat(denied(send(ruleset, LAN, tcp(HOST, 1, SERVER, 80))).answer())
        .isEqualTo(Answer.TCP_RESET);
    assertThat(denied(send(ruleset, LAN, udp(HOST, 1, SERVER, 80))).answer())
        .isEqualTo(Answer.PROHIBITED);
  }

  @Test
  void anInterfaceInNoZonePassesNothing() {
    PathVerdict verdict =
        send(branch(), InterfaceName.of("ge7"), tcp(address("10.7.0.1"), 1, SERVER, 80));

    assertThat(denied(verdict).reason()).isEqualTo("ge7.0 is in no zone");
    assertThat(denied(verdict).remedy())
        .isEqualTo("set security zones security-zone ZONE interfaces ge7.0");
  }

  @Test
  void nothingIsForwardedFromTheManagementZone() {
    Zone management =
        new Zone(
            "management",
            Zone.Kind.MANAGEMENT,
            null,
            List.of(new Zone.Member(LAN, HostInbound.NONE)),
            false,
            HostInbound.NONE,
            false,
            null);
    Ruleset ruleset =
        new Ruleset(
            List.of(management, zone("untrust", "ge1")),
            new PolicyTable(Map.of(), List.of(), true, PolicyTable.Rematch.DELETED_ONLY),
            NatTable.EMPTY,
            FlowOptions.DEFAULT);

    assertThat(denied(send(ruleset, LAN, tcp(HOST, 1, SERVER, 80))).reason())
        .isEqualTo("nothing is forwarded from or to the functional zone management");
  }

  @Test
  void whatHasNoRouteIsDeniedByIt() {
    PathVerdict verdict = send(branch(), LAN, tcp(HOST, 1, address("192.0.2.1"), 80));

    assertThat(denied(verdict).reason()).isEqualTo("there is no route to 192.0.2.1");
    assertThat(verdict.steps().getLast())
        .isEqualTo(new PathStep.Routed(new RouteAnswer.Unreachable("none")));
  }

  // --- Sessions ----------------------------------------------------------------------------------

  @Test
  void answersPassWithoutAPolicyOfTheirOwn() {
    Ruleset ruleset = branch(policy(1, "trust", "untrust", "web").permit());
    send(ruleset, LAN, tcp(HOST, 4000, SERVER, 80));

    PathVerdict answer =
        send(
            ruleset,
            PacketHeaders.tcp(
                INTERNET, tcp(SERVER, 80, HOST, 4000), PacketHeaders.SYN | PacketHeaders.ACK));

    assertThat(answer.tracking().state()).isEqualTo(State.ESTABLISHED);
    assertThat(answer.permitted()).isTrue();
    assertThat(send(ruleset, INTERNET, tcp(SERVER, 81, HOST, 4000)).permitted()).isFalse();
  }

  @Test
  void aFirstPacketThatIsRepeatedIsAskedAboutAgainUntilThereIsAnAnswer() {
    Flow flow = udp(HOST, 4000, SERVER, 53);
    send(branch(policy(1, "trust", "untrust", "dns").permit()), LAN, flow);
    Ruleset closed = branch(policy(1, "trust", "untrust", "dns").deny());

    assertThat(send(closed, LAN, flow).permitted()).isFalse();
    assertThat(send(closed, INTERNET, flow.reversed()).permitted()).isTrue();
    assertThat(send(closed, LAN, flow).permitted()).isTrue();
  }

  @Test
  void aSegmentOfNoConnectionIsDroppedOrResetWhereItsZoneSaysSo() {
    Ruleset ruleset = branch(policy(1, "trust", "untrust", "web").permit());
    PacketHeaders stray = PacketHeaders.tcp(LAN, tcp(HOST, 4000, SERVER, 80), PacketHeaders.ACK);

    assertThat(denied(send(ruleset, stray)).answer()).isEqualTo(Answer.NOTHING);
    Ruleset resetting =
        new Ruleset(
            List.of(Some.resetting("trust", "ge0"), zone("untrust", "ge1")),
            ruleset.policies(),
            NatTable.EMPTY,
            FlowOptions.DEFAULT);
    assertThat(denied(send(resetting, stray)).answer()).isEqualTo(Answer.TCP_RESET);
  }

  @Test
  void aSessionEndsWhenItsTimeIsOver() {
    Ruleset ruleset = branch(policy(1, "trust", "untrust", "dns").permit());
    Flow flow = udp(HOST, 4000, SERVER, 53);
    send(ruleset, LAN, flow);
    now = now.plusMillis(59_999);
    assertThat(send(ruleset, INTERNET, flow.reversed()).permitted()).isTrue();
    now = now.plusSeconds(60);
    assertThat(send(ruleset, INTERNET, flow.reversed()).permitted()).isFalse();
    assertThat(sessions.all(now)).isEmpty();
  }

  @Test
  void aConnectionLivesAsLongAsTheKernelIsTold() {
    Ruleset ruleset = branch(policy(1, "trust", "untrust", "web").permit());
    Flow flow = tcp(HOST, 4000, SERVER, 80);
    send(ruleset, LAN, flow);
    assertThat(lifetime()).isEqualTo(Duration.ofSeconds(120));
    send(
        ruleset,
        PacketHeaders.tcp(INTERNET, flow.reversed(), PacketHeaders.SYN | PacketHeaders.ACK));
    assertThat(lifetime()).isEqualTo(Duration.ofSeconds(60));
    send(ruleset, PacketHeaders.tcp(LAN, flow, PacketHeaders.ACK));
    assertThat(lifetime()).isEqualTo(Duration.ofMinutes(30));
    send(ruleset, PacketHeaders.tcp(LAN, flow, PacketHeaders.RST));
    assertThat(lifetime()).isEqualTo(Duration.ofSeconds(10));
  }

  private Duration lifetime() {
    return Duration.between(now, sessions.all(now).getFirst().expires());
  }

  @Test
  void anApplicationsTimeoutIsItsSessions() {
    Ruleset ruleset =
        branch(policy(1, "trust", "untrust", "dns").udp(53, Duration.ofSeconds(5)).permit());
    send(ruleset, LAN, udp(HOST, 4000, SERVER, 53));

    assertThat(sessions.all(now).getFirst().expires()).isEqualTo(now.plusSeconds(5));
  }

  @Test
  void aSessionGoesOnWhenItsRouteMovesToATunnelOfAnotherZone() {
    Ruleset ruleset = branch(policy(1, "trust", "vpn", "all").permit());
    Flow flow = tcp(HOST, 4000, REMOTE, 22);
    send(ruleset, LAN, flow);
    send(
        ruleset, PacketHeaders.tcp(TUNNEL, flow.reversed(), PacketHeaders.SYN | PacketHeaders.ACK));
    tunnelInUse = BACKUP;

    PathVerdict verdict = send(ruleset, PacketHeaders.tcp(LAN, flow, PacketHeaders.ACK));

    assertThat(verdict.outcome())
        .isEqualTo(new Outcome.Forwarded(flow, new RouteAnswer.Out(BACKUP, null, "static")));
    assertThat(send(ruleset, LAN, tcp(HOST, 4001, REMOTE, 22)).permitted()).isFalse();
  }

  // --- NAT ---------------------------------------------------------------------------------------

  private static NatTable sourceNat(SourceNatRule.Action action) {
    SourceNatRule rule = new SourceNatRule(1, "r", null, Some.anyNat(), action);
    return new NatTable(
        List.of(),
        List.of(
            new NatRuleSet<>(
                "out",
                null,
                new NatScope.Zones(Some.names("trust")),
                new NatScope.Zones(Some.names("untrust")),
                List.of(rule))),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  @Test
  void interfaceNatGivesTheAddressOfTheWayOutAndAnswersFindBack() {
    Ruleset ruleset =
        branch(
            List.of(policy(1, "trust", "untrust", "all").permit()),
            sourceNat(new SourceNatRule.Action.Interface()));

    PathVerdict first = send(ruleset, LAN, udp(HOST, 4000, SERVER, 53));
    assertThat(first.leaving()).contains(udp(OUTSIDE, 4000, SERVER, 53));
    PathVerdict answer = send(ruleset, INTERNET, udp(SERVER, 53, OUTSIDE, 4000));
    assertThat(answer.leaving()).contains(udp(SERVER, 53, HOST, 4000));
  }

  @Test
  void twoHostsWithOnePortBehindOneAddressGetTwoPorts() {
    Ruleset ruleset =
        branch(
            List.of(policy(1, "trust", "untrust", "all").permit()),
            sourceNat(new SourceNatRule.Action.Interface()));

    send(ruleset, LAN, udp(HOST, 4000, SERVER, 53));
    Flow second =
        send(ruleset, LAN, udp(address("10.1.1.8"), 4000, SERVER, 53)).leaving().orElseThrow();

    assertThat(second.source()).isEqualTo(OUTSIDE);
    assertThat(second.sourcePort()).isNotEqualTo(4000);
    assertThat(send(ruleset, INTERNET, second.reversed()).leaving().orElseThrow().destination())
        .isEqualTo(address("10.1.1.8"));
  }

  @Test
  void aPoolGivesOneOfItsAddressesAndPorts() {
    SourceNatPool pool =
        new SourceNatPool(
            "p",
            null,
            List.of(new AddressRange(address("198.51.100.10"), address("198.51.100.13"))),
            new PortRange(20_000, 20_010),
            null,
            false,
            null);
    Ruleset ruleset =
        branch(
            List.of(policy(1, "trust", "untrust", "all").permit()),
            sourceNat(new SourceNatRule.Action.Pool(pool)));

    PathVerdict verdict = send(ruleset, LAN, tcp(HOST, 4000, SERVER, 80));

    Flow left = verdict.leaving().orElseThrow();
    NatChoice choice = verdict.step(PathStep.SourceNat.class).orElseThrow().choice();
    assertThat(choice).isNotNull();
    assertThat(choice.allows(4000, left.source(), left.sourcePort())).isTrue();
    assertThat(choice.allows(4000, left.source(), 4000)).isFalse();
  }

  @Test
  void aSessionWithTheAddressOfOneInterfaceEndsWhenItIsToLeaveByAnother() {
    NatTable nat = sourceNat(new SourceNatRule.Action.Interface());
    Ruleset ruleset = branch(List.of(policy(1, "trust", "untrust", "all").permit()), nat);
    Flow flow = udp(HOST, 4000, SERVER, 53);
    send(ruleset, LAN, flow);
    PathVerdict verdict =
        new PathWalk(ruleset)
            .walk(
                PacketHeaders.first(LAN, flow),
                f -> new RouteAnswer.Out(BACKUP, null, "moved"),
                sessions,
                now);
    assertThat(denied(verdict).reason())
        .isIn(PathWalk.MOVED_AWAY, "no policy from zone trust to zone backup matches");
    sessions.accept(send(ruleset, INTERNET, udp(SERVER, 53, OUTSIDE, 4000)), now);
    PathVerdict moved =
        new PathWalk(ruleset)
            .walk(
                PacketHeaders.first(LAN, flow),
                f -> new RouteAnswer.Out(BACKUP, null, "moved"),
                sessions,
                now);
    assertThat(denied(moved).reason()).isEqualTo(PathWalk.MOVED_AWAY);
    sessions.accept(moved, now);
    assertThat(sessions.all(now)).isEmpty();
  }

  private static NatTable overlap() {
    StaticNatRule rule =
        new StaticNatRule(
            1,
            "r",
            null,
            AddressMatch.ANY,
            prefix("10.101.1.0/24"),
            prefix("10.1.1.0/24"),
            null,
            null,
            false);
    return new NatTable(
        List.of(
            new NatRuleSet<>(
                "vpn",
                null,
                new NatScope.Interfaces(new TreeSet<>(Set.of(TUNNEL, BACKUP))),
                null,
                List.of(rule))),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  @Test
  void staticNatTranslatesBothWaysAndPoliciesSeeTheInside() {
    Policy inward = policy(1, "vpn", "trust", "in").destination("10.1.1.0/24").permit();
    Policy outward = policy(2, "trust", "vpn", "out").source("10.1.1.0/24").permit();
    Ruleset ruleset = branch(List.of(inward, outward), overlap());

    assertThat(send(ruleset, TUNNEL, tcp(REMOTE, 1, address("10.101.1.7"), 80)).leaving())
        .contains(tcp(REMOTE, 1, HOST, 80));
    assertThat(send(ruleset, LAN, tcp(HOST, 1, REMOTE, 80)).leaving())
        .contains(tcp(address("10.101.1.7"), 1, REMOTE, 80));
    assertThat(send(ruleset, TUNNEL, tcp(REMOTE, 80, address("10.101.1.7"), 1)).leaving())
        .contains(tcp(REMOTE, 80, HOST, 1));
  }

  @Test
  void anErrorAboutATranslatedSessionGoesToWhoSentThePacket() {
    Ruleset ruleset = branch(List.of(policy(2, "trust", "vpn", "out").permit()), overlap());
    send(ruleset, LAN, udp(HOST, 5000, REMOTE, 33434));
    IpAddress halfway = address("172.16.0.1");
    IpAddress shown = address("10.101.1.7");

    PathVerdict verdict =
        send(
            ruleset,
            PacketHeaders.error(
                TUNNEL,
                Flow.icmp(halfway, shown, ServiceMatch.ICMP, 11, 0, 0),
                udp(shown, 5000, REMOTE, 33434)));

    assertThat(verdict.tracking().state()).isEqualTo(State.RELATED);
    assertThat(verdict.leaving()).contains(Flow.icmp(halfway, HOST, ServiceMatch.ICMP, 11, 0, 0));
    assertThat(verdict.aboutLeaving()).isEqualTo(udp(HOST, 5000, REMOTE, 33434));
  }

  @Test
  void anErrorAboutNothingKnownIsDropped() {
    Ruleset ruleset = branch(policy(1, "vpn", "trust", "all").permit());

    PathVerdict verdict =
        send(
            ruleset,
            PacketHeaders.error(
                TUNNEL,
                Flow.icmp(REMOTE, HOST, ServiceMatch.ICMP, 3, 1, 0),
                udp(HOST, 1, REMOTE, 2)));

    assertThat(verdict.tracking().state()).isEqualTo(State.INVALID);
    assertThat(verdict.permitted()).isFalse();
  }

  @Test
  void pingsAreToldApartByTheirIdentifier() {
    Ruleset ruleset = branch(List.of(policy(1, "trust", "vpn", "all").permit()), overlap());
    Flow ping = Flow.icmp(HOST, REMOTE, ServiceMatch.ICMP, 8, 0, 77);
    IpAddress shown = address("10.101.1.7");
    send(ruleset, LAN, ping);

    assertThat(
            send(ruleset, TUNNEL, Flow.icmp(REMOTE, shown, ServiceMatch.ICMP, 0, 0, 77)).leaving())
        .contains(ping.reversed());
    assertThat(
            send(ruleset, TUNNEL, Flow.icmp(REMOTE, shown, ServiceMatch.ICMP, 0, 0, 78))
                .permitted())
        .isFalse();
  }

  @Test
  void destinationNatLeadsAPortInwardAndThePolicySeesTheServer() {
    DestinationNatRule rule =
        new DestinationNatRule(
            1,
            "web",
            null,
            new NatMatch(
                AddressMatch.ANY,
                AddressMatch.ANY,
                List.of(),
                List.of(PortRange.of(8080)),
                new TreeSet<>(),
                List.of()),
            new DestinationNatRule.Action.Pool(
                new DestinationNatRule.DestinationNatPool(
                    "server", null, AddressRange.host(HOST), 80)));
    NatTable nat =
        new NatTable(
            List.of(),
            List.of(),
            List.of(
                new NatRuleSet<>(
                    "in", null, new NatScope.Zones(Some.names("untrust")), null, List.of(rule))),
            List.of(),
            List.of(),
            List.of());
    Ruleset ruleset =
        branch(
            List.of(
                policy(1, "untrust", "trust", "web").destination("10.1.1.7/32").tcp(80).permit()),
            nat);

    assertThat(send(ruleset, INTERNET, tcp(SERVER, 9, OUTSIDE, 8080)).leaving())
        .contains(tcp(SERVER, 9, HOST, 80));
    assertThat(
            send(
                    ruleset,
                    PacketHeaders.tcp(
                        LAN, tcp(HOST, 80, SERVER, 9), PacketHeaders.SYN | PacketHeaders.ACK))
                .leaving())
        .contains(tcp(OUTSIDE, 8080, SERVER, 9));
  }

  @Test
  void ofTheRuleSetsThatMatchOnlyTheMostSpecificCounts() {
    SourceNatRule off =
        new SourceNatRule(1, "off", null, Some.anyNat(), new SourceNatRule.Action.Off());
    SourceNatRule give =
        new SourceNatRule(2, "give", null, Some.anyNat(), new SourceNatRule.Action.Interface());
    NatTable nat =
        new NatTable(
            List.of(),
            List.of(
                new NatRuleSet<>(
                    "instance",
                    null,
                    new NatScope.Instance(),
                    new NatScope.Instance(),
                    List.of(give)),
                new NatRuleSet<>(
                    "interface",
                    null,
                    new NatScope.Interfaces(new TreeSet<>(Set.of(LAN))),
                    new NatScope.Instance(),
                    List.of(off))),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    Ruleset ruleset = branch(List.of(policy(1, "trust", "untrust", "all").permit()), nat);

    PathVerdict verdict = send(ruleset, LAN, udp(HOST, 4000, SERVER, 53));

    assertThat(verdict.step(PathStep.SourceNat.class).orElseThrow().rule()).isEqualTo(off);
    assertThat(verdict.leaving()).contains(udp(HOST, 4000, SERVER, 53));
  }

  // --- The router itself, screens ----------------------------------------------------------------

  @Test
  void whatIsForTheRouterNeedsAServiceOfItsZone() {
    Zone trust = Some.zone("trust", "ge0", SystemService.SSH);
    Ruleset ruleset =
        new Ruleset(List.of(trust), PolicyTable.EMPTY, NatTable.EMPTY, FlowOptions.DEFAULT);
    IpAddress router = address("10.1.1.1");

    assertThat(send(ruleset, LAN, tcp(HOST, 1, router, 22)).outcome())
        .isEqualTo(new Outcome.Delivered(tcp(HOST, 1, router, 22)));
    assertThat(denied(send(ruleset, LAN, udp(HOST, 1, router, 161))).remedy())
        .isEqualTo(
            "set security zones security-zone trust interfaces ge0.0 host-inbound-traffic"
                + " system-services snmp");
  }

  @Test
  void aPolicyToJunosHostForbidsOnlyWhatItNames() {
    Zone trust = Some.zone("trust", "ge0", SystemService.SSH, SystemService.PING);
    Policy deny =
        policy(1, "trust", PolicyContext.JUNOS_HOST, "no-ssh").source("10.1.1.7/32").tcp(22).deny();
    Ruleset ruleset =
        new Ruleset(
            List.of(trust),
            Some.with(PolicyTable.EMPTY, deny),
            NatTable.EMPTY,
            FlowOptions.DEFAULT);
    IpAddress router = address("10.1.1.1");

    assertThat(send(ruleset, LAN, tcp(HOST, 1, router, 22)).permitted()).isFalse();
    assertThat(send(ruleset, LAN, tcp(address("10.1.1.8"), 1, router, 22)).permitted()).isTrue();
    assertThat(send(ruleset, LAN, Flow.icmp(HOST, router, ServiceMatch.ICMP, 8, 0, 1)).permitted())
        .isTrue();
  }

  @Test
  void aScreenDropsBeforeAnythingElseOrOnlyAlarms() {
    for (boolean alarm : List.of(false, true)) {
      Screen screen = new Screen("s", alarm, Set.of(Screen.Anomaly.TCP_SYN_FIN), Map.of());
      Ruleset ruleset =
          new Ruleset(
              List.of(Some.screened("trust", "ge0", screen), zone("untrust", "ge1")),
              PolicyTable.EMPTY,
              NatTable.EMPTY,
              FlowOptions.DEFAULT);
      PathVerdict verdict =
          send(
              ruleset,
              PacketHeaders.tcp(
                  LAN, tcp(HOST, 1, SERVER, 80), PacketHeaders.SYN | PacketHeaders.FIN));

      assertThat(verdict.steps().getFirst())
          .isEqualTo(new PathStep.Screened("trust", screen, Screen.Anomaly.TCP_SYN_FIN, !alarm));
      assertThat(verdict.steps()).hasSize(alarm ? 4 : 1);
      assertThat(denied(verdict).remedy())
          .isEqualTo(alarm ? "" : "delete security screen ids-option s tcp syn-fin");
    }
  }

  @Test
  void aSourceThatLivesElsewhereIsSpoofed() {
    Screen screen = new Screen("s", false, Set.of(Screen.Anomaly.IP_SPOOFING), Map.of());
    Ruleset ruleset =
        new Ruleset(
            List.of(zone("trust", "ge0"), Some.screened("untrust", "ge1", screen)),
            Some.with(PolicyTable.EMPTY, policy(1, "untrust", "trust", "all").permit()),
            NatTable.EMPTY,
            FlowOptions.DEFAULT);

    assertThat(send(ruleset, INTERNET, udp(SERVER, 1, HOST, 2)).permitted()).isTrue();
    assertThat(send(ruleset, INTERNET, udp(REMOTE, 1, HOST, 2)).permitted()).isFalse();
  }

  @Test
  void whoHasNoAddressYetIsNotSpoofed() {
    Screen screen = new Screen("s", false, Set.of(Screen.Anomaly.IP_SPOOFING), Map.of());
    Zone trust = Some.screened("trust", "ge0", screen);
    Ruleset ruleset =
        new Ruleset(List.of(trust), PolicyTable.EMPTY, NatTable.EMPTY, FlowOptions.DEFAULT);

    for (Flow flow :
        List.of(
            udp(address("0.0.0.0"), 68, address("255.255.255.255"), 67),
            udp(address("::"), 546, address("ff02::1:2"), 547),
            udp(address("fe80::7"), 546, address("ff02::1:2"), 547))) {
      assertThat(send(ruleset, LAN, flow).step(PathStep.Screened.class)).as("%s", flow).isEmpty();
    }
  }

  @Test
  void aSegmentWithTheFlagsOfEcnAloneHasNoFlag() {
    Screen screen = new Screen("s", false, Set.of(Screen.Anomaly.TCP_NO_FLAG), Map.of());
    Zone trust = Some.screened("trust", "ge0", screen);
    Ruleset ruleset =
        new Ruleset(List.of(trust), PolicyTable.EMPTY, NatTable.EMPTY, FlowOptions.DEFAULT);

    PathVerdict verdict = send(ruleset, PacketHeaders.tcp(LAN, tcp(HOST, 1, SERVER, 80), 0xc0));
    assertThat(verdict.step(PathStep.Screened.class)).isPresent();
  }

  @Test
  void noScreenLooksAtWhatTheRouterSendsToItself() {
    Screen screen = new Screen("s", false, Set.of(Screen.Anomaly.TCP_LAND), Map.of());
    Zone all =
        new Zone("all", Zone.Kind.SECURITY, null, List.of(), true, HostInbound.NONE, false, screen);
    Ruleset ruleset =
        new Ruleset(List.of(all), PolicyTable.EMPTY, NatTable.EMPTY, FlowOptions.DEFAULT);
    Flow flow = tcp(OUTSIDE, 1, OUTSIDE, 80);

    assertThat(send(ruleset, InterfaceName.of("lo0.0"), flow).permitted()).isTrue();
    assertThat(send(ruleset, LAN, flow).permitted()).isFalse();
  }

  @Test
  void anyServiceLetsInWhatServicesWithoutPortsAre() {
    HostInbound any = new HostInbound(Set.of(), Set.of(), true);
    Zone all = new Zone("all", Zone.Kind.SECURITY, null, List.of(), true, any, false, null);
    Ruleset ruleset =
        new Ruleset(List.of(all), PolicyTable.EMPTY, NatTable.EMPTY, FlowOptions.DEFAULT);

    for (Flow flow :
        List.of(
            Flow.of(SERVER, OUTSIDE, ServiceMatch.ESP),
            Flow.icmp(SERVER, OUTSIDE, ServiceMatch.ICMP, 8, 0, 1),
            tcp(SERVER, 1, OUTSIDE, 9999))) {
      assertThat(send(ruleset, INTERNET, flow).permitted()).as("%s", flow).isTrue();
    }
    assertThat(send(ruleset, INTERNET, Flow.of(SERVER, OUTSIDE, ServiceMatch.OSPF)).permitted())
        .isFalse();
  }

  @Test
  void routerDiscoveryReachesTheRouterWhereItIsLetIn() {
    Flow solicitation = Flow.icmp(HOST, address("10.1.1.1"), ServiceMatch.ICMP, 10, 0, 0);
    for (boolean let : List.of(true, false)) {
      Set<HostProtocol> protocols = let ? Set.of(HostProtocol.ROUTER_DISCOVERY) : Set.of();
      HostInbound inbound = new HostInbound(Set.of(), protocols, false);
      Zone all = new Zone("all", Zone.Kind.SECURITY, null, List.of(), true, inbound, false, null);
      Ruleset ruleset =
          new Ruleset(List.of(all), PolicyTable.EMPTY, NatTable.EMPTY, FlowOptions.DEFAULT);
      assertThat(send(ruleset, LAN, solicitation).permitted()).isEqualTo(let);
    }
  }

  @Test
  void withoutZonesNothingLeavesWithASourceThatCannotBeTranslated() {
    NatRuleSet<SourceNatRule> out =
        new NatRuleSet<>(
            "out",
            null,
            new NatScope.Instance(),
            new NatScope.Interfaces(new TreeSet<>(Set.of(INTERNET))),
            List.of());
    NatTable nat =
        new NatTable(List.of(), List.of(out), List.of(), List.of(), List.of(), List.of());
    Ruleset ruleset = new Ruleset(List.of(), PolicyTable.EMPTY, nat, FlowOptions.DEFAULT);

    assertThat(
            send(ruleset, PacketHeaders.tcp(LAN, tcp(HOST, 1, SERVER, 80), PacketHeaders.RST))
                .permitted())
        .isFalse();
    assertThat(
            send(ruleset, PacketHeaders.tcp(LAN, tcp(HOST, 1, REMOTE, 80), PacketHeaders.RST))
                .permitted())
        .isTrue();
  }

  @Test
  void anApplicationOfAnyMatchesEveryProtocol() {
    Ruleset ruleset = branch(policy(1, "trust", "untrust", "all").permit());

    assertThat(Application.ANY.isAny()).isTrue();
    assertThat(send(ruleset, LAN, Flow.of(HOST, SERVER, ServiceMatch.GRE)).permitted()).isTrue();
  }
}
