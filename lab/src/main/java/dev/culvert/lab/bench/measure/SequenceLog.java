package dev.culvert.lab.bench.measure;

/**
 * Which numbered packets of one flow arrived: each counts once, however often it comes. Confined to
 * the receiving thread while packets arrive.
 */
final class SequenceLog {
  private final long[] seen;
  private final long[] delayNanos;
  private int arrived;
  private int repeated;

  /**
   * An empty log.
   *
   * @param capacity packets of the flow at most; higher numbers are ignored
   * @param delays how many delays to keep, of the first packets to arrive
   */
  SequenceLog(int capacity, int delays) {
    seen = new long[(capacity + Long.SIZE - 1) / Long.SIZE];
    delayNanos = new long[delays];
  }

  void arrived(int sequence, long nanos) {
    int word = sequence >>> 6;
    if (word >= seen.length) {
      return;
    }
    long bit = 1L << sequence;
    if ((seen[word] & bit) != 0) {
      repeated++;
      return;
    }
    seen[word] |= bit;
    if (arrived < delayNanos.length) {
      delayNanos[arrived] = nanos;
    }
    arrived++;
  }

  int arrived() {
    return arrived;
  }

  int repeated() {
    return repeated;
  }

  /** The kept delays in milliseconds. */
  double[] delaysMillis() {
    double[] millis = new double[Math.min(arrived, delayNanos.length)];
    for (int i = 0; i < millis.length; i++) {
      millis[i] = delayNanos[i] / 1e6;
    }
    return millis;
  }
}
