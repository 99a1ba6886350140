package dev.culvert.ipsec.forwarding;

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
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The Internet checksum over, and the copy of, a packet inside a batch. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChecksumBenchmark {
  @Param({"20", "64", "256", "1400", "9000"})
  public int size;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment batch = arena.allocate(1 << 22, 64);
  private final MemorySegment other = arena.allocate(1 << 22, 64);
  private int at;

  @TearDown
  public void tearDown() {
    arena.close();
  }

  @Benchmark
  public int checksum() {
    at = at + 1436 & 0xF_FFFF;
    return PacketMemory.checksum(PacketMemory.sum(batch, at, size));
  }

  @Benchmark
  public void copy() {
    at = at + 1436 & 0xF_FFFF;
    PacketMemory.copy(batch, at, other, at, size);
  }
}
