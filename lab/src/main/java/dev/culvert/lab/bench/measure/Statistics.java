package dev.culvert.lab.bench.measure;

import java.util.Arrays;
import java.util.Collection;

/** Medians and percentiles. */
public final class Statistics {
  private Statistics() {}

  /** The middle value, or the mean of the two in the middle. */
  public static double median(Collection<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    requireSome(sorted.length);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The smallest value that at least that share of all values do not exceed (nearest rank). */
  public static double percentile(double[] values, double percent) {
    double[] sorted = values.clone();
    requireSome(sorted.length);
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)];
  }

  private static void requireSome(int count) {
    if (count == 0) {
      throw new IllegalArgumentException("no values");
    }
  }
}
