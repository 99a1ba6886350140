package dev.culvert.daemon.kernel;

import dev.culvert.daemon.show.FibUpdateTimes;
import java.util.concurrent.atomic.AtomicLong;

/** Adds up {@link FibUpdateTimes}. Safe to share. */
public final class FibLatency {
  private final AtomicLong batches = new AtomicLong();
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong totalNanos = new AtomicLong();
  private final AtomicLong lastNanos = new AtomicLong();

  public void record(int batchSize, long nanos) {
    batches.incrementAndGet();
    operations.addAndGet(batchSize);
    totalNanos.addAndGet(nanos);
    lastNanos.set(nanos);
  }

  public FibUpdateTimes times() {
    return new FibUpdateTimes(batches.get(), operations.get(), totalNanos.get(), lastNanos.get());
  }
}
