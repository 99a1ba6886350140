package dev.culvert.lab.bench.measure;

import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** How busy this machine is with other things, by {@code /proc/stat}. Confined to one thread. */
public final class MachineLoad {
  private static final Path STAT = Path.of("/proc/stat");
  private static final Duration LOOK = Duration.ofMillis(300);
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** Share of one processor below which the machine counts as idle. */
  private static final double IDLE = 0.15;

  private static final double TICKS_PER_SECOND = 100;

  private int looks;
  private int busyStarts;

  /** Waits a moment for the machine to become idle; goes on, and counts it, if it does not. */
  public void awaitIdle() {
    looks++;
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < end) {
      if (busyShare() < IDLE) {
        return;
      }
    }
    busyStarts++;
  }

  private static double busyShare() {
    long before = busyTicks(read());
    long start = System.nanoTime();
    Pauses.pause(LOOK);
    double seconds = (System.nanoTime() - start) / 1e9;
    return (busyTicks(read()) - before) / TICKS_PER_SECOND / seconds;
  }

  /** Ticks not idle: user, nice, system, irq and softirq of the first line. */
  static long busyTicks(String stat) {
    String[] words = stat.substring(0, stat.indexOf('\n')).split(" +");
    return Long.parseLong(words[1])
        + Long.parseLong(words[2])
        + Long.parseLong(words[3])
        + Long.parseLong(words[6])
        + Long.parseLong(words[7]);
  }

  private static String read() {
    try {
      return Files.readString(STAT);
    } catch (IOException e) {
      throw new LabException("cannot read " + STAT, e);
    }
  }

  /** How many measurements began, and how many of them while something else was running. */
  public String summary() {
    return busyStarts + " of " + looks + " measurements began while the machine was busy";
  }
}
