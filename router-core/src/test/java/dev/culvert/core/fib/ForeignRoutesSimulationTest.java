package dev.culvert.core.fib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.FibEntry.Hop;
import dev.culvert.core.fib.FibEntry.Kind;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.TableId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A kernel with Linux' own idea of adding and replacing, in which others are at work, and whose
 * news come late or not at all; between it and the synchronizer the guard, as in the daemon.
 */
class ForeignRoutesSimulationTest {
  private static final int ENETUNREACH = 101;
  private static final int MOST_METRIC = 24;

  /** The laws: no route of others is ever touched, and once quiet, ours are what the RIB wants. */
  @Test
  void afterAnyHistoryOursAreWhatTheRibWantsAndTheirsAreWhatTheyPutThere() {
    for (long seed = 1; seed <= 400; seed++) {
      new Run(seed).run();
    }
  }

  private static final class Run {
    private final long seed;
    private final SplittableRandom random;

    /** In the kernel's order: of one prefix and metric, the first is used. */
    private final List<KernelRoute> kernel = new ArrayList<>();

    /** What others believe to have there. */
    private final List<KernelRoute> theirs = new ArrayList<>();

    /** What the kernel says, until the rim hears of it. */
    private final ArrayDeque<KernelRouteChange> unheard = new ArrayDeque<>();

    private record Numbered(KernelRouteChange change, long number) {}

    /** What the rim has heard, until routing is told. */
    private final ArrayDeque<Numbered> untold = new ArrayDeque<>();

    private record Ordered(FibOperation operation, long known) {}

    private final ArrayDeque<Ordered> underWay = new ArrayDeque<>();
    private final TreeMap<IpPrefix, ActiveRoute> rib = new TreeMap<>();
    private ReplaceGuard guard = new ReplaceGuard();
    private FibSynchronizer sync = new FibSynchronizer();
    private long known;
    private boolean quiet;
    private Instant now = Instant.EPOCH;

    /** What is still to be read of the table. */
    private ArrayDeque<KernelRoute> reading = new ArrayDeque<>();

    Run(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      sync.adopt(List.of(), now);
    }

    void run() {
      for (int step = 0; step < 300; step++) {
        switch (random.nextInt(16)) {
          case 0, 1 -> somebodyElse();
          case 2 -> meddle();
          case 3 -> interfaceLost(tunnel());
          case 4 -> now = now.plusMillis(random.nextInt(3000));
          case 5 -> {
            if (random.nextInt(8) == 0) {
              restart();
            }
          }
          case 6 -> {
            if (random.nextInt(6) == 0) {
              loseNews();
            }
          }
          case 7 -> readOn();
          case 8, 9 -> decide(random.nextInt(1, 4));
          case 10, 11 -> carryOut(random.nextInt(4) > 0 ? 0 : ENETUNREACH);
          case 12 -> tell();
          default -> change();
        }
        theirsAreThere();
      }
      quiesce();
      oursAreAsWanted();
      theirsAreThere();
      for (FibOperation operation : sync.shutdown()) {
        apply(operation);
      }
      assertThat(kernel).as("seed %d", seed).noneMatch(KernelRoute::isOurs);
      theirsAreThere();
    }

    private void theirsAreThere() {
      assertThat(kernel.stream().filter(r -> !r.isOurs()))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(theirs);
    }

    private void oursAreAsWanted() {
      List<FibEntry> expected = new ArrayList<>();
      rib.forEach((prefix, route) ->
          expected.add(Objects.requireNonNull(FibEntries.of(TableId.INET, route))));
      List<KernelRoute> ours = kernel.stream().filter(KernelRoute::isOurs).toList();
      assertThat(ours)
          .as("seed %d", seed)
          .extracting(KernelRoute::entry)
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(sync.isSynchronized()).as("seed %d", seed).isTrue();
      for (KernelRoute route : ours) {
        assertThat(theirs)
            .as("seed %d: those at our metric and above do not prevail", seed)
            .noneMatch(r -> r.key().equals(route.key()) && r.metric() == route.metric());
        assertThat(sync.prevailed().containsKey(route.key()))
            .as("seed %d", seed)
            .isEqualTo(
                theirs.stream()
                    .anyMatch(r -> r.key().equals(route.key()) && r.metric() < route.metric()));
      }
    }

