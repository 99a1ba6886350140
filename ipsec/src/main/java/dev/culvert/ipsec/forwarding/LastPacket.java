package dev.culvert.ipsec.forwarding;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * When one direction of an SA last carried a packet. Written by the one thread that owns the
 * direction, without a locked instruction; readable by any.
 */
final class LastPacket {
  private static final long NEVER = Long.MIN_VALUE;

  private final AtomicLong atNanos = new AtomicLong(NEVER);

  void at(long nowNanos) {
    atNanos.setOpaque(nowNanos);
  }

  /** Null if there has been none; the clock is the one of {@link #at}. */
  @Nullable Duration since(long nowNanos) {
    long at = atNanos.getOpaque();
    return at == NEVER ? null : Duration.ofNanos(Math.max(0, nowNanos - at));
  }
}
