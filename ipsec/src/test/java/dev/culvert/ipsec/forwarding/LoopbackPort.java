package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.sa.ChildSa;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A socket that receives what it sent, through one off-heap ring and without garbage: with SAs of
 * equal halves a data path talks to itself. One thread may send while another receives.
 */
final class LoopbackPort implements DatagramPort {
  private static final int CELLS = 128;
  private static final int CELL = 65_792;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment ring = arena.allocate((long) CELLS * CELL, 64);
  private final int[] length = new int[CELLS];
  private final int[] segmentSize = new int[CELLS];
  private volatile int head;
  private volatile int tail;
  volatile boolean closed;

  /** An SA whose outbound half is its own inbound half. */
  static ChildSa sa(int number) {
    return toItself(DataPathRig.sa().number(number).build());
  }

  static ChildSa toItself(ChildSa sa) {
    return new ChildSa(
        sa.tunnel(),
        sa.vpnName(),
        sa.inboundSpi(),
        sa.inboundSpi(),
        sa.algorithm(),
        sa.inboundKey(),
        sa.inboundKey(),
        sa.local(),
        sa.remote(),
        true,
        sa.replayWindow(),
        false,
        sa.lifetime(),
        sa.dfBit(),
        sa.localSelectors(),
        sa.remoteSelectors());
  }

  @Override
  public boolean isUdp() {
    return true;
  }

  @Override
  public int send(PacketBatch batch) {
    int taken = 0;
    for (int i = 0; i < batch.count; i++) {
      if (tail - head == CELLS) {
        batch.length[i] = 0;
        continue;
      }
      int cell = tail & CELLS - 1;
      MemorySegment.copy(batch.memory, batch.offset[i], ring, (long) cell * CELL, batch.length[i]);
      length[cell] = batch.length[i];
      segmentSize[cell] = batch.segmentSize[i];
      tail = tail + 1;
      taken++;
    }
    return taken;
  }

  @Override
  public int receive(PacketBatch batch) {
    batch.count = 0;
    while (batch.count < batch.slots && head != tail) {
      int cell = head & CELLS - 1;
      int slot = batch.count++;
      MemorySegment.copy(ring, (long) cell * CELL, batch.memory, batch.offset[slot], length[cell]);
      batch.length[slot] = length[cell];
      batch.segmentSize[slot] = segmentSize[cell];
      batch.peerHigh[slot] = 0;
      batch.peerLow[slot] = InnerPacket.mapped(0xC633_6402);
      batch.peerPort[slot] = 4500;
      head = head + 1;
    }
    return batch.count;
  }

  @Override
  public boolean sendOne(Octets datagram, Endpoint to, boolean dontFragment) {
    return false;
  }

  @Override
  public int fileDescriptor() {
    return -1;
  }

  @Override
  public void close() {
    closed = true;
    arena.close();
  }
}
