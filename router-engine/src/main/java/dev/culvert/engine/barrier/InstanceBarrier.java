package dev.culvert.engine.barrier;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import java.time.Instant;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands between an engine and its owner. Whatever the engine throws ends that engine: its state is
 * not to be trusted. The owner, who gets the fault as a result, takes back all the engine held
 * outside of itself, and tells the fresh one what it has to know once {@link #restart} says so;
 * until then the instance is down and hears nothing.
 *
 * <p>Confined to the thread that owns the engine.
 */
public final class InstanceBarrier<N extends ProtocolEngine<E, A>, E, A> {
  private final String name;
  private final FaultPolicy policy;
  private final EventRecorder<E> recorder;
  private final Supplier<N> factory;
  private final Function<? super N, ? extends ProtocolEngine<E, A>> access;
  private final RestartBackOff backOff = new RestartBackOff();
  private N engine;
  private ProtocolEngine<E, A> calls;
  private @Nullable Instant restartAt;
  private boolean staysDown;
  private long faults;

  public InstanceBarrier(
      String name, FaultPolicy policy, EventRecorder<E> recorder, Supplier<N> factory) {
    this(name, policy, recorder, factory, engine -> engine);
  }

  /**
   * @param access what calls of the engine go through: a place for a test to break it
   */
  public InstanceBarrier(
      String name,
      FaultPolicy policy,
      EventRecorder<E> recorder,
      Supplier<N> factory,
      Function<? super N, ? extends ProtocolEngine<E, A>> access) {
    this.name = name;
    this.policy = policy;
    this.recorder = recorder;
    this.factory = factory;
    this.access = access;
    this.engine = factory.get();
    this.calls = access.apply(engine);
  }

  /** The engine, for queries; one that knows nothing while the instance is down. */
  public N engine() {
    return engine;
  }

  public boolean isDown() {
    return restartAt != null;
  }

  /**
   * Whether calls reach the engine itself: its owner may then make those that no fault file needs
   * to know of without the barrier, and {@link #blame} what they throw.
   */
  public boolean isDirect() {
    return calls.equals(engine);
  }

  /** Ends the engine for what a call of the owner's own threw. */
  public <T extends Throwable> InstanceFault blame(T thrown, Instant now) throws T {
    if (!policy.blamesInstance(thrown)) {
      throw thrown;
    }
    return end(thrown, now);
  }

  /** Counts the engines: what belongs to an earlier one must not reach its successor. */
  public long generation() {
    return faults;
  }

  public InstanceStatus status() {
    return new InstanceStatus(name, faults, restartAt);
  }

  /** Null if all went well, or if the instance is down and the event of no use to anybody. */
  public @Nullable InstanceFault handle(E event, Instant now, ActionSink<? super A> actions) {
    if (isDown()) {
      return null;
    }
    recorder.record(now, event);
    try {
      calls.handle(event, now, actions);
      return null;
    } catch (Throwable thrown) {
      if (!policy.blamesInstance(thrown)) {
        throw thrown;
      }
      return end(thrown, now);
    }
  }

  /** Runs the timers that are due. */
  public @Nullable InstanceFault advance(Instant now, ActionSink<? super A> actions) {
    if (isDown()) {
      return null;
    }
    try {
      Deadline due = calls.nextDeadline();
      if (due != null && !due.at().isAfter(now)) {
        recorder.add(new RecordedEvent(now, due, Long.BYTES));
        calls.advance(now, actions);
      }
      return null;
    } catch (Throwable thrown) {
      if (!policy.blamesInstance(thrown)) {
        throw thrown;
      }
      return end(thrown, now);
    }
  }

  /** The engine's next deadline, or the end of the pause. */
  public @Nullable Deadline nextDeadline() {
    if (restartAt != null) {
      return staysDown ? null : new Deadline(restartAt, name + " restarts");
    }
    try {
      return calls.nextDeadline();
    } catch (Throwable thrown) {
      if (!policy.blamesInstance(thrown)) {
        throw thrown;
      }
      // At once: advance asks the same question, and there the fault has somebody to go to.
      return new Deadline(Instant.EPOCH, name + " is broken");
    }
  }

  /** True once the pause is over: the owner tells the fresh engine all it has to know. */
  public boolean restart(Instant now) {
    if (restartAt == null || staysDown || now.isBefore(restartAt)) {
      return false;
    }
    restartAt = null;
    return true;
  }

  /** The router stops: an instance that is down stays so. */
  public void stayDown() {
    staysDown = true;
  }

  /** What is known when nobody can go on. */
  public InstanceFault fatal(Throwable thrown, Instant now) {
    return new InstanceFault(name, now, thrown, recorder.events());
  }

  private InstanceFault end(Throwable thrown, Instant now) {
    InstanceFault fault = fatal(thrown, now);
    faults++;
    restartAt = now.plus(backOff.pauseAfterFault(now));
    recorder.clear();
    engine = factory.get();
    calls = access.apply(engine);
    return fault;
  }
}
