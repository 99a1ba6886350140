package dev.culvert.tun;

import dev.culvert.core.forwarding.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * {@code struct virtio_net_hdr} in front of a packet, to and from the batch's arrays. {@code front}
 * octets before the packet it begins: between the two there may be an Ethernet header.
 */
final class VirtioHeader {
  static final int SIZE = 10;

  private static final int FLAG_NEEDS_CHECKSUM = 1;
  private static final int GSO_TYPE_ECN = 0x80;
  private static final int UDP_HEADER = 8;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

  private VirtioHeader() {}

  static void read(PacketBatch batch, int slot, int front) {
    MemorySegment memory = batch.memory;
    long at = batch.offset[slot] - (long) front;
    // Positions count from behind this header, where an Ethernet header may be.
    int linkHeader = front - SIZE;
    batch.gsoType[slot] = memory.get(BYTE, at + 1) & ~GSO_TYPE_ECN & 0xFF;
    batch.segmentSize[slot] = memory.get(SHORT, at + 4) & 0xFFFF;
    boolean unfinished = (memory.get(BYTE, at) & FLAG_NEEDS_CHECKSUM) != 0;
    batch.checksumStart[slot] = unfinished ? (memory.get(SHORT, at + 6) & 0xFFFF) - linkHeader : -1;
    batch.checksumOffset[slot] = unfinished ? memory.get(SHORT, at + 8) & 0xFFFF : -1;
  }

  static void write(PacketBatch batch, int slot, int front) {
    MemorySegment memory = batch.memory;
    long at = batch.offset[slot] - (long) front;
    int linkHeader = front - SIZE;
    int type = batch.gsoType[slot];
    int start = batch.checksumStart[slot];
    memory.set(BYTE, at, (byte) (start >= 0 ? FLAG_NEEDS_CHECKSUM : 0));
    memory.set(BYTE, at + 1, (byte) type);
    memory.set(
        SHORT,
        at + 2,
        (short) (type == PacketBatch.GSO_NONE ? 0 : linkHeader + headers(batch, slot)));
    memory.set(SHORT, at + 4, (short) (type == PacketBatch.GSO_NONE ? 0 : batch.segmentSize[slot]));
    memory.set(SHORT, at + 6, (short) (start < 0 ? 0 : linkHeader + start));
    memory.set(SHORT, at + 8, (short) Math.max(batch.checksumOffset[slot], 0));
  }

  /** Octets of the IP and transport headers, which every segment repeats. */
  private static int headers(PacketBatch batch, int slot) {
    int start = batch.checksumStart[slot];
    if (batch.gsoType[slot] == PacketBatch.GSO_UDP_L4 || start + 12 >= batch.length[slot]) {
      return start + UDP_HEADER;
    }
    int dataOffset = batch.memory.get(BYTE, batch.offset[slot] + start + 12) >>> 4 & 0xF;
    return start + dataOffset * 4;
  }
}
