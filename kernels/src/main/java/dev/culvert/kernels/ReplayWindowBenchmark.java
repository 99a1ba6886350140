package dev.culvert.kernels;

import dev.culvert.ipsec.esp.ReplayWindow;
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
import org.openjdk.jmh.annotations.Warmup;

/** Infer, check and accept one sequence number. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReplayWindowBenchmark {
  @Param({"64", "1024", "8192"})
  public int size;

  @Param({"false", "true"})
  public boolean extended;

  private ReplayWindow window = new ReplayWindow(64, false);
  private int sequence;

  @Setup
  public void setUp() {
    window = new ReplayWindow(size, extended);
  }

  @Benchmark
  public boolean inOrder() {
    return take(++sequence);
  }

  /** Neighbors swapped, as by two queues. */
  @Benchmark
  public boolean swapped() {
    return take(++sequence ^ 1);
  }

  private boolean take(int onTheWire) {
    long inferred = window.infer(onTheWire);
    boolean acceptable = window.isAcceptable(inferred);
    if (acceptable) {
      window.accept(inferred);
    }
    return acceptable;
  }
}
