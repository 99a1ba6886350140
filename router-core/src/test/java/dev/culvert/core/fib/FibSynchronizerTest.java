package dev.culvert.core.fib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.FibEntry.Hop;
import dev.culvert.core.fib.FibEntry.Kind;
import dev.culvert.core.fib.FibOperation.Install;
import dev.culvert.core.fib.FibOperation.Remove;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.TableId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FibSynchronizerTest {
  private static final int ENETUNREACH = 101;
  private static final int METRIC = KernelRoute.METRIC;
  private static final IpPrefix LAN = Ipv4Prefix.of("10.1.0.0/16");
  private static final NextHop ST0 = new NextHop.Via(InterfaceName.of("st0.0"), null);
  private static final NextHop ST1 = new NextHop.Via(InterfaceName.of("st0.1"), null);

  private final FibSynchronizer sync = new FibSynchronizer();
  private final List<Notice> notices = new ArrayList<>();
  private Instant now = Instant.EPOCH;

  // --- From the RIB to the kernel ----------------------------------------------------------------

  @Test
  void directAndLocalRoutesAreLeftToTheKernel() {
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.DIRECT, ST0))));
    assertThat(sync.nextBatch(100, now)).isEmpty();
  }

  @Test
  void equalCostNextHopsBecomeOneMultipathRouteAndDiscardABlackhole() {
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.OSPF_INTERNAL, ST0, ST1))));
    IpPrefix other = Ipv4Prefix.of("10.2.0.0/16");
    sync.apply(List.of(added(other, active(other, RouteProtocol.STATIC, new NextHop.Discard()))));
    assertThat(sync.nextBatch(100, now))
        .containsExactly(
            add(
                entry(
                    LAN,
                    Kind.UNICAST,
                    new Hop(InterfaceName.of("st0.0"), null),
                    new Hop(InterfaceName.of("st0.1"), null)),
                METRIC),
            add(entry(other, Kind.BLACKHOLE), METRIC));
  }

  @Test
  void onlyTheLatestOfSeveralWishesReachesTheKernel() {
    ActiveRoute first = active(LAN, RouteProtocol.BGP, ST0);
    ActiveRoute second = active(LAN, RouteProtocol.BGP, ST1);
    sync.apply(List.of(added(LAN, first)));
    sync.apply(List.of(new RibDelta(TableId.INET, LAN, first, second)));
    assertThat(sync.nextBatch(100, now)).containsExactly(add(entry("st0.1"), METRIC));
  }

  @Test
  void aChangedRouteTakesThePlaceOfOursAtOnce() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST1))));
    assertThat(sync.nextBatch(100, now)).containsExactly(replace(entry("st0.1"), METRIC));
  }

  @Test
  void aRestartedRouterKeepsRightRoutesReplacesWrongOnesAndSweepsTheRest() {
    IpPrefix stale = Ipv4Prefix.of("10.9.0.0/16");
    IpPrefix wrong = Ipv4Prefix.of("10.8.0.0/16");
    sync.adopt(
        List.of(
            ours(entry("st0.0"), METRIC),
            ours(entry(stale, Kind.BLACKHOLE), 19),
            ours(entry(wrong, Kind.BLACKHOLE), METRIC)),
        now);
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST0))));
    sync.apply(List.of(added(wrong, active(wrong, RouteProtocol.STATIC, new NextHop.Reject()))));
    assertThat(carryOut()).containsExactly(replace(entry(wrong, Kind.UNREACHABLE), METRIC));

    now = now.plus(FibSynchronizer.SETTLE_TIME).minusMillis(1);
    assertThat(sync.nextBatch(100, now)).isEmpty();
    now = now.plusMillis(1);
    assertThat(Objects.requireNonNull(sync.nextDeadline()).at()).isEqualTo(now);

    assertThat(carryOut()).containsExactly(remove(stale, 19));
  }

  @Test
  void ofSeveralRoutesOfOursToOnePrefixOneStays() {
    sync.adopt(List.of(ours(entry("st0.0"), 19), ours(entry("st0.1"), METRIC)), now);
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST1))));
    assertThat(carryOut()).containsExactly(replace(entry("st0.1"), 19), remove(LAN, METRIC));
    assertThat(sync.isSynchronized()).isTrue();
  }

  @Test
  void aRefusedRouteIsTriedAgainWithBackOffAndReportedOnce() {
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST0))));
    FibOperation install = add(entry("st0.0"), METRIC);
    for (long wait : new long[] {1, 2, 4, 8, 16, 32, 64, 64}) {
      assertThat(sync.nextBatch(100, now)).containsExactly(install);
      sync.completed(
          new FibResult(install, ENETUNREACH, "network is unreachable"), now, notices::add);
      assertThat(sync.nextBatch(100, now)).isEmpty();
      now = now.plusSeconds(wait);
      assertThat(Objects.requireNonNull(sync.nextDeadline()).at()).isEqualTo(now);
    }
    assertThat(notices)
        .extracting(Notice::toString)
        .containsExactly(
            "FIB_ROUTE_FAILED reason=\"network is unreachable\" prefix=10.1.0.0/16"
                + " operation=install errno=101 retry-seconds=1");
    assertThat(sync.failing())
        .containsEntry(
            key(LAN), new FibSynchronizer.Failure(ENETUNREACH, "network is unreachable"));
    assertThat(sync.failingByReason()).containsExactly(entryOf("network is unreachable", 1));
    assertThat(carryOut()).containsExactly(install);
    assertThat(notices).hasSize(2);
    assertThat(sync.failingByReason()).isEmpty();
    assertThat(sync.isSynchronized()).isTrue();
    assertThat(sync.nextDeadline()).isNull();
  }

  @Test
  void shutdownLeavesNoRouteBehind() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    sync.adopt(List.of(ours(entry("st0.0"), 19)), now);
    assertThat(sync.shutdown()).containsExactly(remove(LAN, METRIC), remove(LAN, 19));
    assertThat(sync.nextDeadline()).isNull();
  }

  @Test
  void shutdownRemovesWhatIsUnderWayThoughItIsWithdrawn() {
    ActiveRoute route = active(LAN, RouteProtocol.BGP, ST0);
    sync.apply(List.of(added(LAN, route)));
    assertThat(sync.nextBatch(100, now)).hasSize(1);
    sync.apply(List.of(new RibDelta(TableId.INET, LAN, route, null)));

    assertThat(sync.shutdown()).containsExactly(remove(LAN, METRIC));
  }

  // --- What others do ----------------------------------------------------------------------------

  @Test
  void aRouteDeletedByAnotherProgramIsPutBack() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    tell(new KernelRouteChange.Removed(ours(entry("st0.0"), METRIC)));
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), METRIC));
  }

  /** An interface takes routes away without a word; whoever comes instead is heard. */
  @Test
  void whereAnInterfaceMayHaveTakenOursItIsPutInItsPlaceWhateverIsLeft() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    sync.interfaceLost(InterfaceName.of("st0.0"));
    assertThat(carryOut()).containsExactly(replace(entry("st0.0"), METRIC));

    sync.interfaceLost(InterfaceName.of("st0.0"));
    tell(new KernelRouteChange.Added(theirs("eth0.0", METRIC), false));
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), 19), remove(LAN, METRIC));
  }

  /** Somebody else may have come instead. */
  @Test
  void whereOursIsSaidToBeGoneNothingIsReplaced() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    tell(new KernelRouteChange.Removed(ours(entry("st0.0"), METRIC)));
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST1))));
    refuse(add(entry("st0.1"), METRIC));

    assertThat(carryOut()).containsExactly(add(entry("st0.1"), 19), remove(LAN, METRIC));
    assertThat(notices).as("it may have been ours").isEmpty();
    assertThat(sync.isSynchronized()).isTrue();
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST0))));
    assertThat(carryOut()).containsExactly(replace(entry("st0.0"), 19));
  }

  @Test
  void aPlaceThatWasTakenByOursAfterAllIsUsedAgain() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    tell(new KernelRouteChange.Removed(ours(entry("st0.0"), METRIC)));
    refuse(add(entry("st0.0"), METRIC));
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), 19), remove(LAN, METRIC));

    compare(ours(entry("st0.0"), 19));
    assertThat(carryOut()).isEmpty();
    tell(new KernelRouteChange.Added(theirs("eth0.0", 19), false));
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), METRIC), remove(LAN, 19));
  }

  @Test
  void whereOursMayBeGoneAndEveryPlaceIsTakenEachIsTriedAgain() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    tell(new KernelRouteChange.Removed(ours(entry("st0.0"), METRIC)));
    for (int metric = METRIC; metric >= 1; metric--) {
      refuse(add(entry("st0.0"), metric));
    }
    assertThat(sync.nextBatch(100, now)).isEmpty();
    assertThat(sync.failing()).containsOnlyKeys(key(LAN));

    now = now.plusSeconds(1);
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), METRIC));
    assertThat(sync.failing()).isEmpty();
  }

  @Test
  void aRouteThatIsReplacedByOneUnderOurNumberIsPutRight() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    tell(new KernelRouteChange.Added(ours(entry("st0.7"), METRIC), true));
    tell(new KernelRouteChange.Added(ours(entry("st0.7"), 500), false));
    assertThat(carryOut()).containsExactly(replace(entry("st0.0"), METRIC), remove(LAN, 500));
  }

  /**
   * {@code ip route replace P via X proto static metric 20} takes ours away without a word of it.
   */
  @Test
  void aRouteThatSomebodyElseReplacesStandsOneMetricLowerFromThenOn() {
    install(active(LAN, RouteProtocol.BGP, ST0));

    tell(new KernelRouteChange.Added(theirs("eth0.0", METRIC), true));

    // Should it have been another of theirs that was replaced, ours goes from where it was.
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), 19), remove(LAN, METRIC));
    assertThat(notices)
        .extracting(Notice::toString)
        .containsExactly(
            "FIB_FOREIGN_ROUTE protocol=static prefix=10.1.0.0/16 metric=20 in-use=ours");

    tell(new KernelRouteChange.Removed(theirs("eth0.0", METRIC)));
    assertThat(carryOut()).as("ours stays where it is").isEmpty();
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST1))));
    assertThat(carryOut()).containsExactly(replace(entry("st0.1"), 19));
  }

  @Test
  void aRouteThatSomebodyElsePutsBesideOursIsGivenWayTo() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    tell(new KernelRouteChange.Added(theirs("eth0.0", METRIC), false));
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), 19), remove(LAN, METRIC));
  }

  /** FRR too installs with metric 20. */
  @Test
  void aRouteOfSomebodyElseThatWasThereFirstIsNotReplaced() {
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST0))));
    Install first = add(entry("st0.0"), METRIC);
    assertThat(sync.nextBatch(100, now)).containsExactly(first);
    sync.completed(new FibResult(first, FibResult.EEXIST, "File exists"), now, notices::add);

    assertThat(carryOut()).containsExactly(add(entry("st0.0"), 19));
    assertThat(sync.failing()).isEmpty();
    assertThat(sync.isSynchronized()).isTrue();
    assertThat(sync.shutdown()).containsExactly(remove(LAN, 19));
  }

  @Test
  void aRouteOfSomebodyElseWithALowerMetricPrevailsAndThatIsTold() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    tell(new KernelRouteChange.Added(theirs("eth0.0", 5), false));
    assertThat(carryOut()).isEmpty();
    assertThat(notices.getLast().toString())
        .isEqualTo("FIB_FOREIGN_ROUTE protocol=static prefix=10.1.0.0/16 metric=5 in-use=theirs");
    assertThat(sync.prevailed()).containsExactly(entryOf(key(LAN), 5));

    tell(new KernelRouteChange.Removed(theirs("eth0.0", 5)));
    assertThat(sync.prevailed()).isEmpty();
  }

  @Test
  void othersRoutesToPrefixesThatWeDoNotWantAreNoConcernOfOurs() {
    tell(new KernelRouteChange.Added(theirs("eth0.0", METRIC), false));
    assertThat(notices).isEmpty();
    // Nor what the kernel makes of addresses, which the RIB knows, nor what ours prevails over.
    install(active(LAN, RouteProtocol.BGP, ST0));
    tell(
        new KernelRouteChange.Added(
            new KernelRoute(entry("eth0.0"), RouteProtocolNumber.KERNEL, 0), false));
    tell(new KernelRouteChange.Added(theirs("eth0.0", 21), false));
    tell(new KernelRouteChange.Added(theirs("eth0.0", -1), false));
    assertThat(carryOut()).isEmpty();
    assertThat(notices).isEmpty();
  }

  @Test
  void whereOthersHaveEveryMetricTheRouteFailsAndIsTriedAgain() {
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST0))));
    for (int metric = METRIC; metric >= 1; metric--) {
      Install attempt = add(entry("st0.0"), metric);
      assertThat(sync.nextBatch(100, now)).containsExactly(attempt);
      sync.completed(new FibResult(attempt, FibResult.EEXIST, "File exists"), now, notices::add);
    }
    assertThat(sync.nextBatch(100, now)).isEmpty();
    assertThat(sync.failing()).containsOnlyKeys(key(LAN));

    now = now.plusSeconds(1);
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), METRIC));
    assertThat(sync.failing()).isEmpty();
  }

  /** IPv6 makes one multipath route of routes by gateways with prefix and metric in common. */
  @Test
  void anIpv6RouteThatIsJoinedWithSomebodyElsesIsTakenOutByItsOwnNextHops() {
    IpPrefix lan = IpPrefix.parse("2001:db8:1::/48").orElseThrow();
    Hop hop = new Hop(InterfaceName.of("eth0.0"), IpAddress.parse("fd00::2").orElseThrow());
    FibEntry entry = entry(lan, Kind.UNICAST, hop);
    NextHop via = new NextHop.Via(hop.out(), hop.gateway());
    sync.apply(
        List.of(new RibDelta(TableId.INET6, lan, null, active(lan, RouteProtocol.STATIC, via))));
    assertThat(carryOut()).containsExactly(add(entry, METRIC));

    tell(
        new KernelRouteChange.Added(
            new KernelRoute(
                entry(
                    lan,
                    Kind.UNICAST,
                    new Hop(hop.out(), IpAddress.parse("fd00::3").orElseThrow()),
                    hop),
                RouteProtocolNumber.STATIC,
                METRIC),
            false));

    assertThat(carryOut())
        .containsExactly(
            add(entry, 19), new Remove(new FibKey(TableId.INET6, lan), METRIC, List.of(hop)));
  }

  @Test
  void aChangeThatCrossesOursOnItsWayIsNotBelievedToBeUndone() {
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST0))));
    FibOperation install = sync.nextBatch(100, now).getFirst();
    tell(new KernelRouteChange.Removed(ours(entry("st0.0"), METRIC)));
    sync.completed(FibResult.done(install), now, notices::add);
    assertThat(carryOut()).containsExactly(replace(entry("st0.0"), METRIC));
  }

  @Test
  void aChangeElsewhereLeavesNoDoubtAboutOursOnItsWay() {
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST0))));
    FibOperation install = sync.nextBatch(100, now).getFirst();
    tell(new KernelRouteChange.Added(theirs("eth0.0", 5), false));
    sync.completed(FibResult.done(install), now, notices::add);
    assertThat(carryOut()).isEmpty();
  }

  @Test
  void anOperationThatWasHeldBackIsDecidedAnewWithoutBeingAFailure() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST1))));
    FibOperation replace = sync.nextBatch(100, now).getFirst();
    tell(new KernelRouteChange.Added(theirs("eth0.0", METRIC), true));
    sync.completed(new FibResult(replace, FibResult.ECANCELED, ""), now, notices::add);
    assertThat(sync.failing()).isEmpty();
    assertThat(carryOut()).containsExactly(add(entry("st0.1"), 19), remove(LAN, METRIC));
  }

  @Test
  void anAdditionWhoseAnswerIsLostIsTakenAwayAgainFromWhereItMayBe() {
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST0))));
    FibOperation install = sync.nextBatch(100, now).getFirst();
    sync.completed(new FibResult(install, FibResult.EIO, "lost"), now, notices::add);
    now = now.plusSeconds(1);
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), 19), remove(LAN, METRIC));
  }

  // --- The comparison with the whole table -------------------------------------------------------

  @Test
  void whatNobodyToldOfIsFoundByTheComparisonOnceAMinute() {
    IpPrefix gone = Ipv4Prefix.of("10.2.0.0/16");
    IpPrefix left = Ipv4Prefix.of("10.3.0.0/16");
    sync.adopt(List.of(), now);
    install(active(LAN, RouteProtocol.BGP, ST0));
    install(active(gone, RouteProtocol.BGP, ST0));
    now = now.plus(FibSynchronizer.SETTLE_TIME);
    assertThat(sync.nextBatch(100, now)).isEmpty();
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
    assertThat(sync.nextRead(now)).as("one at a time").isNull();
    sync.read(new FibSlice(List.of(ours(entry("st0.7"), METRIC)), false, true), now, notices::add);
    assertThat(sync.nextRead(now)).as("nor at once").isNull();
    now = now.plus(TableComparison.PAUSE);
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.NEXT);
    sync.read(
        new FibSlice(
            List.of(ours(entry(left, Kind.BLACKHOLE), METRIC), theirs("eth0.0", 3)), true, true),
        now,
        notices::add);

    assertThat(carryOut())
        .containsExactlyInAnyOrder(
            replace(entry("st0.0"), METRIC),
            remove(left, METRIC),
            add(entry(gone, Kind.UNICAST, new Hop(InterfaceName.of("st0.0"), null)), METRIC));
    assertThat(sync.prevailed()).containsExactly(entryOf(key(LAN), 3));
    assertThat(notices)
        .extracting(Notice::tag)
        .containsExactly("FIB_FOREIGN_ROUTE", "FIB_DIFFERED");

    now = now.plus(TableComparison.INTERVAL).minusMillis(1);
    assertThat(sync.nextRead(now)).isNull();
    now = now.plusMillis(1);
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
    assertThat(sync.nextDeadline()).as("until it is answered").isNull();
  }

  /** The comparison shows that news were missed: of somebody else's coming too, perhaps. */
  @Test
  void aRouteThatTheComparisonMissesTakesNobodysPlace() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    compare();
    refuse(add(entry("st0.0"), METRIC));
    assertThat(carryOut()).containsExactly(add(entry("st0.0"), 19), remove(LAN, METRIC));
    assertThat(notices).extracting(Notice::tag).containsExactly("FIB_DIFFERED");

    compare(ours(entry("st0.0"), 19), theirs("eth0.0", METRIC));
    assertThat(notices.getLast().toString())
        .isEqualTo("FIB_FOREIGN_ROUTE protocol=static prefix=10.1.0.0/16 metric=20 in-use=ours");
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST1))));
    assertThat(carryOut()).containsExactly(replace(entry("st0.1"), 19));
    tell(new KernelRouteChange.Added(theirs("eth0.0", 19), false));
    assertThat(carryOut()).containsExactly(add(entry("st0.1"), 18), remove(LAN, 19));
  }

  @Test
  void aRouteOfOursAtAnotherMetricGoesOnceTheOneThatIsToBeThereIs() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    compare(ours(entry("st0.0"), 7), ours(entry("st0.0"), METRIC));
    assertThat(carryOut()).as("beside").containsExactly(remove(LAN, 7));

    compare(ours(entry("st0.0"), 7));
    assertThat(carryOut()).as("moved").containsExactly(add(entry("st0.0"), METRIC), remove(LAN, 7));
  }

  @Test
  void whatChangesWhileTheTableIsReadIsNotHeldAgainstIt() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    sync.newsLost(now);
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
    // Read before that change, told of after it.
    sync.apply(List.of(added(LAN, null)));
    assertThat(carryOut()).containsExactly(remove(LAN, METRIC));
    sync.read(new FibSlice(List.of(ours(entry("st0.0"), METRIC)), true, true), now, notices::add);
    assertThat(carryOut()).isEmpty();
    assertThat(notices).isEmpty();
  }

  @Test
  void afterALossOfNewsTheComparisonComesAtOnceAndNothingIsReplacedUntilItIsOver() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    sync.newsLost(now);
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST1))));
    assertThat(carryOut())
        .as("somebody else's may stand there")
        .containsExactly(add(entry("st0.1"), 19), remove(LAN, METRIC));

    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
    sync.newsLost(now);
    sync.read(new FibSlice(List.of(), true, true), now, notices::add);
    assertThat(sync.nextRead(now)).as("begun again").isEqualTo(FibRead.FIRST);
    sync.read(new FibSlice(List.of(ours(entry("st0.1"), 19)), true, true), now, notices::add);
    sync.apply(List.of(added(LAN, active(LAN, RouteProtocol.BGP, ST0))));
    assertThat(carryOut()).containsExactly(replace(entry("st0.0"), 19));
    assertThat(notices).isEmpty();
  }

  @Test
  void aTableThatChangedWhileItWasReadSettlesNothingAfterALoss() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    sync.newsLost(now);
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
    sync.read(new FibSlice(List.of(), true, false), now, notices::add);
    assertThat(carryOut())
        .as("it may have been left out: what is done does no harm")
        .containsExactly(add(entry("st0.0"), 19), remove(LAN, METRIC));
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
  }

  @Test
  void aTableThatCannotBeReadIsReadAgainFromItsBeginning() {
    sync.newsLost(now);
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
    sync.read(new FibSlice(List.of(), false, true), now, notices::add);
    now = now.plus(TableComparison.PAUSE);
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.NEXT);
    sync.readFailed(now);
    assertThat(sync.nextRead(now)).isNull();
    now = Objects.requireNonNull(sync.nextDeadline()).at();
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
  }

  @Test
  void aHundredThousandRoutesAreComparedWithoutASecondLookAtEach() {
    List<KernelRoute> kernel =
        IntStream.range(0, 100_000)
            .mapToObj(i -> ours(entry(prefix(i), Kind.BLACKHOLE), METRIC))
            .toList();
    sync.adopt(kernel, now);
    now = now.plus(FibSynchronizer.SETTLE_TIME);
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
    sync.read(new FibSlice(kernel, true, true), now, notices::add);
    assertThat(notices).isEmpty();
  }

  // --- What the stories are told with ------------------------------------------------------------

  private static IpPrefix prefix(int i) {
    return IpPrefix.parse("10.%d.%d.%d/32".formatted(i >> 16, i >> 8 & 0xFF, i & 0xFF))
        .orElseThrow();
  }

  private void install(ActiveRoute route) {
    sync.apply(List.of(added(route.prefix(), route)));
    assertThat(carryOut()).hasSize(1);
  }

  /** Carries everything out until nothing is left; returns what that was. */
  private List<FibOperation> carryOut() {
    List<FibOperation> all = new ArrayList<>();
    List<FibOperation> batch = sync.nextBatch(100, now);
    while (!batch.isEmpty()) {
      all.addAll(batch);
      batch.forEach(operation -> sync.completed(FibResult.done(operation), now, notices::add));
      batch = sync.nextBatch(100, now);
    }
    return all;
  }

  /** Something is in the way of the only operation there is. */
  private void refuse(FibOperation operation) {
    assertThat(sync.nextBatch(100, now)).containsExactly(operation);
    sync.completed(new FibResult(operation, FibResult.EEXIST, "File exists"), now, notices::add);
  }

  /** The kernel's table is read, and holds exactly these. */
  private void compare(KernelRoute... table) {
    if (sync.nextDeadline() == null) {
      sync.adopt(List.of(), now);
    }
    now = now.plus(FibSynchronizer.SETTLE_TIME).plus(TableComparison.INTERVAL);
    assertThat(sync.nextBatch(100, now)).isEmpty();
    assertThat(sync.nextRead(now)).isEqualTo(FibRead.FIRST);
    sync.read(new FibSlice(List.of(table), true, true), now, notices::add);
  }

  private void tell(KernelRouteChange change) {
    sync.kernelChanged(change, notices::add);
  }

  private static <K, V> Map.Entry<K, V> entryOf(K key, V value) {
    return Map.entry(key, value);
  }

  private static KernelRoute ours(FibEntry entry, int metric) {
    return new KernelRoute(entry, RouteProtocolNumber.CULVERT, metric);
  }

  private static KernelRoute theirs(String out, int metric) {
    return new KernelRoute(entry(out), RouteProtocolNumber.STATIC, metric);
  }

  private static Install add(FibEntry entry, int metric) {
    return new Install(entry, metric, false);
  }

  private static Install replace(FibEntry entry, int metric) {
    return new Install(entry, metric, true);
  }

  private static Remove remove(IpPrefix prefix, int metric) {
    return new Remove(key(prefix), metric, List.of());
  }

  private static FibKey key(IpPrefix prefix) {
    return new FibKey(TableId.of(prefix.family()), prefix);
  }

  private static FibEntry entry(String out) {
    return entry(LAN, Kind.UNICAST, new Hop(InterfaceName.of(out), null));
  }

  private static FibEntry entry(IpPrefix prefix, Kind kind, Hop... hops) {
    return new FibEntry(TableId.of(prefix.family()), prefix, kind, List.of(hops));
  }

  private static RibDelta added(IpPrefix prefix, ActiveRoute route) {
    return new RibDelta(TableId.INET, prefix, null, route);
  }

  static ActiveRoute active(IpPrefix prefix, RouteProtocol protocol, NextHop... hops) {
    Route route =
        new Route(
            prefix,
            new RouteSource(protocol, ""),
            protocol.defaultPreference(),
            0,
            0,
            List.of(hops),
            new RouteDetail.None());
    return new ActiveRoute(route, List.of(hops), Instant.EPOCH);
  }
}
