package dev.culvert.ipsec.forwarding;

import org.jspecify.annotations.Nullable;

/**
 * Which of a unit's outbound SAs a packet goes by, for one of the unit's queues. Immutable; one
 * with another way shares with the one before all that it can.
 */
sealed interface SaChooser permits SelectorChooser, NextHopChooser {

  /**
   * The packet's way; null if there is none. Allocates nothing.
   *
   * @param nextHop what the link address in front of the packet said, as {@link
   *     dev.culvert.core.forwarding.PacketBatch#nextHop}
   */
  @Nullable OutboundWay choose(InnerPacket packet, int nextHop);

  /** The only way there is, whatever the packet; null if there are several, or none. */
  @Nullable OutboundWay only();

  boolean isEmpty();

  /**
   * The same with a way more, less, or another for a policy.
   *
   * @param before the policy's, as it is in here
   */
  SaChooser with(@Nullable OutboundWay before, @Nullable OutboundWay after);
}