    private void quiesce() {
      quiet = true;
      for (int round = 0; round < 400; round++) {
        while (!unheard.isEmpty() || !untold.isEmpty()) {
          hear();
          tell();
        }
        decide(7);
        while (!underWay.isEmpty()) {
          carryOut(0);
        }
        readOn();
        now = now.plus(round < 100 ? Duration.ofSeconds(64) : TableComparison.PAUSE);
      }
    }

    // --- The RIB and the daemon ------------------------------------------------------------------

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

    private ActiveRoute route(IpPrefix prefix) {
      NextHop hop =
          switch (random.nextInt(4)) {
            case 0 -> new NextHop.Discard();
            case 1 -> new NextHop.Reject();
            default -> new NextHop.Via(tunnel(), null);
          };
      return FibSynchronizerTest.active(prefix, RouteProtocol.BGP, hop);
    }

    private void decide(int limit) {
      sync.nextBatch(limit, now).forEach(o -> underWay.add(new Ordered(o, known)));
    }

    private void carryOut(int errno) {
      Ordered next = underWay.poll();
      if (next == null) {
        return;
      }
      hear();
      FibOperation operation = next.operation();
      int result =
          !guard.allows(operation, next.known())
              ? FibResult.ECANCELED
              : errno != 0 ? errno : apply(operation);
      if (result == 0 && !quiet && random.nextInt(20) == 0) {
        result = FibResult.EIO; // The answer is lost.
      }
      // News that came before the answer are told before it.
      tell();
      sync.completed(new FibResult(operation, result, "errno " + result), now, notice -> {});
    }

    private void hear() {
      while (!unheard.isEmpty()) {
        KernelRouteChange change = unheard.remove();
        untold.add(new Numbered(change, guard.heard(change)));
      }
    }

    private void tell() {
      while (!untold.isEmpty()) {
        Numbered next = untold.remove();
        known = next.number();
        sync.kernelChanged(next.change(), notice -> {});
      }
    }

    private void loseNews() {
      unheard.clear();
      long number = guard.heardLoss();
      tell();
      known = number;
      sync.newsLost(now);
    }

    private void readOn() {
      FibRead next = sync.nextRead(now);
      if (next == null) {
        return;
      }
      if (next == FibRead.FIRST) {
        reading = new ArrayDeque<>(kernel);
      }
      List<KernelRoute> slice = new ArrayList<>();
      for (int i = random.nextInt(1, 4); i > 0 && !reading.isEmpty(); i--) {
        slice.add(reading.remove());
      }
      boolean complete = reading.isEmpty();
      hear();
      tell();
      if (!quiet && random.nextInt(10) == 0) {
        sync.readFailed(now);
      } else {
        sync.read(new FibSlice(slice, complete, quiet || random.nextBoolean()), now, notice -> {});
      }
    }

    private void restart() {
      underWay.forEach(o -> {
        hear();
        if (random.nextBoolean() && guard.allows(o.operation(), o.known())) {
          apply(o.operation());
        }
      });
      underWay.clear();
      unheard.clear();
      untold.clear();
      guard = new ReplaceGuard();
      known = 0;
      sync = new FibSynchronizer();
      sync.adopt(List.copyOf(kernel), now);
      rib.values()
          .forEach(r -> sync.apply(List.of(new RibDelta(TableId.INET, r.prefix(), null, r))));
    }

    // --- The kernel ------------------------------------------------------------------------------

