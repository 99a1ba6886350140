package dev.culvert.lab.bench.measure;

import dev.culvert.lab.net.LabException;
import java.time.Duration;

/** Sleeping, where a measurement is a matter of time. */
public final class Pauses {
  private Pauses() {}

  public static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while measuring", e);
    }
  }
}
