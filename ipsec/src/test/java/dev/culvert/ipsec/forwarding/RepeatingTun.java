package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.InterfaceName;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A device with the same frames at every read, without garbage; what is written vanishes. */
final class RepeatingTun implements TunQueue {
  private final MemorySegment[] packets;
  private final InMemoryTun.Frame[] frames;

  RepeatingTun(Arena arena, List<InMemoryTun.Frame> frames) {
    this.frames = frames.toArray(new InMemoryTun.Frame[0]);
    this.packets = new MemorySegment[this.frames.length];
    for (int i = 0; i < packets.length; i++) {
      packets[i] = arena.allocate(this.frames[i].packet().length);
      packets[i].copyFrom(MemorySegment.ofArray(this.frames[i].packet()));
    }
  }

  @Override
  public InterfaceName interfaceName() {
    return DataPathRig.TUNNEL;
  }

  @Override
  public int read(PacketBatch batch) {
    for (int i = 0; i < frames.length; i++) {
      InMemoryTun.Frame frame = frames[i];
      int length = (int) packets[i].byteSize();
      MemorySegment.copy(packets[i], 0, batch.memory, batch.offset[i], length);
      batch.length[i] = length;
      batch.gsoType[i] = frame.gsoType();
      batch.segmentSize[i] = frame.segmentSize();
      batch.checksumStart[i] = frame.checksumStart();
      batch.checksumOffset[i] = frame.checksumOffset();
    }
    batch.count = frames.length;
    return batch.count;
  }

  @Override
  public int write(PacketBatch batch) {
    return batch.count;
  }

  @Override
  public int fileDescriptor() {
    return -1;
  }

  @Override
  public void close() {}
}
