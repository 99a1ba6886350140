package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaLifetime;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From a packet to its SA, in a unit of so many peers, each packet for another one. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SaChooserBenchmark {
  private static final int PACKETS = 4_096;
  private static final int PACKET = 64;

  @Param({"1", "100", "1000", "5000"})
  public int peers;

  private final InnerPacket packet = new InnerPacket();
  private SaChooser byNextHop = NextHopChooser.EMPTY;
  private SaChooser bySelectors = SelectorChooser.EMPTY;
  private MemorySegment memory = MemorySegment.NULL;
  private int[] of = new int[0];
  private int next;

  @Setup
  public void setUp() {
    memory = Arena.ofAuto().allocate((long) PACKETS * PACKET, 64);
    of = new Random(1).ints(PACKETS, 0, peers).toArray();
    for (int peer = 0; peer < peers; peer++) {
      OutboundWay way = way(peer);
      byNextHop = byNextHop.with(null, way);
      bySelectors = bySelectors.with(null, way);
    }
    for (int i = 0; i < PACKETS; i++) {
      ByteBuffer header = ByteBuffer.allocate(PACKET);
      header.put((byte) 0x45).putShort(2, (short) PACKET).put(9, (byte) InnerPacket.UDP);
      header.putInt(12, 0x0A00_0001).putInt(16, network(of[i]) + 7);
      MemorySegment.copy(
          header.array(), 0, memory, ValueLayout.JAVA_BYTE, (long) i * PACKET, PACKET);
    }
  }

  private static int network(int peer) {
    return 0x1400_0000 + (peer << 8);
  }

  private static OutboundWay way(int peer) {
    TrafficSelector site =
        new TrafficSelector(
            0,
            0,
            65_535,
            new Ipv4Address(network(peer)),
            new Ipv4Address(network(peer) + 255));
    EspAlgorithm algorithm = EspAlgorithm.AES_128_GCM;
    Secret key = Secret.copyOf(new byte[algorithm.keyMaterialLength()]);
    ChildSa sa =
        new ChildSa(
            Sas.TUNNEL,
            "vpn",
            peer,
            0,
            new Spi(256 + peer),
            new Spi(256 + peer),
            algorithm,
            key,
            key,
            Sas.LOCAL,
            Sas.REMOTE,
            true,
            0,
            false,
            SaLifetime.UNLIMITED,
            ChildSa.DfBit.CLEAR,
            List.of(TrafficSelector.ANY_IPV4),
            List.of(site));
    JceAeadProvider aead = new JceAeadProvider();
    return new OutboundWay(
        new SaPair(
            sa, 0, new InboundSa(sa, aead), new OutboundSa(sa, aead), Peer.of(sa.remote())),
        null,
        peer);
  }

  @Benchmark
  public @Nullable Object byNextHop() {
    parse();
    return byNextHop.choose(packet, of[next]);
  }

  @Benchmark
  public @Nullable Object bySelectors() {
    parse();
    return bySelectors.choose(packet, -1);
  }

  private void parse() {
    next = (next + 1) % PACKETS;
    packet.parse(memory, next * PACKET, PACKET);
  }
}
