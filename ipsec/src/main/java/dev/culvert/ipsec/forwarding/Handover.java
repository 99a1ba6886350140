package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.PacketBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * ESP packets that reached one inbound thread and belong to another: GRO may join packets of
 * several SAs of one peer, and whoever gets the first gets them all. A bounded queue of copies; any
 * inbound thread offers, its owner alone takes.
 */
final class Handover {
  /** A packet of a jumbo frame; what is larger has been in fragments, and is rare. */
  static final int LARGEST = 9_216;

  static final int CELLS = 256;

  private final MemorySegment memory;
  private final CellTurns turns = new CellTurns(CELLS);

  private final int[] length = new int[CELLS];
  private final boolean[] udp = new boolean[CELLS];
  private final int[] trafficClass = new int[CELLS];
  private final long[] peerHigh = new long[CELLS];
  private final long[] peerLow = new long[CELLS];
  private final int[] peerPort = new int[CELLS];
  private final long[] waitedNanos = new long[CELLS];

  Handover(Arena arena) {
    this.memory = arena.allocate((long) CELLS * LARGEST, 64);
  }

  /**
   * Copies one packet out of a slot of the batch.
   *
   * @return false if there is no room for it
   */
  boolean offer(PacketBatch from, int slot, int at, int octets, boolean isUdp) {
    if (octets > LARGEST) {
      return false;
    }
    long position = turns.claim();
    if (position < 0) {
      return false;
    }
    int cell = turns.cell(position);
    PacketMemory.copy(from.memory, at, memory, cell * LARGEST, octets);
    length[cell] = octets;
    udp[cell] = isUdp;
    trafficClass[cell] = from.trafficClass[slot];
    peerHigh[cell] = from.peerHigh[slot];
    peerLow[cell] = from.peerLow[slot];
    peerPort[cell] = from.peerPort[slot];
    waitedNanos[cell] = from.waitedNanos[slot];
    turns.filled(position);
    return true;
  }

  /**
   * Moves packets into an empty batch, each into a slot of its own. For the owner only.
   *
   * @param isUdp set for each slot whose packet came by UDP
   * @return how many
   */
  int take(PacketBatch into, boolean[] isUdp) {
    into.count = 0;
    while (into.count < into.slots) {
      int cell = turns.full();
      if (cell < 0) {
        break;
      }
      int slot = into.count++;
      PacketMemory.copy(memory, cell * LARGEST, into.memory, into.offset[slot], length[cell]);
      into.length[slot] = length[cell];
      isUdp[slot] = udp[cell];
      into.trafficClass[slot] = trafficClass[cell];
      into.peerHigh[slot] = peerHigh[cell];
      into.peerLow[slot] = peerLow[cell];
      into.peerPort[slot] = peerPort[cell];
      into.waitedNanos[slot] = waitedNanos[cell];
      turns.emptied();
    }
    return into.count;
  }
}
