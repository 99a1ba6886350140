package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.InterfaceName;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A tunnel device whose two ends are lists. */
final class InMemoryTun implements TunQueue {
  /** A packet or super-packet as it crosses the device. */
  record Frame(
      byte[] packet,
      int gsoType,
      int segmentSize,
      int checksumStart,
      int checksumOffset,
      int nextHop) {
    Frame(byte[] packet, int gsoType, int segmentSize, int checksumStart, int checksumOffset) {
      this(packet, gsoType, segmentSize, checksumStart, checksumOffset, PacketBatch.NO_NEXT_HOP);
    }

    Frame by(int peer) {
      return new Frame(packet, gsoType, segmentSize, checksumStart, checksumOffset, peer);
    }

    static Frame whole(byte[] packet) {
      return new Frame(packet, PacketBatch.GSO_NONE, 0, -1, -1);
    }
  }

  private final InterfaceName name;
  final Deque<Frame> toRead = new ArrayDeque<>();
  final List<Frame> written = new ArrayList<>();
  int refusesFrom = Integer.MAX_VALUE;
  boolean closed;
  int closes;
  int writtenWhenClosed;

  /** Comes behind every read: time may pass, say. */
  Runnable afterRead = () -> {};

  InMemoryTun(String name) {
    this.name = InterfaceName.of(name);
  }

  @Override
  public InterfaceName interfaceName() {
    return name;
  }

  @Override
  public int read(PacketBatch batch) {
    batch.count = 0;
    while (batch.count < batch.slots && !toRead.isEmpty()) {
      Frame frame = toRead.poll();
      int slot = batch.count++;
      MemorySegment.copy(
          frame.packet,
          0,
          batch.memory,
          ValueLayout.JAVA_BYTE,
          batch.offset[slot],
          frame.packet.length);
      batch.length[slot] = frame.packet.length;
      batch.gsoType[slot] = frame.gsoType;
      batch.segmentSize[slot] = frame.segmentSize;
      batch.checksumStart[slot] = frame.checksumStart;
      batch.checksumOffset[slot] = frame.checksumOffset;
      batch.nextHop[slot] = frame.nextHop;
    }
    afterRead.run();
    return batch.count;
  }

  @Override
  public int write(PacketBatch batch) {
    int taken = 0;
    writtenWhenClosed += closed ? batch.count : 0;
    for (int i = 0; i < batch.count; i++) {
      if (i >= refusesFrom) {
        batch.length[i] = 0;
        continue;
      }
      byte[] packet =
          batch.memory.asSlice(batch.offset[i], batch.length[i]).toArray(ValueLayout.JAVA_BYTE);
      written.add(
          new Frame(
              packet,
              batch.gsoType[i],
              batch.segmentSize[i],
              batch.checksumStart[i],
              batch.checksumOffset[i]));
      taken++;
    }
    return taken;
  }

  @Override
  public int fileDescriptor() {
    return -1;
  }

  @Override
  public void close() {
    closed = true;
    closes++;
  }
}
