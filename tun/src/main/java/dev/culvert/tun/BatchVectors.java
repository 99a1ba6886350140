package dev.culvert.tun;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.tun.sys.MessageVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What a thread tells the kernel by of the packets it moves, whichever socket they move through: a
 * router has far more sockets than threads. Confined to its thread.
 */
final class BatchVectors {
  static final int MESSAGES = 128;
  static final int MAX_DATAGRAM = 65_535;

  private static final ThreadLocal<BatchVectors> OF_THREAD =
      ThreadLocal.withInitial(BatchVectors::new);

  final MemorySegment clock = Arena.ofAuto().allocate(2 * Long.BYTES, 8);

  private @Nullable MessageVector received;
  private @Nullable MessageVector sent;
  private @Nullable MessageVector split;
  private @Nullable Single single;

  /** The batch whose slots {@link #received} points at, and how many the last receive used. */
  private @Nullable PacketBatch prepared;

  int usedSlots;

  /** One message with a payload of its own. */
  record Single(MessageVector message, MemorySegment payload) {}

  private BatchVectors() {}

  /** The calling thread's. */
  static BatchVectors ofThread() {
    return OF_THREAD.get();
  }

  /**
   * Points the messages at the batch's slots; the kernel leaves them so but for those it used.
   *
   * @param capacity at most {@link #MESSAGES}
   */
  @SuppressWarnings("ReferenceEquality") // a batch is the one it is
  MessageVector forReceiving(PacketBatch batch, int capacity) {
    MessageVector vector = received;
    if (vector == null) {
      vector = new MessageVector(MESSAGES);
      received = vector;
    }
    if (prepared != batch) {
      for (int i = 0; i < capacity; i++) {
        int packet = i * batch.slotSize + batch.headroom;
        vector.prepareReceive(i, batch.memory, packet, batch.slotSize - batch.headroom);
      }
      prepared = batch;
    } else {
      for (int i = 0; i < usedSlots; i++) {
        vector.rearm(i);
      }
    }
    return vector;
  }

  MessageVector forSending() {
    MessageVector vector = sent;
    if (vector == null) {
      vector = new MessageVector(MESSAGES);
      sent = vector;
    }
    return vector;
  }

  /** For the segments of a message that the kernel does not cut. */
  MessageVector forSegments() {
    MessageVector vector = split;
    if (vector == null) {
      vector = new MessageVector(MESSAGES);
      split = vector;
    }
    return vector;
  }

  Single single() {
    Single one = single;
    if (one == null) {
      one = new Single(new MessageVector(1), Arena.ofAuto().allocate(MAX_DATAGRAM));
      single = one;
    }
    return one;
  }
}