    private int apply(FibOperation operation) {
      return switch (operation) {
        case FibOperation.Install install -> {
          KernelRoute route =
              new KernelRoute(install.entry(), RouteProtocolNumber.CULVERT, install.metric());
          int at = first(route.key(), route.metric());
          if (at >= 0 && !install.inPlace()) {
            yield FibResult.EEXIST;
          }
          if (at >= 0) {
            kernel.set(at, route);
          } else {
            kernel.add(route);
          }
          yield 0;
        }
        case FibOperation.Remove remove -> {
          for (int i = 0; i < kernel.size(); i++) {
            KernelRoute route = kernel.get(i);
            if (route.isOurs()
                && route.key().equals(remove.key())
                && route.metric() == remove.metric()) {
              kernel.remove(i);
              yield 0;
            }
          }
          yield FibResult.ESRCH;
        }
      };
    }

    private int first(FibKey key, int metric) {
      for (int i = 0; i < kernel.size(); i++) {
        if (kernel.get(i).key().equals(key) && kernel.get(i).metric() == metric) {
          return i;
        }
      }
      return -1;
    }

    /** {@code ip route add | replace | prepend | append | delete} by somebody else. */
    private void somebodyElse() {
      int metric = random.nextInt(3) == 0 ? random.nextInt(MOST_METRIC) : 18 + random.nextInt(3);
      KernelRoute route =
          new KernelRoute(
              new FibEntry(
                  TableId.INET,
                  prefix(),
                  Kind.UNICAST,
                  List.of(new Hop(new InterfaceName("eth" + random.nextInt(9), 0), null))),
              RouteProtocolNumber.STATIC,
              metric);
      int at = first(route.key(), metric);
      switch (random.nextInt(5)) {
        case 0 -> {
          if (at < 0) {
            put(kernel.size(), route);
          }
        }
        case 1 -> {
          if (at < 0) {
            put(kernel.size(), route);
          } else {
            theirs.remove(kernel.get(at));
            kernel.set(at, route);
            theirs.add(route);
            unheard.add(new KernelRouteChange.Added(route, true));
          }
        }
        case 2 -> put(Math.max(at, 0), route);
        case 3 -> put(kernel.size(), route);
        default -> {
          if (!theirs.isEmpty()) {
            KernelRoute gone = theirs.remove(random.nextInt(theirs.size()));
            kernel.remove(gone);
            unheard.add(new KernelRouteChange.Removed(gone));
          }
        }
      }
    }

    private void put(int at, KernelRoute route) {
      if (kernel.contains(route)) {
        return;
      }
      kernel.add(at, route);
      theirs.add(route);
      unheard.add(new KernelRouteChange.Added(route, false));
    }

    /** Somebody changes or removes one of ours, with or without a word. */
    private void meddle() {
      List<KernelRoute> ours = kernel.stream().filter(KernelRoute::isOurs).toList();
      if (ours.isEmpty()) {
        return;
      }
      KernelRoute victim = ours.get(random.nextInt(ours.size()));
      boolean told = random.nextInt(4) > 0;
      if (random.nextBoolean()) {
        kernel.remove(victim);
        if (told) {
          unheard.add(new KernelRouteChange.Removed(victim));
        }
      } else {
        FibEntry other =
            new FibEntry(TableId.INET, victim.entry().prefix(), Kind.UNREACHABLE, List.of());
        KernelRoute changed = new KernelRoute(other, victim.protocol(), victim.metric());
        kernel.set(kernel.indexOf(victim), changed);
        if (told) {
          unheard.add(new KernelRouteChange.Added(changed, true));
        }
      }
    }

    private void interfaceLost(InterfaceName name) {
      kernel.removeIf(
          r -> r.isOurs() && r.entry().nextHops().stream().anyMatch(hop -> hop.out().equals(name)));
      hear();
      tell();
      sync.interfaceLost(name);
    }

    private InterfaceName tunnel() {
      return new InterfaceName("st0", random.nextInt(2));
    }

    private IpPrefix prefix() {
      return IpPrefix.of(new Ipv4Address(0x0A00_0000 + (random.nextInt(4) << 8)), 24);
    }
  }
}
