package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/** Everything added is always ready; a wait lasts until somebody wakes it. */
final class InMemoryPoller implements Poller {
  final Map<Integer, Pollable> watched = new TreeMap<>();
  private final Semaphore wakeUps = new Semaphore(0);
  boolean closed;

  @Override
  public void add(Pollable pollable, int token) {
    if (watched.put(token, pollable) != null) {
      throw new IllegalStateException("token " + token + " is taken");
    }
  }

  @Override
  public void remove(Pollable pollable) {
    watched.values().remove(pollable);
  }

  @Override
  public int await(int timeoutMillis) {
    if (timeoutMillis < 0) {
      wakeUps.acquireUninterruptibly();
    }
    wakeUps.drainPermits();
    return watched.size();
  }

  @Override
  public boolean isReady(int token) {
    return watched.containsKey(token);
  }

  @Override
  public void wakeUp() {
    wakeUps.release();
  }

  @Override
  public void close() {
    closed = true;
  }
}
