package dev.culvert.ipsec.forwarding;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What was reported of a tunnel's queue within the last second, so that it is not said again with
 * each packet. It belongs to the queue's reader.
 */
final class RecentReports {
  /** Subjects that share a place push each other out: one of them is reported once too often. */
  private static final int PLACES = 64;

  private long @Nullable [] subjects;
  private long @Nullable [] atNanos;

  /** True if the subject is to be reported; it is taken for reported then. */
  boolean isDue(long subject, long nowNanos, RateLimiter limit) {
    long[] known = subjects;
    long[] when = atNanos;
    int place = (int) ((subject * 0x9E37_79B9_7F4A_7C15L) >>> 58);
    if (known == null || when == null) {
      known = new long[PLACES];
      when = new long[PLACES];
      Arrays.fill(when, nowNanos - WaitingPackets.REPEAT_NANOS - 1);
      subjects = known;
      atNanos = when;
    }
    boolean isFresh =
        known[place] == subject && nowNanos - when[place] <= WaitingPackets.REPEAT_NANOS;
    if (isFresh || !limit.tryAcquire(nowNanos)) {
      return false;
    }
    known[place] = subject;
    when[place] = nowNanos;
    return true;
  }
}
