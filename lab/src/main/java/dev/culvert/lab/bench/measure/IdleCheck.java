package dev.culvert.lab.bench.measure;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.contender.Lane;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/**
 * How much contenders take of a processor while nothing is to be forwarded: all of them run while
 * one is measured, and none may take time from that one.
 */
public final class IdleCheck {
  /** Let what the load has left to do come to its end. */
  private static final Duration SETTLE = Duration.ofSeconds(2);

  private static final Duration SPAN = Duration.ofSeconds(5);
  private static final double ACCEPTED_PERCENT = 1;

  private final List<Lane> lanes;

  public IdleCheck(List<Lane> lanes) {
    this.lanes = List.copyOf(lanes);
  }

  public void run(BiConsumer<Contender, Findings> taker) {
    Pauses.pause(SETTLE);
    double[] before = lanes.stream().mapToDouble(Lane::cpuSeconds).toArray();
    long begin = System.nanoTime();
    Pauses.pause(SPAN);
    double[] after = lanes.stream().mapToDouble(Lane::cpuSeconds).toArray();
    double seconds = (System.nanoTime() - begin) / 1e9;
    for (int i = 0; i < before.length; i++) {
      Lane lane = lanes.get(i);
      if (!lane.gateways().programs().isEmpty()) {
        taker.accept(lane.contender(), findings(100 * (after[i] - before[i]) / seconds));
      }
    }
  }

  static Findings findings(double percent) {
    List<Reading> readings = List.of(new Reading(Metric.IDLE_CPU, percent));
    return percent <= ACCEPTED_PERCENT
        ? Findings.of(readings)
        : new Findings(
            readings,
            List.of(
                String.format(
                    Locale.ROOT, "took %.1f %% of a processor while it was idle", percent)));
  }
}
