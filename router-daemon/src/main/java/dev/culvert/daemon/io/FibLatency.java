package dev.culvert.daemon.io;

import java.util.concurrent.atomic.AtomicLong;

/** How long routes take from the decision to the kernel's acknowledgment. Safe to share. */
public final class FibLatency {
  private final AtomicLong batches = new AtomicLong();
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong totalNanos = new AtomicLong();
  private final AtomicLong lastNanos = new AtomicLong();

  void record(int batchSize, long nanos) {
    batches.incrementAndGet();
    operations.addAndGet(batchSize);
    totalNanos.addAndGet(nanos);
    lastNanos.set(nanos);
  }

  public long batches() {
    return batches.get();
  }

  public long operations() {
    return operations.get();
  }

  public long totalNanos() {
    return totalNanos.get();
  }

  public long lastNanos() {
    return lastNanos.get();
  }
}
