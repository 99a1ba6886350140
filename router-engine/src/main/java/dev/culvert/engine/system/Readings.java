package dev.culvert.engine.system;

import dev.culvert.core.engine.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is to be read of the kernel's devices and rules, and when. */
final class Readings {
  private boolean devices;
  private boolean rules;
  private @Nullable Instant againAt;
  private Duration pause = Attempts.FIRST_RETRY;

  void readDevices() {
    devices = true;
  }

  void readRules() {
    rules = true;
  }

  void succeeded() {
    pause = Attempts.FIRST_RETRY;
  }

  /** It is asked for again, later each time. */
  void failed(SystemOperation read, Instant now) {
    if (read instanceof SystemOperation.ReadRules) {
      rules = true;
    } else {
      devices = true;
    }
    againAt = now.plus(pause);
    pause = Attempts.doubled(pause);
  }

  /** What is to be read; each is answered. */
  List<SystemOperation> take(Instant now) {
    if (againAt != null && now.isBefore(againAt)) {
      return List.of();
    }
    againAt = null;
    List<SystemOperation> reads = new ArrayList<>();
    if (devices) {
      devices = false;
      reads.add(new SystemOperation.ReadDevices());
    }
    if (rules) {
      rules = false;
      reads.add(new SystemOperation.ReadRules());
    }
    return reads;
  }

  @Nullable Deadline next() {
    return againAt == null ? null : new Deadline(againAt, "read");
  }
}
