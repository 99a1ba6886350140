package dev.culvert.daemon.show;

/**
 * How long routes took from the decision to the kernel's acknowledgment.
 *
 * @param operations routes in all batches
 * @param totalNanos summed over batches
 * @param lastNanos of the last batch; 0 before the first
 */
public record FibUpdateTimes(long batches, long operations, long totalNanos, long lastNanos) {}
