package dev.culvert.core.engine;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The running timers of one engine, at most one per key; equal deadlines fire in start order. */
public final class TimerTable<K> {
  private record Entry<K>(Instant at, long sequence, K key) {}

  private final Map<K, Entry<K>> byKey = new HashMap<>();
  private final TreeSet<Entry<K>> byTime =
      new TreeSet<>(
          Comparator.<Entry<K>, Instant>comparing(Entry::at).thenComparingLong(Entry::sequence));
  private long nextSequence;

  /** Starts the timer, or restarts it if it runs already. */
  public void start(K key, Instant at) {
    stop(key);
    Entry<K> entry = new Entry<>(at, nextSequence++, key);
    byKey.put(key, entry);
    byTime.add(entry);
  }

  public void stop(K key) {
    Entry<K> entry = byKey.remove(key);
    if (entry != null) {
      byTime.remove(entry);
    }
  }

  public boolean isRunning(K key) {
    return byKey.containsKey(key);
  }

  public @Nullable Deadline next() {
    return byTime.isEmpty() ? null : new Deadline(byTime.getFirst().at(), byTime.getFirst().key());
  }

  /** Removes and returns the earliest timer due at or before {@code now}, or null. */
  public @Nullable K pollDue(Instant now) {
    if (byTime.isEmpty() || byTime.getFirst().at().isAfter(now)) {
      return null;
    }
    K key = byTime.getFirst().key();
    stop(key);
    return key;
  }
}
