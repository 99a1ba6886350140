package dev.culvert.core.fib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.FibEntry.Hop;
import dev.culvert.core.fib.FibEntry.Kind;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FibSynchronizerTest {
  private static final int ENETUNREACH = 101;
  private static final IpPrefix LAN = Ipv4Prefix.of("10.1.0.0/16");
  private static final NextHop ST0 = new NextHop.Via(InterfaceName.of("st0.0"), null);
  private static final NextHop ST1 = new NextHop.Via(InterfaceName.of("st0.1"), null);

  private final FibSynchronizer sync = new FibSynchronizer();
  private final List<Notice> notices = new ArrayList<>();
  private Instant now = Instant.EPOCH;

  @Test
  void directAndLocalRoutesAreLeftToTheKernel() {
    sync.apply(
        List.of(new RibDelta(TableId.INET, LAN, null, active(LAN, RouteProtocol.DIRECT, ST0))));
    assertThat(sync.nextBatch(100, now)).isEmpty();
  }

  @Test
  void equalCostNextHopsBecomeOneMultipathRouteAndDiscardABlackhole() {
    sync.apply(
        List.of(
            new RibDelta(
                TableId.INET, LAN, null, active(LAN, RouteProtocol.OSPF_INTERNAL, ST0, ST1))));
    IpPrefix other = Ipv4Prefix.of("10.2.0.0/16");
    sync.apply(
        List.of(
            new RibDelta(
                TableId.INET,
                other,
                null,
                active(other, RouteProtocol.STATIC, new NextHop.Discard()))));
    assertThat(sync.nextBatch(100, now))
        .containsExactly(
            new FibOperation.Install(
                new FibEntry(
                    TableId.INET,
                    LAN,
                    Kind.UNICAST,
                    List.of(
                        new Hop(InterfaceName.of("st0.0"), null),
                        new Hop(InterfaceName.of("st0.1"), null)))),
            new FibOperation.Install(new FibEntry(TableId.INET, other, Kind.BLACKHOLE, List.of())));
  }

  @Test
  void onlyTheLatestOfSeveralWishesReachesTheKernel() {
    ActiveRoute first = active(LAN, RouteProtocol.BGP, ST0);
    ActiveRoute second = active(LAN, RouteProtocol.BGP, ST1);
    sync.apply(List.of(new RibDelta(TableId.INET, LAN, null, first)));
    sync.apply(List.of(new RibDelta(TableId.INET, LAN, first, second)));
    assertThat(sync.nextBatch(100, now)).containsExactly(new FibOperation.Install(entry("st0.1")));
  }

  @Test
  void aRestartedRouterKeepsRightRoutesReplacesWrongOnesAndSweepsTheRest() {
    IpPrefix stale = Ipv4Prefix.of("10.9.0.0/16");
    IpPrefix wrong = Ipv4Prefix.of("10.8.0.0/16");
    sync.adopt(
        List.of(
            entry("st0.0"),
            new FibEntry(TableId.INET, stale, Kind.BLACKHOLE, List.of()),
            new FibEntry(TableId.INET, wrong, Kind.BLACKHOLE, List.of())));
    sync.apply(List.of(new RibDelta(TableId.INET, LAN, null, active(LAN, RouteProtocol.BGP, ST0))));
    sync.apply(
        List.of(
            new RibDelta(
                TableId.INET,
                wrong,
                null,
                active(wrong, RouteProtocol.STATIC, new NextHop.Reject()))));
    FibOperation replace =
        new FibOperation.Install(new FibEntry(TableId.INET, wrong, Kind.UNREACHABLE, List.of()));
    assertThat(sync.nextBatch(100, now)).containsExactly(replace);
    sync.completed(replace, 0, now, notices::add);

    sync.initialSyncDone();

    assertThat(sync.nextBatch(100, now)).containsExactly(new FibOperation.Remove(key(stale)));
  }

  @Test
  void aRouteDeletedByAnotherProgramIsPutBack() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    sync.kernelChanged(key(LAN), null);
    assertThat(sync.nextBatch(100, now)).containsExactly(new FibOperation.Install(entry("st0.0")));
  }

  @Test
  void aRefusedRouteIsTriedAgainWithBackOffAndReportedOnce() {
    sync.apply(List.of(new RibDelta(TableId.INET, LAN, null, active(LAN, RouteProtocol.BGP, ST0))));
    FibOperation install = new FibOperation.Install(entry("st0.0"));
    for (long wait : new long[] {1, 2, 4, 8, 16, 32, 64, 64}) {
      assertThat(sync.nextBatch(100, now)).containsExactly(install);
      sync.completed(install, ENETUNREACH, now, notices::add);
      assertThat(sync.nextBatch(100, now)).isEmpty();
      now = now.plusSeconds(wait);
      assertThat(Objects.requireNonNull(sync.nextDeadline()).at()).isEqualTo(now);
    }
    assertThat(notices).hasSize(1);
    assertThat(notices.getFirst().toString())
        .isEqualTo(
            "FIB_ROUTE_FAILED prefix=10.1.0.0/16 operation=install errno=101 retry-seconds=1");
    assertThat(sync.failing()).containsEntry(key(LAN), ENETUNREACH);
    assertThat(sync.nextBatch(100, now)).containsExactly(install);
    sync.completed(install, 0, now, notices::add);
    assertThat(notices).hasSize(2);
    assertThat(sync.isSynchronized()).isTrue();
    assertThat(sync.nextDeadline()).isNull();
  }

  @Test
  void shutdownLeavesNoRouteBehind() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    assertThat(sync.shutdown()).containsExactly(new FibOperation.Remove(key(LAN)));
  }

  @Test
  void shutdownRemovesWhatIsUnderWayThoughItIsWithdrawn() {
    ActiveRoute route = active(LAN, RouteProtocol.BGP, ST0);
    sync.apply(List.of(new RibDelta(TableId.INET, LAN, null, route)));
    assertThat(sync.nextBatch(100, now)).hasSize(1);
    sync.apply(List.of(new RibDelta(TableId.INET, LAN, route, null)));

    assertThat(sync.shutdown()).containsExactly(new FibOperation.Remove(key(LAN)));
  }

  @Test
  void aDeletionThatNobodyToldOfIsRepairedByTheNextDump() {
    install(active(LAN, RouteProtocol.BGP, ST0));
    FibEntry entry = sync.installed().getFirst();
    sync.initialSyncDone();

    sync.adopt(List.of());

    assertThat(sync.nextBatch(100, now)).containsExactly(new FibOperation.Install(entry));
  }

  /** The law of this class: once quiet, the kernel holds what the RIB wants and nothing else. */
  @Test
  void afterAnyHistoryOfFailuresForeignChangesAndRestartsTheKernelEqualsTheRib() {
    for (long seed = 1; seed <= 400; seed++) {
      new Simulation(seed).run();
    }
  }

  private void install(ActiveRoute route) {
    sync.apply(List.of(new RibDelta(TableId.INET, route.prefix(), null, route)));
    for (FibOperation operation : sync.nextBatch(100, now)) {
      sync.completed(operation, 0, now, notices::add);
    }
  }

  private static FibEntry entry(String out) {
    return new FibEntry(
        TableId.INET, LAN, Kind.UNICAST, List.of(new Hop(InterfaceName.of(out), null)));
  }

  private static ActiveRoute active(IpPrefix prefix, RouteProtocol protocol, NextHop... hops) {
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

  private static FibKey key(IpPrefix prefix) {
    return new FibKey(TableId.INET, prefix);
  }

  /** A kernel that refuses, forgets and is meddled with, and a RIB that changes its mind. */
  private static final class Simulation {
    private final long seed;
    private final SplittableRandom random;
    private final TreeMap<IpPrefix, FibEntry> kernel = new TreeMap<>();
    private final TreeMap<IpPrefix, ActiveRoute> rib = new TreeMap<>();
    private final List<FibOperation> underWay = new ArrayList<>();
    private FibSynchronizer sync = new FibSynchronizer();
    private Instant now = Instant.EPOCH;

    Simulation(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
    }

    void run() {
      for (int step = 0; step < 200; step++) {
        switch (random.nextInt(12)) {
          case 0 -> foreignChange();
          case 1 -> interfaceLost(tunnel());
          case 2 -> now = now.plusMillis(random.nextInt(3000));
          case 3 -> {
            if (random.nextInt(8) == 0) {
              restart();
            }
          }
          case 4 -> {
            if (random.nextInt(4) == 0) {
              sync.adopt(List.copyOf(kernel.values()));
            }
          }
          case 5, 6, 7 -> underWay.addAll(sync.nextBatch(random.nextInt(1, 4), now));
          case 8 -> carryOut(random.nextInt(3) > 0 ? 0 : ENETUNREACH);
          case 9 -> carryOut(0);
          default -> change();
        }
      }
      sync.initialSyncDone();
      quiesce();
      TreeMap<IpPrefix, FibEntry> expected = new TreeMap<>();
      rib.forEach((prefix, route) ->
          expected.put(prefix, Objects.requireNonNull(FibEntries.of(TableId.INET, route))));
      assertThat(kernel).as("seed %d", seed).isEqualTo(expected);
      assertThat(sync.isSynchronized()).as("seed %d", seed).isTrue();
      sync.shutdown().forEach(operation -> kernel.remove(operation.key().prefix()));
      assertThat(kernel).as("seed %d", seed).isEmpty();
    }

    private void quiesce() {
      for (int round = 0; round < 40; round++) {
        underWay.addAll(sync.nextBatch(7, now));
        while (!underWay.isEmpty()) {
          carryOut(0);
        }
        now = now.plus(Duration.ofSeconds(64));
      }
    }

    private void change() {
      IpPrefix prefix = prefix();
      ActiveRoute before = rib.get(prefix);
      ActiveRoute after = random.nextInt(3) == 0 ? null : route(prefix);
      if (after == null) {
        rib.remove(prefix);
      } else {
        rib.put(prefix, after);
      }
      sync.apply(List.of(new RibDelta(TableId.INET, prefix, before, after)));
    }

    private void carryOut(int errno) {
      if (underWay.isEmpty()) {
        return;
      }
      FibOperation operation = underWay.remove(0);
      int result = errno;
      if (result == 0) {
        switch (operation) {
          case FibOperation.Install(FibEntry entry) -> kernel.put(entry.prefix(), entry);
          case FibOperation.Remove(FibKey key) ->
              result = kernel.remove(key.prefix()) == null ? 3 : 0;
        }
      }
      if (random.nextInt(6) == 0) {
        // A foreign deletion whose notification comes before our acknowledgment.
        kernel.remove(operation.key().prefix());
        sync.kernelChanged(operation.key(), null);
      }
      sync.completed(operation, result, now, notice -> {});
    }

    private void foreignChange() {
      IpPrefix prefix = prefix();
      FibEntry actual =
          random.nextBoolean()
              ? null
              : new FibEntry(TableId.INET, prefix, Kind.UNREACHABLE, List.of());
      if (actual == null) {
        kernel.remove(prefix);
      } else {
        kernel.put(prefix, actual);
      }
      sync.kernelChanged(key(prefix), actual);
    }

    private void interfaceLost(InterfaceName name) {
      kernel.values().removeIf(e -> e.nextHops().stream().anyMatch(hop -> hop.out().equals(name)));
      sync.interfaceLost(name);
    }

    private void restart() {
      // Whatever was under way is carried out or lost with the process.
      for (FibOperation operation : underWay) {
        if (random.nextBoolean() && operation instanceof FibOperation.Install(FibEntry entry)) {
          kernel.put(entry.prefix(), entry);
        }
      }
      underWay.clear();
      sync = new FibSynchronizer();
      sync.adopt(List.copyOf(kernel.values()));
      for (ActiveRoute route : rib.values()) {
        sync.apply(List.of(new RibDelta(TableId.INET, route.prefix(), null, route)));
      }
    }

    private @Nullable ActiveRoute route(IpPrefix prefix) {
      NextHop hop =
          switch (random.nextInt(4)) {
            case 0 -> new NextHop.Discard();
            case 1 -> new NextHop.Reject();
            default -> new NextHop.Via(tunnel(), null);
          };
      return active(prefix, RouteProtocol.BGP, hop);
    }

    private InterfaceName tunnel() {
      return new InterfaceName("st0", random.nextInt(2));
    }

    private IpPrefix prefix() {
      return IpPrefix.of(new Ipv4Address(0x0A00_0000 + (random.nextInt(8) << 8)), 24);
    }
  }
}
