package dev.culvert.lab.bench.tunnels;

import dev.culvert.lab.bench.measure.Pauses;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Measures one {@link Topology} from start to end.
 *
 * @param culvertd how the router is called, before its options
 * @param settle what the routers are left alone for before memory and idle time are looked at
 * @param idle for how long idle processor time is counted
 * @param say told of each step
 */
public record TunnelsRun(
    Topology topology,
    List<String> culvertd,
    Duration settle,
    Duration idle,
    Consumer<String> say) {
  /** A bound, so that a run ends; no figure depends on it. */
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /** Lets what a restart has left over come to an end before the other side is killed. */
  private static final Duration BREATH = Duration.ofSeconds(8);

  private record Recovery(double againSeconds, double carrySeconds) {}

  public TunnelsReading measure() {
    long begin = System.nanoTime();
    try (RouterPair pair = RouterPair.launch(topology, culvertd)) {
      pair.awaitReady(LIMIT);
      double ready = secondsSince(begin);
      pair.awaitUp(LIMIT);
      double up = secondsSince(begin);
      double upCpuA = pair.a.cpuSeconds();
      double upCpuB = pair.b.cpuSeconds();
      pair.awaitAnswers(LIMIT);
      tell(
          "up "
              + rounded(up)
              + " s after the start of both, by "
              + rounded(upCpuA)
              + " and "
              + rounded(upCpuB)
              + " s of a processor");
      Pauses.pause(settle);
      double cpuA = pair.a.cpuSeconds();
      double cpuB = pair.b.cpuSeconds();
      long idleSince = System.nanoTime();
      Pauses.pause(idle);
      double idleSeconds = secondsSince(idleSince);
      double idleA = 100 * (pair.a.cpuSeconds() - cpuA) / idleSeconds;
      double idleB = 100 * (pair.b.cpuSeconds() - cpuB) / idleSeconds;
      ProcessMemory memoryA = pair.a.memory();
      ProcessMemory memoryB = pair.b.memory();
      tell(
          "resident "
              + rounded(memoryA.residentMegabytes())
              + " and "
              + rounded(memoryB.residentMegabytes())
              + " MB, idle "
              + rounded(idleA)
              + " and "
              + rounded(idleB)
              + " % of a processor");
      Recovery ofA = crash(pair, pair.a, "A");
      Pauses.pause(BREATH);
      Recovery ofB = crash(pair, pair.b, "B");
      return new TunnelsReading(
          topology.tunnels(),
          up,
          Math.max(0, up - ready),
          upCpuA,
          upCpuB,
          memoryA,
          memoryB,
          idleA,
          idleB,
          ofA.againSeconds(),
          ofA.carrySeconds(),
          ofB.againSeconds(),
          ofB.carrySeconds());
    }
  }

  private Recovery crash(RouterPair pair, Router victim, String name) {
    long begin = System.nanoTime();
    victim.crash();
    pair.awaitUp(LIMIT);
    double again = secondsSince(begin);
    pair.awaitAnswers(LIMIT);
    double carry = secondsSince(begin);
    tell(
        "up "
            + rounded(again)
            + " s after kill -9 of gateway "
            + name
            + ", carrying all by "
            + rounded(carry)
            + " s");
    return new Recovery(again, carry);
  }

  private void tell(String text) {
    say.accept(topology.tunnels() + " tunnels: " + text);
  }

  private static String rounded(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }
}
