package dev.culvert.lab.bench.measure;

import java.util.List;

/**
 * What one measurement brought.
 *
 * @param remarks sentences that explain a reading
 */
public record Findings(List<Reading> readings, List<String> remarks) {
  public Findings {
    readings = List.copyOf(readings);
    remarks = List.copyOf(remarks);
  }

  static Findings of(List<Reading> readings) {
    return new Findings(readings, List.of());
  }
}
