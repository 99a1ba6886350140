package dev.culvert.ipsec.ike.admission;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * At most so many a second, after a burst: of all together, or of each address. Addresses share a
 * fixed number of cells, by a hash that outsiders cannot foresee; of IPv6 the first half counts, as
 * everyone has the second to himself. Safe to share, and without locks.
 */
final class ArrivalRate {
  /** Of each family; a power of two. */
  private static final int CELLS = 1024;

  private final long nanosEach;
  private final long toleranceNanos;
  private final long seed;

  /** When each cell is empty again, by the clock of the callers. */
  private final AtomicLongArray emptyAtNanos;

  /** Of all together. */
  static ArrivalRate ofAll(int perSecond, int burst, long nowNanos) {
    return new ArrivalRate(perSecond, burst, 1, 0, nowNanos);
  }

  /**
   * Of each address; those of one family take nothing from the other's.
   *
   * @param seed random
   */
  static ArrivalRate ofEach(int perSecond, int burst, long seed, long nowNanos) {
    return new ArrivalRate(perSecond, burst, 2 * CELLS, seed, nowNanos);
  }

  private ArrivalRate(int perSecond, int burst, int cells, long seed, long nowNanos) {
    this.nanosEach = 1_000_000_000L / perSecond;
    this.toleranceNanos = nanosEach * (burst - 1);
    this.seed = seed;
    this.emptyAtNanos = new AtomicLongArray(cells);
    for (int cell = 0; cell < cells; cell++) {
      emptyAtNanos.set(cell, nowNanos);
    }
  }

  /** True for one that may pass. */
  boolean admits(long nowNanos) {
    return admitsTo(0, nowNanos);
  }

  /** The same for one that came from there. */
  boolean admits(IpAddress from, long nowNanos) {
    return admitsTo(cell(from), nowNanos);
  }

  private boolean admitsTo(int cell, long nowNanos) {
    while (true) {
      long emptyAt = emptyAtNanos.get(cell);
      long from = emptyAt - nowNanos > 0 ? emptyAt : nowNanos;
      if (from - nowNanos > toleranceNanos) {
        return false;
      }
      if (emptyAtNanos.compareAndSet(cell, emptyAt, from + nanosEach)) {
        return true;
      }
    }
  }

  private int cell(IpAddress address) {
    long bits =
        switch (address) {
          case Ipv4Address v4 -> Integer.toUnsignedLong(v4.bits());
          case Ipv6Address v6 -> v6.high();
        };
    // The finalizer of SplitMix64 on both sides of the seed: every bit of it matters.
    int cell = (int) (mixed(mixed(bits ^ seed) + seed) >>> 32) & CELLS - 1;
    return address instanceof Ipv6Address ? CELLS + cell : cell;
  }

  private static long mixed(long bits) {
    long z = (bits ^ bits >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
    return z ^ z >>> 31;
  }
}
