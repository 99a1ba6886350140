package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.InterfaceName;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.Semaphore;

/**
 * A tunnel device that has a packet to read whenever the last ones have come back. It drives both
 * threads by their pollers, so that nothing waits for time to pass.
 */
final class LoopbackTun implements TunQueue {
  private static final int AT_ONCE = 10;

  private final Poller readers;
  private final Poller writers;
  private final byte[] packet =
      TestPackets.udp(TestPackets.Ip.v4(), 1, 2, TestPackets.payload(900, 1));
  private final Semaphore delivered = new Semaphore(0);
  private volatile boolean mayRead;
  private int taken;
  volatile boolean closed;

  LoopbackTun(Poller readers, Poller writers) {
    this.readers = readers;
    this.writers = writers;
  }

  /** Asks for packets until at least that many more have come back. */
  void awaitDelivered(int total) throws InterruptedException {
    while (taken < total) {
      mayRead = true;
      readers.wakeUp();
      delivered.acquire();
      taken++;
    }
  }

  @Override
  public InterfaceName interfaceName() {
    return DataPathRig.TUNNEL;
  }

  @Override
  public int read(PacketBatch batch) {
    batch.count = 0;
    if (mayRead) {
      mayRead = false;
      for (int i = 0; i < AT_ONCE; i++) {
        int slot = batch.count++;
        MemorySegment.copy(
            packet, 0, batch.memory, ValueLayout.JAVA_BYTE, batch.offset[slot], packet.length);
        batch.length[slot] = packet.length;
      }
      // The socket is a loop: what is sent in this turn can be received in the next.
      readers.wakeUp();
    }
    writers.wakeUp();
    return batch.count;
  }

  @Override
  public int write(PacketBatch batch) {
    for (int i = 0; i < batch.count; i++) {
      int segments =
          batch.segmentSize[i] == 0
              ? 1
              : (batch.length[i] - 28 + batch.segmentSize[i] - 1) / batch.segmentSize[i];
      delivered.release(segments);
    }
    return batch.count;
  }

  @Override
  public int fileDescriptor() {
    return -1;
  }

  @Override
  public void close() {
    closed = true;
  }
}
