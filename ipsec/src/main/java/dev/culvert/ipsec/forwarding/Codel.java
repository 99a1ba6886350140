package dev.culvert.ipsec.forwarding;

/**
 * Controlled delay (RFC 8289): tells when a sender is to hear of a queue that stands. A burst may
 * wait as it has to; when even the packets that waited least have waited for too long throughout an
 * interval, one is marked or dropped, and more and more often until they do not.
 *
 * <p>Confined to the thread of its queue.
 */
final class Codel {
  /**
   * RFC 8289 §3.2 takes 5 % of a round trip through the Internet. A tunnel adds its queue to that
   * of both ends, and BFD waits in it, so it is kept shorter.
   */
  static final long TARGET_NANOS = 2_000_000;

  /** RFC 8289 §3.2: a sender needs about a round trip to react. */
  static final long INTERVAL_NANOS = 50_000_000;

  /** Waiting this long comes of a stopped process or a clock that jumped. */
  static final long IMPLAUSIBLE_NANOS = 1_000_000_000;

  /** A queue that goes on from where it was is the one that stood a moment ago: RFC 8289 §4.2. */
  private static final long MEMORY_INTERVALS = 16;

  private boolean isAbove;
  private long lastPacketNanos;
  private long goodUntil;
  private boolean isSignalling;
  private long nextSignal;
  private int count;
  private int countBefore;

  /**
   * Whether the packet at hand is to carry the signal.
   *
   * @param waitedNanos in the queue; negative if unknown, which tells nothing of it
   */
  boolean isSignalDue(long waitedNanos, long nowNanos) {
    if (waitedNanos < 0) {
      return false;
    }
    if (nowNanos - lastPacketNanos > INTERVAL_NANOS) {
      // RFC 8289 §4.4: an empty queue ends it, and a queue that stands has packets all the time.
      isAbove = false;
    }
    lastPacketNanos = nowNanos;
    boolean stands = stands(waitedNanos, nowNanos);
    if (isSignalling) {
      if (!stands) {
        isSignalling = false;
        return false;
      }
      if (nowNanos - nextSignal < 0) {
        return false;
      }
      count++;
      nextSignal += spacing();
      return true;
    }
    if (!stands) {
      return false;
    }
    isSignalling = true;
    int recent = count - countBefore;
    count = recent > 1 && nowNanos - nextSignal < MEMORY_INTERVALS * INTERVAL_NANOS ? recent : 1;
    countBefore = count;
    nextSignal = nowNanos + spacing();
    return true;
  }

  /** RFC 8289 §4.4, dodequeue: above the target for at least an interval. */
  private boolean stands(long waitedNanos, long nowNanos) {
    if (waitedNanos < TARGET_NANOS || waitedNanos > IMPLAUSIBLE_NANOS) {
      isAbove = false;
      return false;
    }
    if (!isAbove) {
      isAbove = true;
      goodUntil = nowNanos + INTERVAL_NANOS;
      return false;
    }
    return nowNanos - goodUntil >= 0;
  }

  private long spacing() {
    return (long) (INTERVAL_NANOS / Math.sqrt(count));
  }
}
