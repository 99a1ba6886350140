package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/** Everything added is always ready; a wait lasts until somebody wakes it. */
final class InMemoryPoller implements Poller {
  final Map<Integer, Pollable> watched = new TreeMap<>();

  /** These are found to have nothing to read. */
  final Set<Pollable> quiet = new HashSet<>();

  /** What the last wait found. */
  private List<Integer> tokens = List.of();

  private boolean isOutdated;
  private final Semaphore wakeUps = new Semaphore(0);
  boolean closed;
  int closes;

  @Override
  public void add(Pollable pollable, int token) {
    if (watched.put(token, pollable) != null) {
      throw new IllegalStateException("token " + token + " is taken");
    }
    isOutdated = true;
  }

  @Override
  public void remove(Pollable pollable) {
    watched.values().remove(pollable);
    isOutdated = true;
  }

  @Override
  public int await(int timeoutMillis) {
    if (timeoutMillis < 0) {
      wakeUps.acquireUninterruptibly();
    }
    wakeUps.drainPermits();
    if (!quiet.isEmpty() || isOutdated) {
      tokens = watched.keySet().stream().filter(this::isReady).toList();
      isOutdated = !quiet.isEmpty();
    }
    return tokens.size();
  }

  /** Whether the next wait ends at once. */
  boolean isWoken() {
    return wakeUps.availablePermits() > 0;
  }

  @Override
  public int readyToken(int index) {
    return tokens.get(index);
  }

  @Override
  public boolean isReady(int token) {
    Pollable pollable = watched.get(token);
    return pollable != null && !quiet.contains(pollable);
  }

  @Override
  public void wakeUp() {
    wakeUps.release();
  }

  @Override
  public void close() {
    closed = true;
    closes++;
  }
}
