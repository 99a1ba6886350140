package dev.culvert.bfd;

import dev.culvert.bfd.operational.BfdStatistics.DropCause;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Counts packets that were not used, by cause. */
final class Drops {
  private final EnumMap<DropCause, Long> counts = new EnumMap<>(DropCause.class);

  void count(DropCause cause) {
    counts.merge(cause, 1L, Long::sum);
  }

  /** Every cause, also those that did not occur. */
  SequencedMap<DropCause, Long> all() {
    SequencedMap<DropCause, Long> all = new LinkedHashMap<>();
    for (DropCause cause : DropCause.values()) {
      all.put(cause, counts.getOrDefault(cause, 0L));
    }
    return all;
  }
}
