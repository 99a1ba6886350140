package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.ipsec.esp.DropCause;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * ESP packets on their way out: equal-sized ones of one SA lie side by side in one slot and leave
 * as one UDP_SEGMENT message, and all slots by one call. Confined to an outbound thread.
 */
final class DatagramRuns {
  private static final int SLOTS = 64;

  /** The kernel takes no longer GSO message, nor one of more segments. */
  private static final int LONGEST_RUN = 65_000;

  private static final int MOST_SEGMENTS = 64;
  private static final int SLOT_SIZE = 65_535 + 256;

  /**
   * Octets that are sent without waiting for more: the far end can work on the first packets while
   * the next are sealed, and they are still in the cache when the kernel copies them.
   */
  private static final int ENOUGH = 128 << 10;

  private final PacketBatch batch;
  private final int[] segments = new int[SLOTS];
  private final @Nullable OutboundSa[] sas = new @Nullable OutboundSa[SLOTS];
  private final @Nullable TrafficCounters[] counters = new @Nullable TrafficCounters[SLOTS];
  private @Nullable DatagramPort port;

  /** The last slot takes no more: it ended with a shorter packet. */
  private boolean ended;

  private int gathered;

  DatagramRuns(Arena arena) {
    this.batch = new PacketBatch(arena, SLOTS, SLOT_SIZE, 0);
  }

  MemorySegment memory() {
    return batch.memory;
  }

  /**
   * Room for an ESP packet of exactly that length, which the caller must fill.
   *
   * @param ofTunnel counts what is lost on the way
   * @return where it begins
   */
  @SuppressWarnings("ReferenceEquality") // a port is the one it is
  int reserve(
      TrafficCounters ofTunnel,
      OutboundWay way,
      DatagramPort through,
      int trafficClass,
      boolean dontFragment,
      int length) {
    if (port != through) {
      flush();
      port = through;
    }
    Peer to = way.peer();
    int last = batch.count - 1;
    if (last >= 0 && extendsLast(last, way.sa(), to, trafficClass, dontFragment, length)) {
      int at = batch.offset[last] + batch.length[last];
      ended = length < batch.segmentSize[last];
      batch.length[last] += length;
      segments[last]++;
      gathered += length;
      return at;
    }
    if (batch.count == batch.slots || gathered >= ENOUGH) {
      flush();
    }
    int slot = batch.count++;
    batch.length[slot] = length;
    batch.segmentSize[slot] = length;
    batch.trafficClass[slot] = trafficClass;
    batch.dontFragment[slot] = dontFragment;
    batch.peerHigh[slot] = to.high();
    batch.peerLow[slot] = to.low();
    batch.peerPort[slot] = to.port();
    segments[slot] = 1;
    gathered += length;
    sas[slot] = way.sa();
    counters[slot] = ofTunnel;
    ended = !through.isUdp();
    return batch.offset[slot];
  }

  private boolean extendsLast(
      int last, OutboundSa sa, Peer to, int trafficClass, boolean dontFragment, int length) {
    return !ended
        && sas[last] == sa
        && batch.trafficClass[last] == trafficClass
        && batch.dontFragment[last] == dontFragment
        && length <= batch.segmentSize[last]
        && segments[last] < MOST_SEGMENTS
        && batch.length[last] + length <= LONGEST_RUN
        && to.is(batch.peerHigh[last], batch.peerLow[last], batch.peerPort[last]);
  }

  /** Sends what has gathered; what the kernel does not take is lost and counted. */
  void flush() {
    if (batch.count == 0) {
      return;
    }
    for (int i = 0; i < batch.count; i++) {
      if (segments[i] == 1) {
        batch.segmentSize[i] = 0;
      }
    }
    if (port != null) {
      port.send(batch);
    }
    for (int i = 0; i < batch.count; i++) {
      TrafficCounters ofTunnel = counters[i];
      if (batch.length[i] == 0 && ofTunnel != null) {
        DropCause cause = batch.tooBig[i] ? DropCause.MTU : DropCause.QUEUE_FULL;
        ofTunnel.drop(cause, segments[i]);
      }
    }
    discard();
  }

  /** Forgets what has gathered. */
  void discard() {
    batch.clear();
    ended = false;
    gathered = 0;
  }
}
