package dev.culvert.core.forwarding;

import dev.culvert.core.net.InterfaceName;

/**
 * One queue of a TUN device that speaks IP packets with offload metadata. Non-blocking; confined to
 * the forwarding threads: one may read while another writes.
 */
public interface TunQueue extends Pollable {
  InterfaceName interfaceName();

  /**
   * Reads super-packets into the batch, emptied before, until it is full or the queue is empty, and
   * sets {@code count}. Each slot then has offset, length, gsoType, segmentSize and checksum
   * fields.
   *
   * @return {@code batch.count}
   */
  int read(PacketBatch batch);

  /**
   * Writes every slot as one packet or super-packet. Octets in front of the packet (at least 10 of
   * headroom) may be overwritten. A slot the kernel refuses is skipped, and its length becomes 0.
   *
   * @return how many were taken
   */
  int write(PacketBatch batch);
}
