package dev.culvert.ipsec.forwarding;

/** A token bucket for what remote parties can trigger at will. Confined to one thread. */
final class RateLimiter {
  private final long nanosPerToken;
  private final int burst;
  private long tokens;
  private long filledAtNanos;

  RateLimiter(int perSecond, int burst, long nowNanos) {
    this.nanosPerToken = 1_000_000_000L / perSecond;
    this.burst = burst;
    this.tokens = burst;
    this.filledAtNanos = nowNanos;
  }

  boolean tryAcquire(long nowNanos) {
    long earned = (nowNanos - filledAtNanos) / nanosPerToken;
    if (earned > 0) {
      tokens = Math.min(burst, tokens + earned);
      filledAtNanos += earned * nanosPerToken;
    }
    if (tokens == 0) {
      return false;
    }
    tokens--;
    return true;
  }
}
