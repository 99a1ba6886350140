package dev.culvert.ipsec.ike.exchange;

import java.time.Duration;
import java.time.Instant;

/** At most so many a second, after a burst: what strangers can make us do. */
public final class Allowance {
  private final Duration each;
  private final Duration tolerance;

  /** When all that was taken is made good. */
  private Instant emptyAt = Instant.EPOCH;

  public Allowance(int perSecond, int burst) {
    this.each = Duration.ofSeconds(1).dividedBy(perSecond);
    this.tolerance = each.multipliedBy(burst - 1);
  }

  /** True if one more is all right. */
  public boolean take(Instant now) {
    Instant from = emptyAt.isAfter(now) ? emptyAt : now;
    if (from.isAfter(now.plus(tolerance))) {
      return false;
    }
    emptyAt = from.plus(each);
    return true;
  }
}
