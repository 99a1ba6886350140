package dev.culvert.ipsec.config;

import dev.culvert.ipsec.sa.EspAlgorithm;
import java.time.Duration;

/**
 * {@code security ipsec proposal NAME}.
 *
 * @param lifetimeKilobytes that each direction may carry, of inner packets; 0 is unlimited
 * @param lifetimePackets the same in packets
 * @param extendedSequenceNumbers offered and preferred; a peer without them is still accepted
 */
public record EspProposal(
    String name,
    EspAlgorithm algorithm,
    Duration lifetime,
    long lifetimeKilobytes,
    long lifetimePackets,
    boolean extendedSequenceNumbers) {
  public static final Duration DEFAULT_LIFETIME = Duration.ofHours(1);
}
