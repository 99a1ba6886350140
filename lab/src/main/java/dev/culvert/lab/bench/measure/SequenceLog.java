package dev.culvert.lab.bench.measure;

import java.util.ArrayList;
import java.util.List;

/**
 * Which numbered packets of one flow arrived, and how long they took: each counts once, however
 * often it comes. Confined to the receiving thread while packets arrive.
 */
final class SequenceLog {
  private final int capacity;
  private final long[] seen;
  private final DelayHistogram delays = new DelayHistogram();
  private int arrived;
  private int repeated;

  /** Packets missing in a row. */
  record Gap(int first, int count) {}

  /**
   * An empty log.
   *
   * @param capacity packets of the flow at most; higher numbers are ignored
   */
  SequenceLog(int capacity) {
    this.capacity = capacity;
    seen = new long[(capacity + Long.SIZE - 1) / Long.SIZE];
  }

  void arrived(int sequence, long nanos) {
    if (sequence < 0 || sequence >= capacity) {
      return;
    }
    long bit = 1L << sequence;
    if ((seen[sequence >>> 6] & bit) != 0) {
      repeated++;
      return;
    }
    seen[sequence >>> 6] |= bit;
    delays.add(nanos);
    arrived++;
  }

  int arrived() {
    return arrived;
  }

  int repeated() {
    return repeated;
  }

  DelayHistogram delays() {
    return delays;
  }

  /** What is missing of the first {@code sent} numbers. */
  List<Gap> gaps(int sent) {
    List<Gap> gaps = new ArrayList<>();
    int missing = 0;
    for (int sequence = 0; sequence <= Math.min(sent, capacity); sequence++) {
      boolean isMissing = sequence < sent && !isSeen(sequence);
      if (isMissing) {
        missing++;
      } else if (missing > 0) {
        gaps.add(new Gap(sequence - missing, missing));
        missing = 0;
      }
    }
    return gaps;
  }

  private boolean isSeen(int sequence) {
    return sequence < capacity && (seen[sequence >>> 6] & 1L << sequence) != 0;
  }
}
