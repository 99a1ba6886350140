package dev.culvert.lab.bench.measure;

/**
 * How often each delay came, in steps of 5 µs; from 100 ms on only the longest is told from the
 * others. Takes the same room however many there are. Confined to one thread.
 */
final class DelayHistogram {
  private static final int STEP_NANOS = 5000;
  private static final int STEPS = 20_000;

  private final int[] counts = new int[STEPS + 1];
  private long count;
  private long longestNanos;

  void add(long nanos) {
    counts[Math.clamp(nanos / STEP_NANOS, 0, STEPS)]++;
    count++;
    longestNanos = Math.max(longestNanos, nanos);
  }

  long count() {
    return count;
  }

  /** The shortest delay that at least that share of all do not exceed; 0 if there are none. */
  double percentileMillis(double percent) {
    long rank = Math.max(1, (long) Math.ceil(percent / 100 * count));
    long passed = 0;
    for (int step = 0; step < STEPS; step++) {
      passed += counts[step];
      if (passed >= rank) {
        return step * (double) STEP_NANOS / 1e6;
      }
    }
    return longestMillis();
  }

  double longestMillis() {
    return longestNanos / 1e6;
  }
}
