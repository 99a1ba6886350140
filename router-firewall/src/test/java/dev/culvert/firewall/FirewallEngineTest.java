package dev.culvert.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.config.FirewallConfig;
import dev.culvert.firewall.config.Scheduler;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.RouteAnswer;
import dev.culvert.firewall.path.SessionReview;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.PolicyTable.Rematch;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FirewallEngineTest {
  private static final DnsName NAME = new DnsName("www.example.net", DnsName.Family.BOTH, 300);
  private static final AddressSet ONE = AddressSet.ofHosts(List.of(Ipv4Address.of("192.0.2.1")));
  private static final AddressSet TWO = AddressSet.ofHosts(List.of(Ipv4Address.of("192.0.2.2")));

  private final FirewallEngine engine = new FirewallEngine(ZoneOffset.UTC);
  private final List<FirewallAction> actions = new ArrayList<>();
  private Instant now = Instant.parse("2026-06-01T07:00:00Z");

  @Test
  void aCommitIsInForceWhenTheKernelHasTakenIt() {
    commit(config(policy(1, "a")));
    assertThat(applied().policies().all()).hasSize(1);
    accept();
    assertThat(engine.refusal()).isNull();
    assertThat(engine.ruleset().policies().all()).hasSize(1);
    assertThat(engine.nextDeadline()).isNull();
  }

  @Test
  void aCommitThatChangesNothingAsksNothingOfTheKernel() {
    commit(config(policy(1, "a")));
    accept();
    commit(config(policy(1, "a")));
    assertThat(actions).isEmpty();
    assertThat(engine.refusal()).isNull();
  }

  @Test
  void whatTheKernelRefusesIsNotWantedAnyMoreAndTheRulesetBeforeStays() {
    commit(config(policy(1, "a")));
    accept();
    commit(config(policy(1, "a"), policy(2, "b")));
    refuse("no such thing");
    assertThat(engine.refusal()).isEqualTo("no such thing");
    assertThat(engine.config()).isEqualTo(config(policy(1, "a")));
    assertThat(engine.nextDeadline()).isNull();
    assertThat(notices()).containsExactly("FIREWALL_RULESET_REFUSED");
  }

  @Test
  void aCommitOfWhichNobodyKnowsWhatBecameIsUndoneByTheRulesetBefore() {
    commit(config(policy(1, "a")));
    accept();
    commit(config(policy(1, "a"), policy(2, "b")));
    answer("took too long", false);
    assertThat(applied()).isEqualTo(config(policy(1, "a")).ruleset());
    assertThat(engine.refusal()).isEqualTo("took too long");
    assertThat(engine.isEnforced()).isFalse();
    accept();
    assertThat(engine.isEnforced()).isTrue();
  }

  @Test
  void aRefusedCommitLeavesTheSchedulersAndNamesOfWhatIsInForceRunning() {
    commit(office(scheduled(1, "a"), named(2, "b")));
    accept();
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(300)));
    accept();
    commit(config(policy(1, "a")));
    refuse("no such thing");
    assertThat(engine.addressesOf(NAME)).isEqualTo(ONE);
    assertThat(asked()).isEmpty();
    pass(Duration.ofHours(1));
    assertThat(applied().policies().all().getFirst().active()).isTrue();
  }

  @Test
  void whatHappensToTheTableWhileAnAnswerIsAwaitedIsNotForgotten() {
    commit(config(policy(1, "a")));
    handle(new FirewallEvent.TableDisturbed());
    accept();
    assertThat(applied().policies().all()).hasSize(1);
    assertThat(engine.isEnforced()).isFalse();
  }

  /** Without the table everything may pass. */
  @Test
  void howeverOftenSomebodyTakesTheTableAwayItIsBackWithinFiveSeconds() {
    commit(config(policy(1, "a")));
    accept();
    for (int i = 0; i < 20; i++) {
      handle(new FirewallEvent.TableDisturbed());
      if (asked().isEmpty()) {
        pass(Duration.ofSeconds(5));
      }
      accept();
      now = now.plus(Duration.ofSeconds(60));
    }
  }

  /** Europe's clocks went from 03:00 back to 02:00 that night. */
  @Test
  void anHourThatComesTwiceDoesNotMakeASchedulerGoRound() {
    FirewallEngine inBerlin = new FirewallEngine(ZoneId.of("Europe/Berlin"));
    Instant secondHour = Instant.parse("2026-10-25T01:10:00Z");
    Scheduler night = scheduler(LocalTime.of(0, 0), LocalTime.of(2, 30));
    inBerlin.handle(
        new FirewallEvent.Committed(
            new FirewallConfig(
                config(scheduled(1, "a")).ruleset(),
                new TreeMap<>(Map.of("office", night)),
                List.of())),
        secondHour,
        actions::add);
    long number = asked().getLast().number();
    assertThat(applied().policies().all().getFirst().active()).isTrue();
    inBerlin.handle(new FirewallEvent.Applied(number, null, true), secondHour, actions::add);
    actions.clear();
    inBerlin.advance(secondHour.plus(Duration.ofMinutes(20)), actions::add);
    assertThat(applied().policies().all().getFirst().active()).isFalse();
  }

  @Test
  void anExcludedNameOfWhichNothingIsKnownPermitsNothing() {
    AddressMatch allBut =
        new AddressMatch(
            List.of("net", "www"),
            true,
            AddressSet.of(Ipv4Prefix.of("10.0.0.0/8")),
            new TreeSet<>(List.of(NAME)));
    commit(
        config(
            with(policy(1, "a"), Policy.Action.PERMIT, allBut),
            with(policy(2, "b"), Policy.Action.DENY, allBut)));
    assertThat(applied().policies().all().getFirst().destination().effective().isEmpty()).isTrue();
    // What denies does not stand aside for want of an answer.
    AddressSet denied = applied().policies().all().getLast().destination().effective();
    assertThat(denied.contains(Ipv4Address.of("192.0.2.1"))).isTrue();
    assertThat(denied.contains(Ipv4Address.of("10.0.0.1"))).isFalse();
    accept();
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(60)));
    AddressSet effective = applied().policies().all().getFirst().destination().effective();
    assertThat(effective.contains(Ipv4Address.of("192.0.2.1"))).isFalse();
    assertThat(effective.contains(Ipv4Address.of("10.0.0.1"))).isFalse();
    assertThat(effective.contains(Ipv4Address.of("192.0.2.2"))).isTrue();
  }

  /** What an earlier process has left in force may be all there is between two networks. */
  @Test
  void afterAFirstCommitThatIsRefusedNothingElseIsTried() {
    commit(config(policy(1, "a")));
    refuse("no such thing");
    assertThat(engine.refusal()).isEqualTo("no such thing");
    pass(Duration.ofSeconds(1));
    assertThat(applied()).isEqualTo(config(policy(1, "a")).ruleset());
  }

  @Test
  void aTableThatSomebodyHasChangedIsPutBackAtOnceAndThenWithPauses() {
    commit(config(policy(1, "a")));
    accept();
    handle(new FirewallEvent.TableDisturbed());
    assertThat(applied().policies().all()).hasSize(1);
    accept();
    handle(new FirewallEvent.TableDisturbed());
    assertThat(asked()).isEmpty();
    pass(Duration.ofSeconds(1));
    accept();
    handle(new FirewallEvent.TableDisturbed());
    pass(Duration.ofSeconds(1));
    assertThat(asked()).isEmpty();
    pass(Duration.ofSeconds(1));
    accept();
    // Left alone for a while, it is put back at once again.
    now = now.plus(Duration.ofMinutes(3));
    handle(new FirewallEvent.TableDisturbed());
    assertThat(asked()).hasSize(1);
  }

  @Test
  void aTableThatCannotBePutBackIsTriedAgainAndAgain() {
    commit(config(policy(1, "a")));
    accept();
    handle(new FirewallEvent.TableDisturbed());
    refuse("busy");
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 64, 64}) {
      pass(Duration.ofSeconds(seconds).minusMillis(1));
      assertThat(asked()).isEmpty();
      pass(Duration.ofMillis(1));
      refuse("busy");
    }
    pass(Duration.ofSeconds(64));
    accept();
    assertThat(engine.refusal()).isNull();
    assertThat(engine.nextDeadline()).isNull();
  }

  @Test
  void aSchedulerBeginsAndEndsOnTime() {
    commit(office(scheduled(1, "a")));
    assertThat(applied().policies().all().getFirst().active()).isFalse();
    accept();
    pass(Duration.ofHours(1));
    assertThat(applied().policies().all().getFirst().active()).isTrue();
    accept();
    pass(Duration.ofHours(9).plusSeconds(1));
    assertThat(applied().policies().all().getFirst().active()).isFalse();
  }

  @Test
  void aNameIsAskedForAndItsAnswerAppliedAndAskedForAgainWhenItHasLived() {
    commit(config(named(1, "a")));
    assertThat(resolved()).containsExactly(NAME);
    assertThat(applied().policies().all().getFirst().destination().effective().isEmpty()).isTrue();
    accept();
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(60)));
    assertThat(applied().policies().all().getFirst().destination().effective()).isEqualTo(ONE);
    accept();
    pass(Duration.ofSeconds(60));
    assertThat(resolved()).containsExactly(NAME);
    actions.clear();
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(60)));
    assertThat(actions).isEmpty();
  }

  @Test
  void anAnswerThatComesWhileTheKernelIsBusyIsAppliedAfterwards() {
    commit(config(named(1, "a")));
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(60)));
    assertThat(asked()).hasSize(1);
    accept();
    assertThat(applied().policies().all().getFirst().destination().effective()).isEqualTo(ONE);
  }

  @Test
  void whatIsKnownOfANameStaysWhileNoServerAnswers() {
    commit(config(named(1, "a")));
    accept();
    handle(new FirewallEvent.NameResolved(NAME, TWO, Duration.ofSeconds(1)));
    accept();
    pass(Duration.ofSeconds(16));
    actions.clear();
    handle(new FirewallEvent.NameFailed(NAME, "no server answers"));
    assertThat(notices()).containsExactly("FIREWALL_NAME_UNRESOLVED");
    assertThat(asked()).isEmpty();
    assertThat(engine.addressesOf(NAME)).isEqualTo(TWO);
    pass(Duration.ofSeconds(16));
    assertThat(resolved()).containsExactly(NAME);
  }

  @Test
  void aNameThatNothingAsksForIsForgotten() {
    commit(config(named(1, "a")));
    accept();
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(60)));
    accept();
    commit(config(policy(1, "a")));
    accept();
    assertThat(engine.nextDeadline()).isNull();
    assertThat(engine.addressesOf(NAME)).isEqualTo(AddressSet.EMPTY);
  }

  @Test
  void sessionsEndWithTheirPolicyOnceTheKernelHasTheRuleset() {
    commit(config(policy(1, "a"), policy(2, "b")));
    accept();
    commit(config(policy(1, "a")));
    assertThat(reviews()).isEmpty();
    accept();
    assertThat(ends(1)).isFalse();
    assertThat(ends(2)).isTrue();
  }

  @Test
  void sessionsEndWhenTheirNumberIsAnotherPolicys() {
    commit(config(policy(1, "a"), policy(2, "b"), policy(3, "c")));
    accept();
    commit(config(policy(1, "b"), policy(3, "c")));
    accept();
    assertThat(ends(1)).isTrue();
    assertThat(ends(2)).isTrue();
    assertThat(ends(3)).isFalse();
  }

  @Test
  void sessionsOfTheDefaultPolicyEndWhenItDenies() {
    Ruleset open = config(policy(1, "a")).ruleset();
    PolicyTable policies = open.policies();
    commit(
        new FirewallConfig(
            new Ruleset(
                open.zones(),
                new PolicyTable(policies.zonePairs(), List.of(), true, policies.rematch()),
                open.nat(),
                open.flow()),
            new TreeMap<>(),
            List.of()));
    accept();
    commit(config(policy(1, "a")));
    accept();
    assertThat(ends(Policy.DEFAULT_INDEX)).isTrue();
    assertThat(ends(1)).isFalse();
  }

  /** Its policy may have been deleted while no router ran. */
  @Test
  void atTheFirstRulesetSessionsOfUnknownPoliciesEnd() {
    commit(config(policy(1, "a"), policy(3, "c")));
    accept();
    assertThat(ends(1)).isFalse();
    assertThat(ends(2)).isTrue();
    commit(config(policy(1, "a"), policy(3, "c"), policy(4, "d")));
    accept();
    assertThat(reviews()).isEmpty();
  }

  @Test
  void sessionsEndWhenTheirPolicyDenies() {
    commit(config(policy(1, "a")));
    accept();
    commit(config(with(policy(1, "a"), Policy.Action.DENY, AddressMatch.ANY)));
    accept();
    assertThat(ends(1)).isTrue();
  }

  @Test
  void sessionsOfAChangedPolicyAreLookedAtAgainOnlyWhereConfigured() {
    AddressMatch narrow =
        new AddressMatch(
            List.of("net"), false, AddressSet.of(Ipv4Prefix.of("10.9.0.0/16")), new TreeSet<>());
    Policy narrowed = with(policy(1, "a"), Policy.Action.PERMIT, narrow);
    commit(config(policy(1, "a")));
    accept();
    commit(config(narrowed));
    accept();
    assertThat(reviews()).isEmpty();
    commit(config(Rematch.REMATCH, policy(1, "a")));
    accept();
    commit(config(Rematch.REMATCH, narrowed));
    accept();
    assertThat(ends(1)).isTrue();
  }

  /** Nobody knows yet who is to be kept out. */
  @Test
  void whatADeniedNameStandsForIsEverybodyUntilItIsAnswered() {
    commit(config(denied(1, "a"), policy(2, "b")));
    assertThat(denied(applied())).isEqualTo(AddressSet.ANY);
    assertThat(notices()).containsExactly("FIREWALL_NAME_AWAITED");
    accept();
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(60)));
    assertThat(denied(applied())).isEqualTo(ONE);
    accept();
    // It has been answered once: that stands until there is another answer.
    pass(Duration.ofMinutes(5));
    actions.clear();
    handle(new FirewallEvent.NameFailed(NAME, "no server"));
    assertThat(asked()).isEmpty();
  }

  @Test
  void aDeniedNameThatExistsWithoutAnAddressIsAnswered() {
    commit(config(denied(1, "a"), policy(2, "b")));
    accept();
    handle(new FirewallEvent.NameResolved(NAME, AddressSet.EMPTY, Duration.ofSeconds(60)));
    assertThat(denied(applied())).isEqualTo(AddressSet.EMPTY);
  }

  @Test
  void aDeniedNameThatNobodyAnswersForShutsNothingForEver() {
    commit(config(denied(1, "a"), policy(2, "b")));
    accept();
    handle(new FirewallEvent.NameFailed(NAME, "no server"));
    pass(FirewallEngine.AWAITED);
    assertThat(notices()).containsExactly("FIREWALL_NAME_NOT_DENIED");
    assertThat(denied(applied())).isEqualTo(AddressSet.EMPTY);
    accept();
    // Another commit does not wait for it again, and an answer still counts.
    commit(config(denied(1, "a"), policy(2, "b"), policy(3, "c")));
    assertThat(denied(applied())).isEqualTo(AddressSet.EMPTY);
    accept();
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(60)));
    assertThat(denied(applied())).isEqualTo(ONE);
  }

  @Test
  void aNameThatIsPermittedIsNotWaitedFor() {
    commit(config(named(1, "a")));
    assertThat(notices()).isEmpty();
    assertThat(denied(applied())).isEqualTo(AddressSet.EMPTY);
  }

  private static Policy denied(int index, String name) {
    Policy named = named(index, name);
    return with(named, Policy.Action.DENY, named.destination());
  }

  /** Whom the first policy is about. */
  private static AddressSet denied(Ruleset ruleset) {
    return ruleset.policies().all().getFirst().destination().effective();
  }

  @Test
  void anAnswerChangesWhatSetsHoldAndNothingElse() {
    commit(config(named(1, "a")));
    assertThat(asked()).noneMatch(FirewallAction.Apply::namesOnly);
    accept();
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(60)));
    assertThat(asked()).singleElement().matches(FirewallAction.Apply::namesOnly);
    accept();
    commit(config(named(1, "a"), policy(2, "b")));
    assertThat(asked()).noneMatch(FirewallAction.Apply::namesOnly);
    accept();
    actions.clear();
    handle(new FirewallEvent.TableDisturbed());
    assertThat(asked()).noneMatch(FirewallAction.Apply::namesOnly);
    accept();
    // What the kernel does not take as a change of sets it is given whole.
    actions.clear();
    handle(new FirewallEvent.NameResolved(NAME, TWO, Duration.ofSeconds(60)));
    assertThat(asked()).singleElement().matches(FirewallAction.Apply::namesOnly);
    refuse("no such set");
    pass(Duration.ofSeconds(1));
    assertThat(asked()).singleElement().matches(apply -> !apply.namesOnly());
  }

  /** Names of large sites are answered in turns. */
  @Test
  void whatNameServersSayEndsNoSession() {
    commit(config(Rematch.EXTENSIVE, named(1, "a")));
    accept();
    handle(new FirewallEvent.NameResolved(NAME, ONE, Duration.ofSeconds(60)));
    accept();
    assertThat(reviews()).isEmpty();
    actions.clear();
    handle(new FirewallEvent.NameResolved(NAME, TWO, Duration.ofSeconds(60)));
    accept();
    assertThat(reviews()).isEmpty();
  }

  private List<SessionReview> reviews() {
    return actions.stream()
        .filter(FirewallAction.ReviewSessions.class::isInstance)
        .map(action -> ((FirewallAction.ReviewSessions) action).review())
        .toList();
  }

  /** What the review that is asked for says of a session of that policy. */
  private boolean ends(int policy) {
    Flow flow = new Flow(Ipv4Address.of("10.0.0.1"), Ipv4Address.of("10.0.0.2"), 6, 40_000, 80);
    RouteAnswer everywhere = new RouteAnswer.Out(InterfaceName.of("eth0.0"), null, "");
    assertThat(reviews()).hasSize(1);
    return reviews()
            .getFirst()
            .judge(new SessionReview.Seen(flow, flow, policy, false), any -> everywhere)
        instanceof SessionReview.Verdict.Ends;
  }

  // What happens

  private void commit(FirewallConfig config) {
    actions.clear();
    handle(new FirewallEvent.Committed(config));
  }

  private void accept() {
    answer(null);
  }

  private void refuse(String reason) {
    answer(reason);
  }

  private void answer(String refusal) {
    answer(refusal, true);
  }

  private void answer(String refusal, boolean isCertain) {
    long number = asked().getLast().number();
    actions.clear();
    handle(new FirewallEvent.Applied(number, refusal, isCertain));
  }

  private void pass(Duration time) {
    actions.clear();
    now = now.plus(time);
    engine.advance(now, actions::add);
  }

  private void handle(FirewallEvent event) {
    engine.handle(event, now, actions::add);
  }

  // What is asked for

  private List<FirewallAction.Apply> asked() {
    return actions.stream()
        .filter(FirewallAction.Apply.class::isInstance)
        .map(FirewallAction.Apply.class::cast)
        .toList();
  }

  private Ruleset applied() {
    assertThat(asked()).hasSize(1);
    return asked().getFirst().ruleset();
  }

  private List<DnsName> resolved() {
    return actions.stream()
        .filter(FirewallAction.Resolve.class::isInstance)
        .map(action -> ((FirewallAction.Resolve) action).name())
        .toList();
  }

  private List<String> notices() {
    return actions.stream()
        .filter(FirewallAction.Report.class::isInstance)
        .map(action -> ((FirewallAction.Report) action).notice().tag())
        .toList();
  }

  // Configurations

  private static FirewallConfig office(Policy... policies) {
    return new FirewallConfig(
        config(policies).ruleset(),
        new TreeMap<>(Map.of("office", scheduler(LocalTime.of(8, 0), LocalTime.of(17, 0)))),
        List.of());
  }

  private static Scheduler scheduler(LocalTime start, LocalTime stop) {
    return new Scheduler(
        "office",
        null,
        List.of(),
        new Scheduler.Hours.Spans(List.of(new Scheduler.Span(start, stop))),
        Map.of());
  }

  private static FirewallConfig config(Policy... policies) {
    return config(Rematch.DELETED_ONLY, policies);
  }

  private static FirewallConfig config(Rematch rematch, Policy... policies) {
    Zone zone =
        new Zone(
            "trust",
            Zone.Kind.SECURITY,
            null,
            List.of(new Zone.Member(InterfaceName.of("eth0.0"), HostInbound.NONE)),
            false,
            HostInbound.NONE,
            false,
            null);
    PolicyTable table =
        new PolicyTable(
            Map.of(new ZonePair("trust", "trust"), List.of(policies)), List.of(), false, rematch);
    return new FirewallConfig(
        new Ruleset(List.of(zone), table, NatTable.EMPTY, FlowOptions.DEFAULT),
        new TreeMap<>(),
        List.of());
  }

  private static Policy policy(int index, String name) {
    return new Policy(
        index,
        new ZonePair("trust", "trust"),
        name,
        null,
        AddressMatch.ANY,
        AddressMatch.ANY,
        List.of(Application.ANY),
        Policy.Action.PERMIT,
        Policy.Log.NONE,
        false,
        Policy.TcpOptions.NONE,
        null,
        true);
  }

  private static Policy with(Policy policy, Policy.Action action, AddressMatch destination) {
    return new Policy(
        policy.index(),
        policy.context(),
        policy.name(),
        null,
        policy.source(),
        destination,
        policy.applications(),
        action,
        policy.log(),
        policy.count(),
        policy.tcpOptions(),
        policy.schedulerName(),
        policy.active());
  }

  private static Policy named(int index, String name) {
    return with(
        policy(index, name),
        Policy.Action.PERMIT,
        new AddressMatch(List.of("www"), false, AddressSet.EMPTY, new TreeSet<>(List.of(NAME))));
  }

  private static Policy scheduled(int index, String name) {
    Policy policy = policy(index, name);
    return new Policy(
        index,
        policy.context(),
        name,
        null,
        policy.source(),
        policy.destination(),
        policy.applications(),
        policy.action(),
        policy.log(),
        false,
        policy.tcpOptions(),
        "office",
        true);
  }
}
