package dev.culvert.core.forwarding;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;

/**
 * A bound UDP socket, or a raw socket of one IP protocol, in batches. Non-blocking; one thread may
 * receive while another sends.
 */
public interface DatagramPort extends Pollable {
  /** True for UDP: 4500 or 500; false for a raw socket of IP protocol 50. */
  boolean isUdp();

  /**
   * Receives into the batch, emptied before, and sets {@code count}, with offset, length,
   * segmentSize (UDP_GRO), peer and trafficClass of each slot. For a raw IPv4 socket the IP header
   * is already stepped over.
   *
   * @return {@code batch.count}
   */
  int receive(PacketBatch batch);

  /**
   * Sends every slot to its peer; a slot with a segmentSize goes as UDP_SEGMENT. What the kernel
   * does not take is lost, as on a full wire: the length of such a slot becomes 0, and one that
   * must not be fragmented and does not fit the outgoing interface is marked {@code tooBig}.
   *
   * @return how many slots the kernel took
   */
  int send(PacketBatch batch);

  /**
   * Sends one datagram at once, outside any batch, for the control plane. Safe from any thread.
   *
   * @param dontFragment it must arrive whole or not at all
   * @return false if the kernel refused it, as on an unreachable network
   */
  boolean sendOne(Octets datagram, Endpoint to, boolean dontFragment);

  /** The same for a datagram that may be fragmented. */
  default boolean sendOne(Octets datagram, Endpoint to) {
    return sendOne(datagram, to, false);
  }
}
