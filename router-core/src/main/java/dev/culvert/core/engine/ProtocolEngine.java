package dev.culvert.core.engine;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A protocol as a deterministic machine: events and the current instant go in, actions come out.
 *
 * <p>An engine does no I/O, starts no threads, reads no clock and draws no randomness of its own;
 * the same sequence of calls always yields the same actions. It is confined to the thread that
 * calls it. {@code now} never goes backwards between calls.
 *
 * @param <E> what can happen to the engine
 * @param <A> what the engine can ask of its surroundings
 */
public interface ProtocolEngine<E, A> {

  void handle(E event, Instant now, ActionSink<? super A> actions);

  /** Runs every timer due at or before {@code now}; a call that comes too early does nothing. */
  void advance(Instant now, ActionSink<? super A> actions);

  /** When {@link #advance} next has work to do, and what for; null while no timer runs. */
  @Nullable Deadline nextDeadline();
}
