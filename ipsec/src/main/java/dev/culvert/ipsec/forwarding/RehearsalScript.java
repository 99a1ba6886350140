package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.putU16;
import static dev.culvert.ipsec.forwarding.PacketMemory.putU32;
import static dev.culvert.ipsec.forwarding.PacketMemory.putU8;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.TunQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The packets of a {@link Rehearsal}: in one round a stretch of a TCP stream, acknowledgments and
 * datagrams, in the next a single datagram.
 */
final class RehearsalScript {
  private static final int TCP = 6;
  private static final int UDP = 17;

  private static final int SLOTS = 8;
  private static final int SLOT_SIZE = 66_048;
  private static final int HEADROOM = 64;

  private static final int SUPER_PACKET = 52 + 20 * 1348;
  private static final int SEGMENT = 1348;
  private static final int ACKNOWLEDGMENT = 52;
  private static final int ACKNOWLEDGMENTS = 4;
  private static final int DATAGRAM = 28 + 512;
  private static final int DATAGRAMS = 2;

  private final PacketBatch batch;
  private final PacketBatch delivered;
  private int sequence;

  RehearsalScript(Arena arena) {
    batch = new PacketBatch(arena, SLOTS, SLOT_SIZE, HEADROOM);
    delivered = new PacketBatch(arena, SLOTS, SLOT_SIZE, HEADROOM);
  }

  /** Gives the tunnel device the packets of that round, as the kernel would. */
  void play(TunQueue kernel, int round) {
    batch.clear();
    if (round % 2 == 0) {
      offload(tcp(SUPER_PACKET), PacketBatch.GSO_TCPV4, SEGMENT);
      for (int i = 0; i < ACKNOWLEDGMENTS; i++) {
        offload(tcp(ACKNOWLEDGMENT), PacketBatch.GSO_NONE, 0);
      }
      for (int i = 0; i < DATAGRAMS; i++) {
        offload(udp(), PacketBatch.GSO_NONE, 0);
      }
    } else {
      offload(udp(), PacketBatch.GSO_NONE, 0);
    }
    kernel.write(batch);
  }

  /** Takes what has come through the tunnel. */
  void drain(TunQueue kernel) {
    while (kernel.read(delivered) > 0) {
      // There is nobody to deliver it to.
    }
  }

  private int tcp(int length) {
    int slot = slot(length, TCP);
    int at = batch.offset[slot] + InnerPacket.IPV4_HEADER;
    putU32(batch.memory, at, (4000 << 16) | 5001);
    putU32(batch.memory, at + 4, sequence);
    putU8(batch.memory, at + 12, 8 << 4);
    putU8(batch.memory, at + 13, 0x10);
    putU16(batch.memory, at + 14, 0xFFFF);
    sequence += length - ACKNOWLEDGMENT;
    batch.checksumOffset[slot] = 16;
    return slot;
  }

  private int udp() {
    int slot = slot(DATAGRAM, UDP);
    int at = batch.offset[slot] + InnerPacket.IPV4_HEADER;
    putU32(batch.memory, at, (4000 << 16) | 5001);
    putU16(batch.memory, at + 4, DATAGRAM - InnerPacket.IPV4_HEADER);
    batch.checksumOffset[slot] = 6;
    return slot;
  }

  /** A packet of zeros behind an IPv4 header, its transport checksum left to the device. */
  private int slot(int length, int protocol) {
    int slot = batch.count++;
    MemorySegment memory = batch.memory;
    int at = batch.offset[slot];
    memory.asSlice(at, length).fill((byte) 0);
    putU16(memory, at, 0x4500);
    putU16(memory, at + 2, length);
    putU16(memory, at + 6, 0x4000);
    putU8(memory, at + 8, 64);
    putU8(memory, at + 9, protocol);
    putU32(memory, at + 12, 0x0A010002);
    putU32(memory, at + 16, 0x0A020002);
    putU16(memory, at + 10, PacketMemory.checksum(PacketMemory.sum(memory, at, 20)));
    int transport = length - InnerPacket.IPV4_HEADER;
    long pseudoHeader = PacketMemory.sum(memory, at + 12, 8) + protocol + transport;
    putU16(
        memory,
        at + InnerPacket.IPV4_HEADER + (protocol == TCP ? 16 : 6),
        PacketMemory.fold(pseudoHeader));
    batch.length[slot] = length;
    batch.checksumStart[slot] = InnerPacket.IPV4_HEADER;
    return slot;
  }

  private void offload(int slot, int gsoType, int segmentSize) {
    batch.gsoType[slot] = gsoType;
    batch.segmentSize[slot] = segmentSize;
  }
}
