package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A stage for a {@link Rehearsal} that is memory alone: no socket, no device. */
final class RehearsalMemory {
  private static final Endpoint ADDRESS = new Endpoint(Ipv4Address.of("192.0.2.1"), 4500);

  private RehearsalMemory() {}

  static Rehearsal.Stage stage(Arena arena) {
    KernelEnd kernel = new KernelEnd();
    return new Rehearsal.Stage(
        new Device(kernel), kernel, new Echo(arena), ADDRESS, new AlwaysReady(), new AlwaysReady());
  }

  /** Keeps what is written until the device reads it, and lets what comes through vanish. */
  private static final class KernelEnd implements TunQueue {
    private @Nullable PacketBatch written;

    @Override
    public InterfaceName interfaceName() {
      return Rehearsal.TUNNEL;
    }

    @Override
    public int read(PacketBatch batch) {
      batch.clear();
      return 0;
    }

    @Override
    public int write(PacketBatch batch) {
      written = batch;
      return batch.count;
    }

    @Nullable PacketBatch takeWritten() {
      PacketBatch taken = written;
      written = null;
      return taken;
    }

    @Override
    public int fileDescriptor() {
      return -1;
    }

    @Override
    public void close() {}
  }

  private record Device(KernelEnd kernel) implements TunQueue {
    @Override
    public InterfaceName interfaceName() {
      return Rehearsal.TUNNEL;
    }

    @Override
    public int read(PacketBatch batch) {
      batch.clear();
      PacketBatch packets = kernel.takeWritten();
      if (packets == null) {
        return 0;
      }
      for (int i = 0; i < packets.count; i++) {
        MemorySegment.copy(
            packets.memory, packets.offset[i], batch.memory, batch.offset[i], packets.length[i]);
        batch.length[i] = packets.length[i];
        batch.gsoType[i] = packets.gsoType[i];
        batch.segmentSize[i] = packets.segmentSize[i];
        batch.checksumStart[i] = packets.checksumStart[i];
        batch.checksumOffset[i] = packets.checksumOffset[i];
      }
      batch.count = packets.count;
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

  /** A socket that receives what was sent through it. */
  private static final class Echo implements DatagramPort {
    private static final int CELLS = 16;
    private static final int CELL = 65_792;

    private final Peer peer = Peer.of(ADDRESS);
    private final MemorySegment sent;
    private final int[] length = new int[CELLS];
    private final int[] segmentSize = new int[CELLS];
    private int count;

    Echo(Arena arena) {
      sent = arena.allocate((long) CELLS * CELL, 64);
    }

    @Override
    public boolean isUdp() {
      return true;
    }

    @Override
    public int send(PacketBatch batch) {
      count = Math.min(CELLS, batch.count);
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(batch.memory, batch.offset[i], sent, (long) i * CELL, batch.length[i]);
        length[i] = batch.length[i];
        segmentSize[i] = batch.segmentSize[i];
      }
      return count;
    }

    @Override
    public int receive(PacketBatch batch) {
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(sent, (long) i * CELL, batch.memory, batch.offset[i], length[i]);
        batch.length[i] = length[i];
        batch.segmentSize[i] = segmentSize[i];
        batch.peerHigh[i] = peer.high();
        batch.peerLow[i] = peer.low();
        batch.peerPort[i] = peer.port();
      }
      batch.count = count;
      count = 0;
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
    public void close() {}
  }

  /** Finds all there is readable at once. */
  static final class AlwaysReady implements Poller {
    private final Map<Pollable, Integer> watched = new LinkedHashMap<>();
    private List<Integer> tokens = List.of();

    @Override
    public void add(Pollable pollable, int token) {
      watched.put(pollable, token);
      tokens = List.copyOf(watched.values());
    }

    @Override
    public void remove(Pollable pollable) {
      watched.remove(pollable);
      tokens = List.copyOf(watched.values());
    }

    @Override
    public int await(int timeoutMillis) {
      return tokens.size();
    }

    @Override
    public int readyToken(int index) {
      return tokens.get(index);
    }

    @Override
    public boolean isReady(int token) {
      return true;
    }

    @Override
    public void wakeUp() {}

    @Override
    public void close() {}
  }
}
