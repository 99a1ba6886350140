package dev.culvert.lab.demo;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When each probe was sent and answered, by sequence number. One thread sends, one receives, others
 * may count meanwhile: safe to share.
 */
final class ProbeLog {
  private static final long NEVER = 0;

  /** Times in nanoseconds since {@link #start}, from 1 upwards. */
  private final AtomicLongArray sentNanos;

  private final AtomicLongArray answeredNanos;
  private final long start = System.nanoTime() - 1;

  ProbeLog(int capacity) {
    sentNanos = new AtomicLongArray(capacity);
    answeredNanos = new AtomicLongArray(capacity);
  }

  int capacity() {
    return sentNanos.length();
  }

  void sent(int sequence) {
    sentNanos.set(sequence, System.nanoTime() - start);
  }

  /** Takes an answer; one that repeats or belongs to no probe changes nothing. */
  void answered(int sequence) {
    if (sequence >= 0 && sequence < capacity() && sentNanos.get(sequence) != NEVER) {
      answeredNanos.compareAndSet(sequence, NEVER, System.nanoTime() - start);
    }
  }

  boolean isAnswered(int sequence) {
    return sequence < capacity() && answeredNanos.get(sequence) != NEVER;
  }

  /** What became of the probes from {@code first} up to, but without, {@code end}. */
  ProbeReport report(int first, int end) {
    int answered = 0;
    long roundTrips = 0;
    long gap = 0;
    long previous = NEVER;
    for (int sequence = first; sequence < end; sequence++) {
      long arrival = answeredNanos.get(sequence);
      if (arrival == NEVER) {
        continue;
      }
      answered++;
      roundTrips += arrival - sentNanos.get(sequence);
      if (previous != NEVER) {
        gap = Math.max(gap, arrival - previous);
      }
      previous = Math.max(previous, arrival);
    }
    return new ProbeReport(end - first, answered, gap, answered == 0 ? 0 : roundTrips / answered);
  }
}
