package dev.culvert.bgp.session;

import dev.culvert.bgp.BgpAction;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.TimerTable;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * What the sessions of one engine share: the turn's instant and action sink, timers, jitter and
 * connection numbers. Confined to the routing thread.
 */
public final class SessionSurroundings {
  private static final ActionSink<BgpAction> NOWHERE =
      action -> {
        throw new IllegalStateException("action outside a turn: " + action);
      };

  private final RandomGenerator random;
  private final TimerTable<TimerKey> timers = new TimerTable<>();
  private Instant now = Instant.MIN;
  private ActionSink<? super BgpAction> actions = NOWHERE;
  private long lastConnection;

  public SessionSurroundings(RandomGenerator random, long lastConnection) {
    this.random = random;
    this.lastConnection = lastConnection;
  }

  public void beginTurn(Instant instant, ActionSink<? super BgpAction> sink) {
    now = instant;
    actions = sink;
  }

  public void endTurn() {
    actions = NOWHERE;
  }

  public Instant now() {
    return now;
  }

  public void emit(BgpAction action) {
    actions.add(action);
  }

  public TimerTable<TimerKey> timers() {
    return timers;
  }

  public void startTimer(TimerKey key, Duration duration) {
    timers.start(key, now.plus(duration));
  }

  /** RFC 4271 §10: a factor from 0.75 to 1.0. */
  public void startJittered(TimerKey key, Duration duration) {
    long nanos = (long) (duration.toNanos() * (0.75 + 0.25 * random.nextDouble()));
    startTimer(key, Duration.ofNanos(nanos));
  }

  ConnectionId nextConnection() {
    return new ConnectionId(++lastConnection);
  }
}
