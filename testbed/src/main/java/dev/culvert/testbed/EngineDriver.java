package dev.culvert.testbed;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An engine on its thread, in virtual time: events in order, timers when they are due. What it says
 * is carried out at once; what others say reaches it after the time a thread takes to wake up.
 */
final class EngineDriver<E, A> {
  /** From one thread to another. */
  private static final long HANDOVER_NANOS = 20_000;

  /** More calls at one instant than any engine needs: it asks for a time that it does not use. */
  private static final int MOST_CALLS_AT_ONCE = 10_000;

  private final EventQueue time;
  private final ProtocolEngine<E, A> engine;
  private final ActionSink<A> actions;
  private @Nullable Instant armedFor;
  private @Nullable Instant lastAdvance;
  private int callsAtOnce;
  private boolean stopped;

  EngineDriver(EventQueue time, ProtocolEngine<E, A> engine, ActionSink<A> actions) {
    this.time = time;
    this.engine = engine;
    this.actions = actions;
  }

  void submit(E event) {
    time.afterNanos(
        HANDOVER_NANOS,
        () -> {
          if (!stopped) {
            engine.handle(event, time.now(), actions);
            arm();
          }
        });
  }

  /** The thread is gone; whatever was on its way to it as well. */
  void stop() {
    stopped = true;
  }

  private void arm() {
    Deadline deadline = engine.nextDeadline();
    if (deadline == null || (armedFor != null && !deadline.at().isBefore(armedFor))) {
      return;
    }
    Instant at = deadline.at().isBefore(time.now()) ? time.now() : deadline.at();
    armedFor = at;
    time.at(at, () -> due(at));
  }

  private void due(Instant at) {
    if (stopped || !at.equals(armedFor)) {
      return;
    }
    armedFor = null;
    callsAtOnce = at.equals(lastAdvance) ? callsAtOnce + 1 : 0;
    lastAdvance = at;
    if (callsAtOnce > MOST_CALLS_AT_ONCE) {
      throw new IllegalStateException("the clock stands still for " + engine.nextDeadline());
    }
    engine.advance(at, actions);
    arm();
  }
}
