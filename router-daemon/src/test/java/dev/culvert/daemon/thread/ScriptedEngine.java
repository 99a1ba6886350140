package dev.culvert.daemon.thread;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Does with each event what the test says, and remembers what it heard and when it is due. */
public final class ScriptedEngine<E, A> implements ProtocolEngine<E, A> {
  @FunctionalInterface
  public interface Script<E, A> {
    void run(E event, ActionSink<? super A> actions);
  }

  public final List<E> heard = new CopyOnWriteArrayList<>();
  private final Script<E, A> script;
  volatile @Nullable Instant due;

  public ScriptedEngine(Script<E, A> script) {
    this.script = script;
  }

  @Override
  public void handle(E event, Instant now, ActionSink<? super A> actions) {
    heard.add(event);
    script.run(event, actions);
  }

  @Override
  public void advance(Instant now, ActionSink<? super A> actions) {
    due = null;
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return due == null ? null : new Deadline(due, "test");
  }
}
