package dev.culvert.bgp.session;

import dev.culvert.core.engine.TimerTable;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the sessions of one engine share: the turn's instant, their outlet, timers, jitter and
 * connection numbers. Confined to the routing thread.
 */
public final class SessionSurroundings {
  private final RandomGenerator random;
  private final Consumer<? super SessionAction> actions;
  private final TimerTable<TimerKey> timers = new TimerTable<>();
  private final Map<ConnectionId, PeerSession> owners = new HashMap<>();
  private Instant now = Instant.MIN;
  private long lastConnection;

  /**
   * @param actions where the sessions' actions go
   */
  public SessionSurroundings(
      RandomGenerator random, long lastConnection, Consumer<? super SessionAction> actions) {
    this.random = random;
    this.actions = actions;
    this.lastConnection = lastConnection;
  }

  public void beginTurn(Instant instant) {
    now = instant;
  }

  public Instant now() {
    return now;
  }

  void emit(SessionAction action) {
    actions.accept(action);
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

  /** The session that the connection is of; null once it has let go of it. */
  public @Nullable PeerSession ownerOf(ConnectionId connection) {
    return owners.get(connection);
  }

  /** How many connections sessions hold, those that are still being made among them. */
  public int connections() {
    return owners.size();
  }

  void hold(ConnectionId connection, PeerSession owner) {
    owners.put(connection, owner);
  }

  void letGo(ConnectionId connection) {
    owners.remove(connection);
  }

  ConnectionId nextConnection() {
    return new ConnectionId(++lastConnection);
  }
}
