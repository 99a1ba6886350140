package dev.culvert.lab.bench.tunnels;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The readings of a run, one count of tunnels after the other, for people and for programs. */
public record TunnelsTable(List<TunnelsReading> readings) {

  private static final List<Figure> FIGURES =
      List.of(
          new Figure("up_s", "both started to all up, s", 1, TunnelsReading::upSeconds),
          new Figure(
              "up_after_ready_s",
              "both ready to all up, s",
              1,
              TunnelsReading::upAfterReadySeconds),
          new Figure("up_cpu_a_s", "of a CPU until then, gateway A, s", 1, TunnelsReading::upCpuA),
          new Figure("up_cpu_b_s", "of a CPU until then, gateway B, s", 1, TunnelsReading::upCpuB),
          new Figure(
              "rss_a_mb", "resident, gateway A, MB", 0, r -> r.memoryA().residentMegabytes()),
          new Figure(
              "rss_b_mb", "resident, gateway B, MB", 0, r -> r.memoryB().residentMegabytes()),
          new Figure(
              "pss_a_mb",
              "proportional, gateway A, MB",
              0,
              r -> r.memoryA().proportionalMegabytes()),
          new Figure(
              "pss_b_mb",
              "proportional, gateway B, MB",
              0,
              r -> r.memoryB().proportionalMegabytes()),
          new Figure(
              "anon_a_mb", "anonymous, gateway A, MB", 0, r -> r.memoryA().anonymousMegabytes()),
          new Figure(
              "anon_b_mb", "anonymous, gateway B, MB", 0, r -> r.memoryB().anonymousMegabytes()),
          new Figure(
              "idle_a_percent", "idle, gateway A, % of a CPU", 2, TunnelsReading::idlePercentA),
          new Figure(
              "idle_b_percent", "idle, gateway B, % of a CPU", 2, TunnelsReading::idlePercentB),
          new Figure("again_a_s", "kill -9 of A to all up, s", 1, TunnelsReading::againSecondsA),
          new Figure(
              "carry_a_s", "kill -9 of A to all carrying, s", 1, TunnelsReading::carrySecondsA),
          new Figure("again_b_s", "kill -9 of B to all up, s", 1, TunnelsReading::againSecondsB),
          new Figure(
              "carry_b_s", "kill -9 of B to all carrying, s", 1, TunnelsReading::carrySecondsB));

  /** A line of the table. */
  private record Figure(
      String key, String title, int decimals, ToDoubleFunction<TunnelsReading> value) {
    String of(TunnelsReading reading, int digits) {
      return String.format(Locale.ROOT, "%." + digits + "f", value.applyAsDouble(reading));
    }
  }

  public TunnelsTable {
    readings = List.copyOf(readings);
  }

  /**
   * For people: a column for each count, and behind it, in brackets, by how much more than the
   * count a figure has grown since the column before: 1.0 is linear growth, less is better.
   */
  public String text() {
    StringBuilder table = new StringBuilder();
    table.append(String.format(Locale.ROOT, "%-34s", "tunnels"));
    readings.forEach(r -> table.append(String.format(Locale.ROOT, "%16d", r.tunnels())));
    for (Figure figure : FIGURES) {
      table.append('\n').append(String.format(Locale.ROOT, "%-34s", figure.title));
      for (int i = 0; i < readings.size(); i++) {
        String value = figure.of(readings.get(i), figure.decimals);
        String growth = i == 0 ? "" : growth(figure, readings.get(i - 1), readings.get(i));
        table.append(String.format(Locale.ROOT, "%9s%-7s", value, growth));
      }
    }
    return table.toString().lines().map(String::stripTrailing).collect(Collectors.joining("\n"))
        + "\n(in brackets: growth by growth of the count; 1.0 is linear)\n";
  }

  private static String growth(Figure figure, TunnelsReading before, TunnelsReading after) {
    double more = (double) after.tunnels() / before.tunnels();
    double value = figure.value.applyAsDouble(before);
    if (value <= 0 || more <= 1) {
      return "";
    }
    double factor = figure.value.applyAsDouble(after) / value / more;
    return String.format(Locale.ROOT, " (%.2f)", factor);
  }

  /** For programs: one line for each count. */
  public String csv() {
    List<String> lines = new ArrayList<>();
    lines.add("tunnels," + FIGURES.stream().map(f -> f.key).collect(Collectors.joining(",")));
    for (TunnelsReading reading : readings) {
      lines.add(
          reading.tunnels()
              + ","
              + FIGURES.stream().map(f -> f.of(reading, 3)).collect(Collectors.joining(",")));
    }
    return String.join("\n", lines) + "\n";
  }
}
