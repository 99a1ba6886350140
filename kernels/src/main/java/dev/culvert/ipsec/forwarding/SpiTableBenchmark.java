package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.Spi;
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

/** From the SPI of a packet, through the published snapshot, to what it belongs to. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SpiTableBenchmark {
  @Param({"1", "10", "300"})
  public int pairs;

  private volatile ForwardingSnapshot snapshot = ForwardingSnapshot.EMPTY;
  private int[] spis = new int[0];
  private int next;

  @Setup
  public void setUp() {
    Random random = new Random(1);
    TunnelUnit tunnel = new TunnelUnit(List.of(new NoTun()));
    Peer peer = Peer.of(Sas.REMOTE);
    spis = random.ints(pairs, 256, Integer.MAX_VALUE).toArray();
    SpiTable bindings = SpiTable.EMPTY;
    for (int spi : spis) {
      InboundSa sa =
          new InboundSa(Sas.loop(new Spi(spi), EspAlgorithm.AES_128_GCM), new JceAeadProvider());
      bindings = bindings.with(new InboundBinding(sa, 0, tunnel, peer, 1398, 1378, null));
    }
    snapshot = new ForwardingSnapshot(TokenTable.empty(), TokenTable.empty(), bindings);
  }

  @Benchmark
  public @Nullable Object find() {
    next = next + 1 == spis.length ? 0 : next + 1;
    return snapshot.inbound().find(spis[next]);
  }

  private static final class NoTun implements TunQueue {
    @Override
    public InterfaceName interfaceName() {
      return Sas.TUNNEL;
    }

    @Override
    public int read(PacketBatch batch) {
      return 0;
    }

    @Override
    public int write(PacketBatch batch) {
      return 0;
    }

    @Override
    public int fileDescriptor() {
      return -1;
    }

    @Override
    public void close() {}
  }
}
