package dev.culvert.daemon.io;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.forwarding.Poller;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * One engine on a thread of its own; its actions are carried out there as they come. The engine is
 * confined to this thread, {@link #submit} is safe from any.
 */
public final class EngineThread<E, A> extends PollingThread {
  private final ProtocolEngine<E, A> engine;
  private final ActionSink<A> actions;

  public EngineThread(
      String name,
      ProtocolEngine<E, A> engine,
      Poller poller,
      InstantSource clock,
      ActionSink<A> actions) {
    super(name, poller, clock);
    this.engine = engine;
    this.actions = actions;
  }

  /** Hands an event to the engine, in order with all others. */
  public void submit(E event) {
    run(() -> engine.handle(event, now(), actions));
  }

  /** As {@link #submit}, for events strangers can cause at will; dropped when too many wait. */
  public void offerEvent(E event) {
    offer(() -> engine.handle(event, now(), actions));
  }

  @Override
  @Nullable Instant nextDue() {
    Deadline deadline = engine.nextDeadline();
    return deadline == null ? null : deadline.at();
  }

  @Override
  void onDue() {
    engine.advance(now(), actions);
  }
}
