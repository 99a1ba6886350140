package dev.culvert.rip;

import dev.culvert.rip.packet.RipFlavor;
import org.jspecify.annotations.Nullable;

/** What policies say, in the ranges RIP has. */
final class RipMetrics {
  private static final int LARGEST_TAG = 0xFFFF;

  private RipMetrics() {}

  /** RFC 2453 §3.6: 1 to 16. */
  static int clamp(long metric) {
    return Math.clamp(metric, 1, RipFlavor.INFINITY);
  }

  static int orElse(@Nullable Long metric, int otherwise) {
    return metric == null || metric > RipFlavor.INFINITY ? otherwise : clamp(metric);
  }

  /** A tag that the field has no room for is passed over. */
  static int tagOrElse(@Nullable Long tag, long otherwise) {
    long wanted = tag != null && tag <= LARGEST_TAG ? tag : otherwise;
    return wanted <= LARGEST_TAG ? (int) wanted : 0;
  }
}
