package dev.culvert.core.fib;

import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.RibDelta;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the kernel's table say what the RIB says, and keeps it so: knows what is wanted and what
 * the kernel is believed to hold, and hands out the difference in batches, the latest wish for a
 * prefix only. Pure: the caller sends the batches and reports what became of them.
 *
 * <p>Routes of somebody else's are never replaced or removed: see {@link KernelRoute#METRIC} for
 * which of the two carries the traffic. What others do to ours is repaired when the kernel tells of
 * it; what it does not tell of, a comparison with the whole table finds once a minute.
 *
 * <p>Start: {@link #adopt} the kernel's routes of our protocol, and {@link #apply} what protocols
 * bring; what nobody has claimed after {@link #SETTLE_TIME} is swept. Confined to the routing
 * thread.
 */
public final class FibSynchronizer {
  /**
   * How long protocols may take to claim again what an earlier run left in the kernel: an OSPF dead
   * interval and a little.
   */
  public static final Duration SETTLE_TIME = Duration.ofSeconds(45);

  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofSeconds(64);

  /** Why the kernel refuses an operation. */
  public record Failure(int errno, String reason) {}

  private record Flight(FibOperation operation, boolean overtaken) {}

  private record Failing(Failure failure, Duration nextRetry) {}

  private final SequencedMap<FibKey, FibEntry> wanted = new LinkedHashMap<>();
  private final KernelTable kernel = new KernelTable();
  private final TableComparison comparison =
      new TableComparison(kernel, key -> wanted.containsKey(key) || !kernel.isEmpty(key));
  private final SequencedSet<FibKey> pending = new LinkedHashSet<>();
  private final SequencedMap<FibKey, Flight> inFlight = new LinkedHashMap<>();
  private final SequencedMap<FibKey, Failing> failing = new LinkedHashMap<>();
  private final TimerTable<FibKey> retries = new TimerTable<>();

  /** Adopted at start and not yet brought by any protocol: spared until the sweep. */
  private final SequencedSet<FibKey> unclaimed = new LinkedHashSet<>();

  private @Nullable Instant sweepAt;

  /** Routes that the comparison under way has found to be other than believed. */
  private int differed;

  private boolean stopped;

  // --- What is wanted ----------------------------------------------------------------------------

  /**
   * Takes the kernel's whole table at start, others' routes too; from then on time runs until the
   * sweep.
   */
  public void adopt(List<KernelRoute> routes, Instant now) {
    routes.stream()
        .filter(KernelRoute::isOurs)
        .forEach(route -> {
          kernel.oursFound(route);
          if (!wanted.containsKey(route.key())) {
            unclaimed.add(route.key());
          }
          pending.add(route.key());
        });
    routes.stream()
        .filter(route -> !route.isOurs() && route.concernsOurs() && isOfInterest(route.key()))
        .forEach(route -> kernel.markForeign(route.key(), route.metric()));
    sweepAt = now.plus(SETTLE_TIME);
    comparison.start(sweepAt);
  }

  /** Takes over changes of active routes. */
  public void apply(List<RibDelta> deltas) {
    for (RibDelta delta : deltas) {
      FibKey key = new FibKey(delta.table(), delta.prefix());
      FibEntry entry = delta.after() == null ? null : FibEntries.of(delta.table(), delta.after());
      if (entry == null) {
        wanted.remove(key);
      } else {
        wanted.put(key, entry);
      }
      unclaimed.remove(key);
      // What failed for the wish of before may well succeed for this one: no wait.
      retries.stop(key);
      pending.add(key);
    }
  }

  // --- What others do ----------------------------------------------------------------------------

  /** The kernel tells of a route that somebody else, or itself, has added or removed. */
  public void kernelChanged(KernelRouteChange change, Consumer<? super Notice> notices) {
    KernelRoute route = change.route();
    FibKey key = route.key();
    if (!route.concernsOurs() || !(route.isOurs() || isOfInterest(key))) {
      return;
    }
    overtake(key, route.metric());
    switch (change) {
      case KernelRouteChange.Added added when route.isOurs() -> kernel.oursFound(route);
      case KernelRouteChange.Removed removed when route.isOurs() -> kernel.oursLost(route);
      case KernelRouteChange.Added added -> foreignFound(route, added.inPlace(), notices);
      case KernelRouteChange.Removed removed -> foreignLost(route);
    }
    comparison.touch(key);
    pending.add(key);
  }

  /** Somebody else's routes matter to us where we have one or want one. */
  private boolean isOfInterest(FibKey key) {
    return wanted.containsKey(key) || !kernel.isEmpty(key) || inFlight.containsKey(key);
  }

  private void foreignFound(KernelRoute route, boolean inPlace, Consumer<? super Notice> notices) {
    if (kernel.foreignFound(route, inPlace)) {
      reportForeign(
          route.key(), route.metric(), RouteProtocolNumber.name(route.protocol()), notices);
    }
  }

  /** Where ours stands beside, there may be another of theirs: the next comparison knows. */
  private void foreignLost(KernelRoute route) {
    Flight flight = inFlight.get(route.key());
    boolean beside =
        kernel.holdsAt(route.key(), route.metric())
            || (flight != null && flight.operation().metric() == route.metric());
    if (!beside) {
      kernel.foreignLost(route.key(), route.metric());
    }
  }

  private void reportForeign(
      FibKey key, int metric, String protocol, Consumer<? super Notice> notices) {
    notices.accept(
        Notice.limited(
            Notice.Level.WARN,
            "FIB_FOREIGN_ROUTE",
            "protocol",
            protocol,
            "prefix",
            key,
            "metric",
            metric,
            "in-use",
            metric < KernelRoute.METRIC ? "theirs" : "ours"));
  }

  /**
   * Before or after ours that is under way? Nobody can tell, so ours is repeated when it is done.
   */
  private void overtake(FibKey key, int metric) {
    inFlight.computeIfPresent(
        key,
        (k, flight) ->
            new Flight(
                flight.operation(), flight.overtaken() || flight.operation().metric() == metric));
  }

  /** Notifications were lost: whatever is believed is looked at again. */
  public void newsLost(Instant now) {
    kernel.setUnsure(true);
    inFlight.replaceAll((key, flight) -> new Flight(flight.operation(), true));
    comparison.start(now);
  }

  /** The interface went down or vanished: the kernel dropped its routes, mostly without a word. */
  public void interfaceLost(InterfaceName name) {
    kernel.forEach((key, held) -> {
      if (uses(held.entry, name)) {
        held.doubtful = true;
        comparison.touch(key);
        pending.add(key);
      }
    });
    inFlight.replaceAll((key, flight) ->
        flight.operation() instanceof FibOperation.Install install && uses(install.entry(), name)
            ? new Flight(flight.operation(), true)
            : flight);
  }

  private static boolean uses(FibEntry entry, InterfaceName name) {
    return entry.nextHops().stream().anyMatch(hop -> hop.out().equals(name));
  }

  // --- What is to be done ------------------------------------------------------------------------

  /**
   * The next operations, at most {@code limit}; empty when the kernel is as it should be or all
   * that is left waits. Each one is to be answered by {@link #completed}, in any order.
   */
  public List<FibOperation> nextBatch(int limit, Instant now) {
    if (stopped) {
      return List.of();
    }
    if (sweepAt != null && !now.isBefore(sweepAt)) {
      sweep();
    }
    for (FibKey due = retries.pollDue(now); due != null; due = retries.pollDue(now)) {
      pending.add(due);
    }
    List<FibOperation> batch = new ArrayList<>();
    while (batch.size() < limit && !pending.isEmpty()) {
      FibKey key = pending.removeFirst();
      if (inFlight.containsKey(key)) {
        continue; // Looked at again when it is completed.
      }
      FibOperation operation = operationFor(key);
      if (operation == null) {
        settled(key);
      } else if (!retries.isRunning(key)) {
        inFlight.put(key, new Flight(operation, false));
        comparison.touch(key);
        batch.add(operation);
      }
    }
    return batch;
  }

  /** Every protocol has had its say: adopted routes that none of them brought may go. */
  private void sweep() {
    sweepAt = null;
    pending.addAll(unclaimed);
    unclaimed.clear();
  }

  private @Nullable FibOperation operationFor(FibKey key) {
    if (unclaimed.contains(key)) {
      return null;
    }
    FibEntry wish = wanted.get(key);
    if (wish == null) {
      return kernel.removal(key);
    }
    return kernel.holds(key, wish) ? kernel.surplusRemoval(key) : kernel.placing(key, wish);
  }

  private void settled(FibKey key) {
    forgetFailure(key);
    if (!isOfInterest(key)) {
      kernel.setForeign(key, 0);
    }
  }

  /** What is to be read of the kernel's table; answered by {@link #read} or {@link #readFailed}. */
  public @Nullable FibRead nextRead(Instant now) {
    FibRead next = stopped ? null : comparison.nextRead(now);
    if (next == FibRead.FIRST) {
      // What is under way may be in the table or not.
      inFlight.keySet().forEach(comparison::touch);
    }
    return next;
  }

  /** Takes a slice of the kernel's table. */
  public void read(FibSlice slice, Instant now, Consumer<? super Notice> notices) {
    boolean ended = comparison.take(slice, now, new Differences(notices));
    if (ended && differed > 0) {
      notices.accept(Notice.of(Notice.Level.WARN, "FIB_DIFFERED", "routes", differed));
      differed = 0;
    }
    if (ended && slice.consistent()) {
      kernel.setUnsure(false);
    } else if (ended && kernel.isUnsure()) {
      comparison.start(now);
    }
  }

  /** The slice that was asked for could not be read. */
  public void readFailed(Instant now) {
    comparison.failed(now);
  }

  private final class Differences implements TableComparison.Differences {
    private final Consumer<? super Notice> notices;

    Differences(Consumer<? super Notice> notices) {
      this.notices = notices;
    }

    @Override
    public void found(KernelRoute route) {
      differed++;
      kernel.oursFound(route);
      pending.add(route.key());
    }

    @Override
    public void missing(FibKey key, int metric) {
      differed++;
      kernel.missing(key, metric);
      pending.add(key);
    }

    @Override
    public void foreignFound(KernelRoute route) {
      FibSynchronizer.this.foreignFound(route, false, notices);
      pending.add(route.key());
    }
  }

  // --- What became of it -------------------------------------------------------------------------

  /** What became of an operation of {@link #nextBatch}. */
  public void completed(FibResult result, Instant now, Consumer<? super Notice> notices) {
    FibOperation operation = result.operation();
    FibKey key = operation.key();
    Flight flight = inFlight.remove(key);
    if (flight == null || !flight.operation().equals(operation)) {
      throw new IllegalStateException("not under way: " + operation);
    }
    comparison.touch(key);
    if (result.succeeded()) {
      succeeded(operation, notices);
    } else if (result.errno() != FibResult.ECANCELED
        && !(result.errno() == FibResult.EEXIST && givesWay(operation, notices))) {
      failed(result, now, notices);
    }
    if (flight.overtaken()) {
      perhapsUndone(operation);
    }
    pending.add(key);
  }

  /**
   * Somebody else was there first, or ours is there after all, as the comparison will tell: the
   * next lower place may be free. False if there is none.
   */
  private boolean givesWay(FibOperation operation, Consumer<? super Notice> notices) {
    if (kernel.suspectForeign(operation)) {
      return true;
    }
    if (operation.metric() <= KernelTable.LOWEST) {
      return false;
    }
    if (kernel.markForeign(operation.key(), operation.metric())) {
      reportForeign(operation.key(), operation.metric(), "unknown", notices);
    }
    return true;
  }

  private void succeeded(FibOperation operation, Consumer<? super Notice> notices) {
    switch (operation) {
      case FibOperation.Install install -> kernel.installed(install);
      case FibOperation.Remove remove -> kernel.removed(remove);
    }
    if (forgetFailure(operation.key())) {
      notices.accept(
          Notice.limited(Notice.Level.INFO, "FIB_ROUTE_RECOVERED", "prefix", operation.key()));
    }
  }

  private void perhapsUndone(FibOperation operation) {
    switch (operation) {
      case FibOperation.Install install -> kernel.doubt(install.key(), install.metric());
      case FibOperation.Remove remove -> kernel.perhapsNotRemoved(remove);
    }
  }

  private void failed(FibResult result, Instant now, Consumer<? super Notice> notices) {
    FibOperation operation = result.operation();
    FibKey key = operation.key();
    if (operation instanceof FibOperation.Install install
        && (install.inPlace() || result.errno() == FibResult.EIO)) {
      // A replacement that failed may have left the old route or none.
      kernel.perhapsInstalled(install);
    }
    if (result.errno() == FibResult.EEXIST) {
      // All places are taken: next time each is tried again.
      kernel.forgetForeignElsewhere(key);
    }
    Failing before = failing.get(key);
    Duration wait = before == null ? FIRST_RETRY : before.nextRetry();
    Duration doubled = wait.multipliedBy(2);
    Failure failure = new Failure(result.errno(), result.reason());
    failing.put(
        key, new Failing(failure, doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY));
    retries.start(key, now.plus(wait));
    if (before == null || before.failure().errno() != result.errno()) {
      notices.accept(
          Notice.limited(
              Notice.Level.ERROR,
              "FIB_ROUTE_FAILED",
              "reason",
              result.reason(),
              "prefix",
              key,
              "operation",
              operation instanceof FibOperation.Install ? "install" : "remove",
              "errno",
              result.errno(),
              "retry-seconds",
              wait.toSeconds()));
    }
  }

  private boolean forgetFailure(FibKey key) {
    retries.stop(key);
    return failing.remove(key) != null;
  }

  /** When there is something to do without being told anything; null for never. */
  public @Nullable Deadline nextDeadline() {
    if (stopped) {
      return null;
    }
    return Stream.of(
            retries.next(), deadline(sweepAt, "sweep"), deadline(comparison.due(), "comparison"))
        .filter(d -> d != null)
        .min((a, b) -> a.at().compareTo(b.at()))
        .orElse(null);
  }

  private static @Nullable Deadline deadline(@Nullable Instant at, String cause) {
    return at == null ? null : new Deadline(at, cause);
  }

  /**
   * Gives everything up: the removals that leave no route of ours behind. Nothing may be called
   * afterwards but {@link #nextDeadline}.
   */
  public List<FibOperation> shutdown() {
    stopped = true;
    wanted.clear();
    pending.clear();
    List<FibOperation> removals = kernel.allRemovals();
    // What is under way may be installed yet.
    inFlight.values().stream()
        .map(Flight::operation)
        .filter(o -> o instanceof FibOperation.Install && !kernel.holdsAt(o.key(), o.metric()))
        .forEach(o -> removals.add(new FibOperation.Remove(o.key(), o.metric(), List.of())));
    return removals;
  }

  // --- What is asked -----------------------------------------------------------------------------

  /** For {@code show route forwarding-table}: what the kernel holds of ours. */
  public List<FibEntry> installed() {
    List<FibEntry> entries = new ArrayList<>(kernel.size());
    kernel.forEach((key, held) -> entries.add(held.entry));
    return entries;
  }

  public int installedCount() {
    return kernel.size();
  }

  /** What the kernel refuses, and why. */
  public SequencedMap<FibKey, Failure> failing() {
    SequencedMap<FibKey, Failure> refused = new LinkedHashMap<>();
    failing.forEach((key, each) -> refused.put(key, each.failure()));
    return refused;
  }

  /** How many routes the kernel refuses, by its reason. */
  public SortedMap<String, Integer> failingByReason() {
    SortedMap<String, Integer> counts = new TreeMap<>();
    failing.values().forEach(each -> counts.merge(each.failure().reason(), 1, Integer::sum));
    return counts;
  }

  /** Ours over which somebody else's route prevails, with its metric. */
  public SequencedMap<FibKey, Integer> prevailed() {
    SequencedMap<FibKey, Integer> prevailed = new LinkedHashMap<>();
    for (FibKey key : kernel.foreignKeys()) {
      int metric = kernel.prevailing(key);
      if (metric >= 0) {
        prevailed.put(key, metric);
      }
    }
    return prevailed;
  }

  /** True if nothing is left to do: the kernel is believed to hold exactly what is wanted. */
  public boolean isSynchronized() {
    return inFlight.isEmpty()
        && !kernel.isUnsure()
        && wanted.size() == kernel.size()
        && kernel.hasNoSurplus()
        && wanted.entrySet().stream().allMatch(e -> kernel.holds(e.getKey(), e.getValue()));
  }
}
