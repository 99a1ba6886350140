package dev.culvert.lab.bench.measure;

import dev.culvert.lab.bench.contender.ProcessFiles;
import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * How much of this machine programs take that are no part of the benchmark: what all processors
 * did, by {@code /proc/stat}, less what this process, its children and the kernel's network threads
 * did. Confined to one thread.
 */
public final class MachineLoad {
  private static final Path STAT = Path.of("/proc/stat");
  private static final Duration LOOK = Duration.ofMillis(300);
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** Share of one processor up to which others do not matter. */
  private static final double ACCEPTED = 0.2;

  private int measurements;
  private int disturbed;

  /** A span of time that began with its making. */
  public static final class Watch {
    private final long start = System.nanoTime();
    private final double busyBefore = busySeconds(read());
    private final double ownBefore = ProcessFiles.ownCpuSeconds();

    /** How many processors others took since. */
    public double foreignProcessors() {
      double own = ProcessFiles.ownCpuSeconds() - ownBefore;
      double busy = busySeconds(read()) - busyBefore;
      return Math.max(0, (busy - own) / ((System.nanoTime() - start) / 1e9));
    }

    boolean isDisturbed() {
      return foreignProcessors() > ACCEPTED;
    }
  }

  private record Attempt<T>(T result, double foreign) {}

  /** Waits a moment for others to become idle; goes on if they do not. */
  private static void awaitIdle() {
    long end = System.nanoTime() + LIMIT.toNanos();
    boolean idle = false;
    while (!idle && System.nanoTime() < end) {
      Watch watch = new Watch();
      Pauses.pause(LOOK);
      idle = !watch.isDisturbed();
    }
  }

  /** Measures until nobody disturbed it, at most so many times; the least disturbed one counts. */
  <T> T leastDisturbed(int tries, Supplier<T> measurement) {
    Attempt<T> best = attempt(measurement);
    for (int i = 1; i < tries && best.foreign() > ACCEPTED; i++) {
      Attempt<T> next = attempt(measurement);
      best = next.foreign() < best.foreign() ? next : best;
    }
    measurements++;
    if (best.foreign() > ACCEPTED) {
      disturbed++;
    }
    return best.result();
  }

  private static <T> Attempt<T> attempt(Supplier<T> measurement) {
    awaitIdle();
    Watch watch = new Watch();
    T result = measurement.get();
    return new Attempt<>(result, watch.foreignProcessors());
  }

  /** Time not idle: user, nice, system, irq and softirq of the first line. */
  static double busySeconds(String stat) {
    String[] words = stat.substring(0, stat.indexOf('\n')).split(" +", -1);
    long ticks = 0;
    for (int field : new int[] {1, 2, 3, 6, 7}) {
      ticks += Long.parseLong(words[field]);
    }
    return ticks / ProcessFiles.TICKS_PER_SECOND;
  }

  private static String read() {
    try {
      return Files.readString(STAT);
    } catch (IOException e) {
      throw new LabException("cannot read " + STAT, e);
    }
  }

  /** How often others disturbed a measurement, for the report. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "In %d of %d measurements other programs took more than %.1f of a processor.",
        disturbed,
        measurements,
        ACCEPTED);
  }
}
