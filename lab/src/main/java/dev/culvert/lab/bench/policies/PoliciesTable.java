package dev.culvert.lab.bench.policies;

import dev.culvert.lab.bench.measure.Statistics;
import dev.culvert.lab.bench.policies.PoliciesReading.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The readings of a run, for people and for programs. */
public record PoliciesTable(List<PoliciesReading> readings) {
  private record Figure(String title, int decimals, ToDoubleFunction<PoliciesReading> value) {}

  private static final List<Figure> FIGURES =
      List.of(
          new Figure("new sessions/s", 0, PoliciesReading::sessionsPerSecond),
          new Figure("TCP, Gbit/s", 2, r -> r.bitsPerSecond() / 1e9),
          new Figure("load, s", 3, PoliciesReading::loadSeconds));

  public PoliciesTable {
    readings = List.copyOf(readings);
  }

  /** A table in Markdown: medians over the passes, and of the ratios inside each pass. */
  public String text() {
    StringBuilder text = new StringBuilder("| policies |");
    FIGURES.forEach(f -> text.append(" %s: Culvert | nft list | ratio |".formatted(f.title)));
    text.append(" render, s: Culvert |\n|");
    text.append(" ---: |".repeat(2 + 3 * FIGURES.size())).append('\n');
    for (int count : readings.stream().map(PoliciesReading::policies).distinct().toList()) {
      text.append("| %,d |".formatted(count));
      for (Figure figure : FIGURES) {
        text.append(' ').append(median(figure, count, Way.CULVERT)).append(" | ");
        text.append(median(figure, count, Way.PLAIN_LIST)).append(" | ");
        text.append(String.format(Locale.ROOT, "%.2f", ratio(figure, count))).append(" |");
      }
      Figure render = new Figure("", 3, PoliciesReading::renderSeconds);
      text.append(' ').append(median(render, count, Way.CULVERT)).append(" |\n");
    }
    return text.toString();
  }

  private String median(Figure figure, int count, Way way) {
    List<Double> values =
        readings.stream()
            .filter(r -> r.policies() == count && r.way() == way)
            .map(figure.value::applyAsDouble)
            .toList();
    return String.format(Locale.ROOT, "%,." + figure.decimals + "f", Statistics.median(values));
  }

  private double ratio(Figure figure, int count) {
    List<Double> ratios = new ArrayList<>();
    for (PoliciesReading ours : readings) {
      if (ours.policies() == count && ours.way() == Way.CULVERT) {
        readings.stream()
            .filter(
                r -> r.policies() == count && r.way() == Way.PLAIN_LIST && r.pass() == ours.pass())
            .forEach(
                r -> ratios.add(figure.value.applyAsDouble(ours) / figure.value.applyAsDouble(r)));
      }
    }
    return Statistics.median(ratios);
  }

  /** For programs: one line for each reading. */
  public String csv() {
    StringBuilder csv =
        new StringBuilder("policies,pass,way,render_s,load_s,sessions_per_s,bits_per_s\n");
    for (PoliciesReading r : readings) {
      csv.append(
          String.format(
              Locale.ROOT,
              "%d,%d,%s,%.4f,%.4f,%.0f,%.0f%n",
              r.policies(),
              r.pass(),
              r.way().title(),
              r.renderSeconds(),
              r.loadSeconds(),
              r.sessionsPerSecond(),
              r.bitsPerSecond()));
    }
    return csv.toString();
  }
}
