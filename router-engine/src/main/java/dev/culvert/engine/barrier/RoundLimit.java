package dev.culvert.engine.barrier;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how often protocols may answer each other's changes within one call: rounds that do not
 * end are a bug of ours, and a router that stands still over it is worse than one whose routes are
 * not final. Reaching the bound is a fault, with what the last rounds moved. Until a pause is over,
 * doubled with each fault, every call has one round, so that whatever else changes takes effect;
 * then the rounds are tried again.
 *
 * <p>Confined to the thread of the engine that goes round.
 */
public final class RoundLimit {
  /** Protocols that agree need three or four, whatever the number of routes. */
  public static final int MOST_ROUNDS = 64;

  /** Of them the trace has that many, from the last. */
  public static final int TRACED_ROUNDS = 8;

  private final String name;
  private final FaultPolicy policy;
  private final RestartBackOff backOff = new RestartBackOff();
  private final ArrayDeque<RecordedEvent> trace = new ArrayDeque<>();
  private @Nullable Instant resumeAt;
  private int rounds;
  private long faults;

  public RoundLimit(String name, FaultPolicy policy) {
    this.name = name;
    this.policy = policy;
  }

  /** A call begins. */
  public void begin() {
    rounds = 0;
    trace.clear();
  }

  /** True if what the next round moves is to be told to {@link #trace}. */
  public boolean isTraced() {
    return rounds >= MOST_ROUNDS - TRACED_ROUNDS;
  }

  public void trace(RecordedEvent moved) {
    trace.add(moved);
  }

  /** After a round that left something to do: true if there may be another one at once. */
  public boolean permitsAnother(Instant now) {
    boolean pausing = resumeAt != null && now.isBefore(resumeAt);
    return ++rounds < (pausing ? 1 : MOST_ROUNDS);
  }

  /**
   * The call ends with something left to do: a fault if it went round up to the bound.
   *
   * @throws IllegalStateException if faults are to get through
   */
  public @Nullable InstanceFault exceeded(Instant now) {
    if (rounds < MOST_ROUNDS) {
      return null;
    }
    IllegalStateException cause =
        new IllegalStateException(name + " does not settle within " + MOST_ROUNDS + " rounds");
    if (policy == FaultPolicy.RETHROW) {
      throw cause;
    }
    faults++;
    resumeAt = now.plus(backOff.pauseAfterFault(now));
    return new InstanceFault(name, now, cause, List.copyOf(trace));
  }

  /** The call ends with nothing left to do. */
  public void settled() {
    resumeAt = null;
  }

  /** When the rounds are tried again; null while nothing is left to do. */
  public @Nullable Instant resumeAt() {
    return resumeAt;
  }

  public InstanceStatus status() {
    return new InstanceStatus(name, faults, resumeAt);
  }
}
