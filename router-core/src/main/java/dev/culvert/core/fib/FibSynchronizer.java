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
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the kernel's table say what the RIB says, and keeps it so: knows what is wanted and what
 * the kernel is believed to hold, and hands out the difference in batches, the latest wish for a
 * prefix only. Pure: the caller sends the batches and reports what became of them.
 *
 * <p>Start: {@link #adopt} the kernel's routes of our protocol, {@link #apply} what protocols
 * bring, and say {@link #initialSyncDone} once they had their time: what nobody claimed is swept.
 * Confined to the routing thread.
 */
public final class FibSynchronizer {
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofSeconds(64);

  /** errno of a removal that finds nothing: the kernel flushes by itself when a link goes down. */
  private static final int ESRCH = 3;

  private record Flight(FibOperation operation, boolean overtaken) {}

  private record Failure(int errno, Duration nextRetry) {}

  private final SequencedMap<FibKey, FibEntry> wanted = new LinkedHashMap<>();

  /** What the kernel is believed to hold of ours. */
  private final SequencedMap<FibKey, FibEntry> installed = new LinkedHashMap<>();

  /** Where the kernel may hold anything, so that an operation is due in any case. */
  private final SequencedSet<FibKey> doubtful = new LinkedHashSet<>();

  private final SequencedSet<FibKey> pending = new LinkedHashSet<>();
  private final SequencedMap<FibKey, Flight> inFlight = new LinkedHashMap<>();
  private final SequencedMap<FibKey, Failure> failures = new LinkedHashMap<>();
  private final TimerTable<FibKey> retries = new TimerTable<>();

  /** Adopted at start and not yet brought by any protocol: spared until the sweep. */
  private final SequencedSet<FibKey> unclaimed = new LinkedHashSet<>();

  private boolean sweeping;

  /**
   * Takes the kernel's dump of all routes of our protocol: at start, and again whenever
   * notifications may have been lost.
   */
  public void adopt(List<FibEntry> kernel) {
    pending.addAll(installed.sequencedKeySet());
    installed.clear();
    doubtful.clear();
    for (FibEntry entry : kernel) {
      installed.put(entry.key(), entry);
      if (!sweeping && !wanted.containsKey(entry.key())) {
        unclaimed.add(entry.key());
      }
    }
    pending.addAll(installed.sequencedKeySet());
    pending.addAll(wanted.sequencedKeySet());
    // What is under way may be in the dump or not.
    inFlight.replaceAll((key, flight) -> new Flight(flight.operation(), true));
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

  /** Every protocol has had its say: adopted routes that none of them brought may go. */
  public void initialSyncDone() {
    sweeping = true;
    pending.addAll(unclaimed);
    unclaimed.clear();
  }

  /**
   * The kernel says that a route of ours is there as {@code actual}, or is gone (null). Echoes of
   * our own operations do no harm.
   */
  public void kernelChanged(FibKey key, @Nullable FibEntry actual) {
    Flight flight = inFlight.get(key);
    if (flight != null) {
      // Before or after ours? Nobody can tell, so ours is repeated when it is done.
      inFlight.put(key, new Flight(flight.operation(), true));
    }
    if (actual == null) {
      installed.remove(key);
    } else {
      installed.put(key, actual);
    }
    doubtful.remove(key);
    pending.add(key);
  }

  /** The interface went down or vanished: the kernel dropped its routes, mostly without a word. */
  public void interfaceLost(InterfaceName name) {
    for (FibEntry entry : installed.values()) {
      if (uses(entry, name)) {
        doubtful.add(entry.key());
        pending.add(entry.key());
      }
    }
    inFlight.replaceAll((key, flight) ->
        flight.operation() instanceof FibOperation.Install(FibEntry entry) && uses(entry, name)
            ? new Flight(flight.operation(), true)
            : flight);
  }

  private static boolean uses(FibEntry entry, InterfaceName name) {
    return entry.nextHops().stream().anyMatch(hop -> hop.out().equals(name));
  }

  /**
   * The next operations, at most {@code limit}; empty when the kernel is as it should be or all
   * that is left waits. Each one is to be answered by {@link #completed}, in any order.
   */
  public List<FibOperation> nextBatch(int limit, Instant now) {
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
        forgetFailure(key);
      } else if (!retries.isRunning(key)) {
        inFlight.put(key, new Flight(operation, false));
        batch.add(operation);
      }
    }
    return batch;
  }

  private @Nullable FibOperation operationFor(FibKey key) {
    FibEntry wish = wanted.get(key);
    boolean sure = !doubtful.contains(key);
    if (wish != null) {
      return sure && wish.equals(installed.get(key)) ? null : new FibOperation.Install(wish);
    }
    boolean nothingThere = sure && !installed.containsKey(key);
    return nothingThere || unclaimed.contains(key) ? null : new FibOperation.Remove(key);
  }

  /**
   * What became of an operation of {@link #nextBatch}.
   *
   * @param errno 0, or the kernel's error number as a positive value
   */
  public void completed(
      FibOperation operation, int errno, Instant now, Consumer<? super Notice> notices) {
    FibKey key = operation.key();
    Flight flight = inFlight.remove(key);
    if (flight == null || !flight.operation().equals(operation)) {
      throw new IllegalStateException("not under way: " + operation);
    }
    boolean gone = operation instanceof FibOperation.Remove && errno == ESRCH;
    if (errno == 0 || gone) {
      succeeded(operation, notices);
    } else {
      failed(operation, errno, now, notices);
    }
    if (flight.overtaken()) {
      doubtful.add(key);
      pending.add(key);
    }
    if (operationFor(key) != null) {
      pending.add(key);
    }
  }

  private void succeeded(FibOperation operation, Consumer<? super Notice> notices) {
    FibKey key = operation.key();
    doubtful.remove(key);
    switch (operation) {
      case FibOperation.Install(FibEntry entry) -> installed.put(key, entry);
      case FibOperation.Remove remove -> installed.remove(key);
    }
    if (forgetFailure(key)) {
      notices.accept(Notice.of(Notice.Level.INFO, "FIB_ROUTE_RECOVERED", "prefix", key));
    }
  }

  private void failed(
      FibOperation operation, int errno, Instant now, Consumer<? super Notice> notices) {
    FibKey key = operation.key();
    // A replacement that failed may have left the old route or none.
    doubtful.add(key);
    Failure before = failures.get(key);
    Duration wait = before == null ? FIRST_RETRY : before.nextRetry();
    Duration doubled = wait.multipliedBy(2);
    failures.put(key, new Failure(errno, doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY));
    retries.start(key, now.plus(wait));
    if (before == null || before.errno() != errno) {
      notices.accept(
          Notice.of(
              Notice.Level.ERROR,
              "FIB_ROUTE_FAILED",
              "prefix",
              key,
              "operation",
              operation instanceof FibOperation.Install ? "install" : "remove",
              "errno",
              errno,
              "retry-seconds",
              wait.toSeconds()));
    }
  }

  private boolean forgetFailure(FibKey key) {
    retries.stop(key);
    return failures.remove(key) != null;
  }

  /** When a failed operation is tried again; null while none waits. */
  public @Nullable Deadline nextDeadline() {
    return retries.next();
  }

  /** True if {@link #nextBatch} has something to look at without waiting. */
  public boolean hasWork() {
    return !pending.isEmpty();
  }

  /**
   * Gives everything up: the removals that leave no route of ours behind. Nothing may be called
   * afterwards.
   */
  public List<FibOperation> shutdown() {
    SequencedSet<FibKey> ours = new LinkedHashSet<>(installed.sequencedKeySet());
    ours.addAll(doubtful);
    // Also what is under way and not wanted any more: it may be installed yet.
    ours.addAll(inFlight.keySet());
    List<FibOperation> removals = new ArrayList<>();
    ours.forEach(key -> removals.add(new FibOperation.Remove(key)));
    wanted.clear();
    pending.clear();
    return removals;
  }

  /** For {@code show route forwarding-table}: what the kernel holds of ours. */
  public List<FibEntry> installed() {
    return List.copyOf(installed.values());
  }

  public int installedCount() {
    return installed.size();
  }

  /** What the kernel refused an operation for, with the error number. */
  public SequencedMap<FibKey, Integer> failing() {
    SequencedMap<FibKey, Integer> failing = new LinkedHashMap<>();
    failures.forEach((key, failure) -> failing.put(key, failure.errno()));
    return failing;
  }

  /** True if nothing is left to do: the kernel is believed to hold exactly what is wanted. */
  public boolean isSynchronized() {
    return inFlight.isEmpty()
        && doubtful.isEmpty()
        && wanted.size() == installed.size()
        && wanted.entrySet().stream()
            .allMatch(e -> Objects.equals(installed.get(e.getKey()), e.getValue()));
  }
}
