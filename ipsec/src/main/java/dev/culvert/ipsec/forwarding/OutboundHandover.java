package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.PacketBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Packets that one outbound thread has read and another's SA is to carry: a unit of many peers has
 * pairs of all queues, and its device's queues each have packets for all of them. A bounded queue
 * of copies; any outbound thread offers, its owner alone takes.
 */
final class OutboundHandover {
  static final int CELLS = 64;

  private final MemorySegment memory;
  private final CellTurns turns = new CellTurns(CELLS);
  private final int[] length = new int[CELLS];
  private final int[] token = new int[CELLS];
  private final int[] firstSegment = new int[CELLS];
  private final int[] nextHop = new int[CELLS];
  private final int[] gsoType = new int[CELLS];
  private final int[] segmentSize = new int[CELLS];
  private final int[] checksumStart = new int[CELLS];
  private final int[] checksumOffset = new int[CELLS];

  OutboundHandover(Arena arena) {
    this.memory = arena.allocate((long) CELLS * OutboundPipeline.LARGEST, 64);
  }

  /**
   * Copies the packet of a slot of the batch.
   *
   * @param ofToken by which the snapshot knows the queue it comes from
   * @param segment the first of a super-packet's segments that is to be sent
   * @return false if there is no room for it
   */
  boolean offer(PacketBatch from, int slot, int ofToken, int segment) {
    long position = from.length[slot] > OutboundPipeline.LARGEST ? -1 : turns.claim();
    if (position < 0) {
      return false;
    }
    int cell = turns.cell(position);
    PacketMemory.copy(
        from.memory, from.offset[slot], memory, cell * OutboundPipeline.LARGEST, from.length[slot]);
    length[cell] = from.length[slot];
    token[cell] = ofToken;
    firstSegment[cell] = segment;
    nextHop[cell] = from.nextHop[slot];
    gsoType[cell] = from.gsoType[slot];
    segmentSize[cell] = from.segmentSize[slot];
    checksumStart[cell] = from.checksumStart[slot];
    checksumOffset[cell] = from.checksumOffset[slot];
    turns.filled(position);
    return true;
  }

  /**
   * Moves packets into an empty batch. For the owner only.
   *
   * @param tokens set for each slot; likewise segments
   * @return how many
   */
  int take(PacketBatch into, int[] tokens, int[] segments) {
    into.count = 0;
    while (into.count < into.slots) {
      int cell = turns.full();
      if (cell < 0) {
        break;
      }
      int slot = into.count++;
      PacketMemory.copy(
          memory, cell * OutboundPipeline.LARGEST, into.memory, into.offset[slot], length[cell]);
      into.length[slot] = length[cell];
      tokens[slot] = token[cell];
      segments[slot] = firstSegment[cell];
      into.nextHop[slot] = nextHop[cell];
      into.gsoType[slot] = gsoType[cell];
      into.segmentSize[slot] = segmentSize[cell];
      into.checksumStart[slot] = checksumStart[cell];
      into.checksumOffset[slot] = checksumOffset[cell];
      turns.emptied();
    }
    return into.count;
  }
}
