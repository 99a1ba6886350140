package dev.culvert.core.liveness;

import java.time.Duration;

/**
 * {@code bfd-liveness-detection} as OSPF, BGP and static routes carry it (RFC 5880 §6.8.1).
 *
 * @param minimumTransmitInterval desired minimum TX interval, 10 ms to 255 s
 * @param minimumReceiveInterval required minimum RX interval, 10 ms to 255 s
 * @param multiplier detection multiplier, 1 to 255
 */
public record LivenessConfig(
    Duration minimumTransmitInterval, Duration minimumReceiveInterval, int multiplier) {
  public static final int DEFAULT_MULTIPLIER = 3;

  /** What satisfies both, for two clients of one session. */
  public LivenessConfig stricter(LivenessConfig other) {
    return new LivenessConfig(
        shorter(minimumTransmitInterval, other.minimumTransmitInterval),
        shorter(minimumReceiveInterval, other.minimumReceiveInterval),
        Math.min(multiplier, other.multiplier));
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
