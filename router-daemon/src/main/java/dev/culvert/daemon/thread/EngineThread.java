package dev.culvert.daemon.thread;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.InstanceStatus;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One engine behind its barrier on a thread of its own; its actions are carried out there as they
 * come. The engine is confined to this thread, {@link #submit} is safe from any.
 */
public class EngineThread<N extends ProtocolEngine<E, A>, E, A> extends PollingThread {
  private static final Logger LOG = LoggerFactory.getLogger(EngineThread.class);

  /** What surrounds the engine; called on its thread. */
  public interface Rim<E, A> {
    void perform(A action);

    /** Told of each event before the engine, also while there is none to tell. */
    default void heard(E event) {}

    /** The engine is gone: whatever it held is to be taken back. */
    void failed(InstanceFault fault);

    /** All that a fresh engine has to know, in order. */
    default List<E> briefing() {
      return List.of();
    }
  }

  private final InstanceBarrier<N, E, A> barrier;
  private final Rim<E, A> rim;

  /** Made once: an event makes no garbage of its own here. */
  private final ActionSink<A> sink = this::perform;

  /**
   * @param end told of what ends the thread, which the process should not survive
   */
  public EngineThread(
      String name,
      InstanceBarrier<N, E, A> barrier,
      Poller poller,
      InstantSource clock,
      Rim<E, A> rim,
      Consumer<InstanceFault> end) {
    super(name, poller, clock, end);
    this.barrier = barrier;
    this.rim = rim;
  }

  /** On this thread only, and one that knows nothing while the instance is down. */
  public N engine() {
    return barrier.engine();
  }

  /** On this thread only. */
  public InstanceStatus status() {
    return barrier.status();
  }

  /** On this thread only; see {@link #submitTo}. */
  public long generation() {
    return barrier.generation();
  }

  /** The router stops: an engine that is down stays so. On this thread only. */
  public void stayDown() {
    barrier.stayDown();
  }

  /** Hands an event to the engine, in order with all others. */
  public void submit(E event) {
    run(() -> handle(event));
  }

  /** Hands an event to the engine at once. On this thread only. */
  public void deliver(E event) {
    handle(event);
  }

  /** As {@link #submit}, for an answer that only the engine that asked can understand. */
  public void submitTo(long generation, E event) {
    submitTo(generation, event, () -> {});
  }

  /**
   * The same.
   *
   * @param orElse done in its place, on this thread, if that engine is gone
   */
  public void submitTo(long generation, E event, Runnable orElse) {
    run(() -> {
      if (generation == barrier.generation()) {
        handle(event);
      } else {
        orElse.run();
      }
    });
  }

  /**
   * Hands over an event at once, ahead of all that is queued. On this thread only, and not out of
   * the engine's own actions.
   */
  public final void take(E event, Instant at) {
    rim.heard(event);
    over(barrier.handle(event, at, sink));
  }

  private void handle(E event) {
    take(event, now());
  }

  private void tell(E event) {
    over(barrier.handle(event, now(), sink));
  }

  protected final void over(@Nullable InstanceFault fault) {
    if (fault != null) {
      rim.failed(fault);
    }
  }

  /** What the surroundings do wrong is no fault of the engine, which asks in the midst of work. */
  private void perform(A action) {
    try {
      rim.perform(action);
    } catch (RuntimeException e) {
      fault(e);
    }
  }

  protected final InstanceBarrier<N, E, A> barrier() {
    return barrier;
  }

  /** Where the engine's actions go. */
  protected final ActionSink<A> sink() {
    return sink;
  }

  @Override
  protected @Nullable Instant nextDue() {
    Deadline deadline = barrier.nextDeadline();
    return deadline == null ? null : deadline.at();
  }

  @Override
  protected void onDue() {
    if (barrier.restart(now())) {
      LOG.warn("INSTANCE_RESTARTED instance={}", barrier.status().name());
      rim.briefing().forEach(this::tell);
    }
    over(barrier.advance(now(), sink));
  }

  @Override
  protected InstanceFault lastWords(Throwable thrown) {
    return barrier.fatal(thrown, now());
  }
}
