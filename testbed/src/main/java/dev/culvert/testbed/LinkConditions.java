package dev.culvert.testbed;

import java.time.Duration;

/**
 * How a medium treats packets.
 *
 * @param delay every packet's
 * @param lossPercent of packets vanish
 * @param duplicationPercent of packets come twice
 * @param reorderPercent of packets take longer, by up to four times the delay, so that later ones
 *     overtake
 */
public record LinkConditions(
    Duration delay, double lossPercent, double duplicationPercent, double reorderPercent) {
  public static final LinkConditions LAN = new LinkConditions(Duration.ofNanos(50_000), 0, 0, 0);
  public static final LinkConditions INTERNET = new LinkConditions(Duration.ofMillis(10), 0, 0, 0);

  public LinkConditions withLoss(double percent) {
    return new LinkConditions(delay, percent, duplicationPercent, reorderPercent);
  }

  public LinkConditions withDuplication(double percent) {
    return new LinkConditions(delay, lossPercent, percent, reorderPercent);
  }

  public LinkConditions withReordering(double percent) {
    return new LinkConditions(delay, lossPercent, duplicationPercent, percent);
  }
}
