package dev.culvert.daemon.configuration;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.Diagnostics.Finding;
import dev.culvert.core.config.Diagnostics.Severity;
import java.util.List;
import java.util.stream.Stream;

/** Findings about a candidate as Junos prints them: where, and what is wrong there. */
final class Findings {
  private Findings() {}

  /** Errors and warnings; what only matters to a file that is carried elsewhere is left out. */
  static List<String> lines(Diagnostics diagnostics) {
    return diagnostics.findings().stream()
        .filter(finding -> finding.severity() != Severity.NOTE)
        .flatMap(Findings::lines)
        .toList();
  }

  private static Stream<String> lines(Finding finding) {
    String where = finding.path().isEmpty() ? "[edit]" : "[edit " + finding.path() + "]";
    String mark = finding.severity() == Severity.WARNING ? "warning: " : "error: ";
    return Stream.of(where, "  " + mark + finding.message());
  }
}
