package dev.culvert.kernels;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.EspOpener;
import dev.culvert.ipsec.esp.EspSealer;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Sealing and opening one ESP packet, by size, algorithm and provider. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AeadBenchmark {
  private static final int ROOM = 65_536;

  @Param({"64", "256", "1400", "9000"})
  public int size;

  @Param({"AES_128_GCM", "AES_256_GCM", "CHACHA20_POLY1305", "AES_256_CBC_HMAC_SHA_256_128"})
  public EspAlgorithm algorithm = EspAlgorithm.AES_128_GCM;

  @Param({"libcrypto", "SunJCE"})
  public String provider = "libcrypto";

  private Arena arena = Arena.ofShared();
  private MemorySegment packet = MemorySegment.NULL;
  private MemorySegment sealed = MemorySegment.NULL;
  private MemorySegment plaintext = MemorySegment.NULL;
  private EspSealer sealer;
  private EspOpener opener;
  private int length;
  private long sequence;

  @Setup
  public void setUp() {
    AeadProvider aead =
        provider.equals("SunJCE")
            ? new JceAeadProvider()
            : LibCryptoAeadProvider.installed().orElseThrow();
    Secret key = Secret.copyOf(new byte[algorithm.keyMaterialLength()]);
    sealer = aead.sealer(algorithm, key, false);
    opener = aead.opener(algorithm, key, false);
    packet = arena.allocate(ROOM, 64);
    sealed = arena.allocate(ROOM, 64);
    plaintext = arena.allocate(ROOM, 64);
    size = size / algorithm.blockSize() * algorithm.blockSize();
    length = 8 + algorithm.ivLength() + size + algorithm.icvLength();
    sealer.seal(sealed, 0, size, 77);
  }

  @TearDown
  public void tearDown() {
    sealer.close();
    opener.close();
    arena.close();
  }

  @Benchmark
  public void seal() {
    sealer.seal(packet, 0, size, ++sequence);
  }

  @Benchmark
  public boolean open() {
    return opener.open(sealed, 0, length, 77, plaintext, 0);
  }
}
