package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The first few packets for a tunnel that has no SA yet, so that the one that brings it up is not
 * lost. Belongs to the {@link TunnelQueue}'s reader.
 */
final class HeldPackets {
  static final int CAPACITY = 8;

  /** Connections begin with small packets; many tunnels without an SA must not cost much. */
  private static final int LARGEST = 2048;

  /** RFC 6298 §2.1: by then the sender has sent again. */
  static final long LIFETIME_NANOS = 3_000_000_000L;

  private final byte[][] packets = new byte[CAPACITY][];
  private final int[] gsoType = new int[CAPACITY];
  private final int[] segmentSize = new int[CAPACITY];
  private final int[] checksumStart = new int[CAPACITY];
  private final int[] checksumOffset = new int[CAPACITY];
  private final int[] nextHop = new int[CAPACITY];
  private int count;
  private long heldSinceNanos;

  int count() {
    return count;
  }

  boolean hasRoomFor(int length) {
    return count < CAPACITY && length <= LARGEST;
  }

  boolean isStale(long nowNanos) {
    return count > 0 && nowNanos - heldSinceNanos > LIFETIME_NANOS;
  }

  long sinceNanos() {
    return heldSinceNanos;
  }

  /** Those that are held have been waiting since then already, by another hold. */
  void waitingSince(long nanos) {
    heldSinceNanos = nanos;
  }

  void clear() {
    for (int i = 0; i < count; i++) {
      packets[i] = new byte[0];
    }
    count = 0;
  }

  void hold(PacketBatch batch, int slot, long nowNanos) {
    if (count == 0) {
      heldSinceNanos = nowNanos;
    }
    packets[count] =
        batch.memory.asSlice(batch.offset[slot], batch.length[slot]).toArray(ValueLayout.JAVA_BYTE);
    gsoType[count] = batch.gsoType[slot];
    segmentSize[count] = batch.segmentSize[slot];
    checksumStart[count] = batch.checksumStart[slot];
    checksumOffset[count] = batch.checksumOffset[slot];
    nextHop[count] = batch.nextHop[slot];
    count++;
  }

  /** Puts all into an empty batch, as if they had just been read, and forgets them. */
  void release(PacketBatch batch) {
    batch.clear();
    for (int i = 0; i < count; i++) {
      int length = packets[i].length;
      MemorySegment.copy(
          packets[i], 0, batch.memory, ValueLayout.JAVA_BYTE, batch.offset[i], length);
      batch.length[i] = length;
      batch.gsoType[i] = gsoType[i];
      batch.segmentSize[i] = segmentSize[i];
      batch.checksumStart[i] = checksumStart[i];
      batch.checksumOffset[i] = checksumOffset[i];
      batch.nextHop[i] = nextHop[i];
    }
    batch.count = count;
    clear();
  }
}
