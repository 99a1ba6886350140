package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.Spi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The whole pipelines between an in-memory device and an in-memory socket, for each packet of a TCP
 * stream in super-packets: all that the gateway does but system calls.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class PipelineBenchmark {
  private static final int SUPER_PACKETS = 8;
  private static final int SEGMENTS = 40;
  private static final int HEADERS = 52;

  /** Octets of an inner packet. */
  @Param({"1400"})
  public int size;

  @Param({"AES_128_GCM", "AES_256_GCM", "CHACHA20_POLY1305"})
  public EspAlgorithm algorithm = EspAlgorithm.AES_128_GCM;

  private final Arena arena = Arena.ofShared();
  private final IpsecDataPath dataPath =
      new IpsecDataPath(LibCryptoAeadProvider.best(), new Rehearsal.Audience(), 1);

  @Setup
  public void setUp() {
    MemorySegment packet = arena.allocate(HEADERS + SEGMENTS * (size - HEADERS), 64);
    packet.copyFrom(MemorySegment.ofArray(superPacket(packet.byteSize())));
    dataPath.attach(List.of(new RehearsalMemory.AlwaysReady()), List.of(new RehearsalMemory.AlwaysReady()));
    dataPath.addTunnel(
        List.of(new EndlessTun(packet, size - HEADERS)), new TunnelSettings(1438, 0));
    dataPath.addPort(Sas.LOCAL, List.of(new EndlessPort(arena)));
    ChildSa sa = Sas.loop(new Spi(0x1234_5678), algorithm);
    dataPath.install(sa);
    dataPath.useOutbound(sa.inboundSpi());
    dataPath.turnOutbound();
  }

  @TearDown
  public void tearDown() {
    dataPath.close();
    arena.close();
  }

  @Benchmark
  @OperationsPerInvocation(SUPER_PACKETS * SEGMENTS)
  public void outbound() {
    dataPath.turnOutbound();
  }

  @Benchmark
  @OperationsPerInvocation(SUPER_PACKETS * SEGMENTS)
  public void inbound() {
    dataPath.turnInbound();
  }

  /** IPv4, TCP with timestamps, an acknowledgment; the device leaves the checksum to us. */
  private static byte[] superPacket(long length) {
    ByteBuffer packet = ByteBuffer.allocate((int) length);
    packet.putInt(0x4500_0000 | (int) length).putInt(0x0007_4000).putInt(0x4006_0000);
    packet.putInt(0x0A01_0002).putInt(0x0A02_0002);
    packet.putInt(0x9C40_01BB).putInt(1).putInt(1).putInt(0x8010_1000).putInt(0);
    packet.putInt(0x0101_080A).putInt(1).putInt(2);
    return packet.array();
  }

  /** Always has the same super-packets to read; what is written vanishes. */
  private record EndlessTun(MemorySegment packet, int segmentSize) implements TunQueue {
    @Override
    public InterfaceName interfaceName() {
      return Sas.TUNNEL;
    }

    @Override
    public int read(PacketBatch batch) {
      for (int i = 0; i < SUPER_PACKETS; i++) {
        MemorySegment.copy(packet, 0, batch.memory, batch.offset[i], packet.byteSize());
        batch.length[i] = (int) packet.byteSize();
        batch.gsoType[i] = PacketBatch.GSO_TCPV4;
        batch.segmentSize[i] = segmentSize;
        batch.checksumStart[i] = 20;
        batch.checksumOffset[i] = 16;
      }
      batch.count = SUPER_PACKETS;
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

  /** Receives the first batch that was sent again and again; the others vanish. */
  private static final class EndlessPort implements DatagramPort {
    private final MemorySegment recorded;
    private final int[] length = new int[SUPER_PACKETS];
    private final int[] segmentSize = new int[SUPER_PACKETS];
    private int count;

    EndlessPort(Arena arena) {
      recorded = arena.allocate((long) SUPER_PACKETS << 16, 64);
    }

    @Override
    public boolean isUdp() {
      return true;
    }

    @Override
    public int receive(PacketBatch batch) {
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(recorded, (long) i << 16, batch.memory, batch.offset[i], length[i]);
        batch.length[i] = length[i];
        batch.segmentSize[i] = segmentSize[i];
        batch.peerHigh[i] = 0;
        batch.peerLow[i] = InnerPacket.mapped(0xC633_6402);
        batch.peerPort[i] = 4500;
        batch.trafficClass[i] = 0;
      }
      batch.count = count;
      return count;
    }

    @Override
    public int send(PacketBatch batch) {
      if (count == 0) {
        count = Math.min(batch.count, SUPER_PACKETS);
        for (int i = 0; i < count; i++) {
          length[i] = batch.length[i];
          segmentSize[i] = batch.segmentSize[i];
          MemorySegment.copy(batch.memory, batch.offset[i], recorded, (long) i << 16, length[i]);
        }
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
    public void close() {}
  }
}
