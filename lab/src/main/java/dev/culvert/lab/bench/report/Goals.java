package dev.culvert.lab.bench.report;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.measure.Metric;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What Culvert sets out to reach, beside what was measured. */
final class Goals {
  private static final String NATIVE = Contender.CULVERT + "-native";

  private final Results results;

  /** Which way a figure has to lie from its limit. */
  private enum Wanted {
    AT_LEAST("at least"),
    AT_MOST("at most");

    private final String words;

    Wanted(String words) {
      this.words = words;
    }

    boolean isReached(double figure, double limit) {
      return this == AT_LEAST ? figure >= limit : figure <= limit;
    }
  }

  private record Goal(
      String title, Wanted wanted, double limit, String unit, OptionalDouble figure) {
    String row() {
      double measured = figure.orElseThrow();
      String reached = wanted.isReached(measured, limit) ? "yes" : "no";
      return String.format(
          Locale.ROOT,
          "| %s | %s %s%s | %s%s | %s |%n",
          title,
          wanted.words,
          number(limit),
          unit,
          number(measured),
          unit,
          reached);
    }

    private static String number(double value) {
      String text = String.format(Locale.ROOT, "%.2f", value);
      return text.endsWith(".00") ? text.substring(0, text.length() - 3) : text;
    }
  }

  Goals(Results results) {
    this.results = results;
  }

  /** One row each of those that were measured; empty if none was. */
  String table() {
    StringBuilder text = new StringBuilder();
    goals().stream()
        .filter(goal -> goal.figure().isPresent())
        .forEach(goal -> text.append(goal.row()));
    return text.isEmpty()
        ? ""
        : "| goal | wanted | measured | reached |\n| --- | --- | ---: | --- |\n" + text;
  }

  private List<Goal> goals() {
    return List.of(
        timesBound(Metric.TCP_1, Wanted.AT_LEAST, 0.9),
        timesBound(Metric.TCP_4, Wanted.AT_LEAST, 0.9),
        timesStrongswan(Metric.TCP_1),
        timesStrongswan(Metric.TCP_4),
        timesBound(Metric.TCP_1_CPU, Wanted.AT_MOST, 1.1),
        timesBound(Metric.TCP_4_CPU, Wanted.AT_MOST, 1.1),
        timesBound(Metric.TCP_1_PLAIN, Wanted.AT_LEAST, 0.9),
        timesBound(Metric.TCP_4_PLAIN, Wanted.AT_LEAST, 0.9),
        timesBound(Metric.UDP_64, Wanted.AT_LEAST, 0.8),
        timesBound(Metric.UDP_1372, Wanted.AT_LEAST, 0.8),
        timesBound(Metric.RTT_IDLE_P50, Wanted.AT_MOST, 1),
        itself(Contender.CULVERT, Metric.RTT_LOADED_P99, 5, " ms"),
        new Goal(
            "native ESP, TCP x1",
            Wanted.AT_LEAST,
            0.9,
            " Gbit/s",
            results.median(NATIVE, Metric.TCP_1)),
        total(Metric.REKEY_LOST),
        total(Metric.REKEY_TRANSITIONS),
        itself(Contender.CULVERT, Metric.START, 1.5, " s"));
  }

  private Goal timesBound(Metric metric, Wanted wanted, double limit) {
    return new Goal(
        metric.title() + ", beside the C bound",
        wanted,
        limit,
        " times",
        results.medianRatio(Contender.CULVERT, Contender.C_BOUND, metric));
  }

  private Goal timesStrongswan(Metric metric) {
    return new Goal(
        metric.title() + ", beside strongSwan",
        Wanted.AT_LEAST,
        9,
        " times",
        results.medianRatio(Contender.CULVERT, Contender.STRONGSWAN, metric));
  }

  private Goal itself(String contender, Metric metric, double limit, String unit) {
    return new Goal(metric.title(), Wanted.AT_MOST, limit, unit, results.median(contender, metric));
  }

  /** Of all passes and kinds of Culvert: one packet lost anywhere is lost. */
  private Goal total(Metric metric) {
    List<Double> all =
        results.contenders().stream()
            .filter(contender -> contender.startsWith(Contender.CULVERT))
            .flatMap(contender -> results.passes(contender, metric).values().stream())
            .toList();
    return new Goal(
        "across the rekeys, " + metric.title(),
        Wanted.AT_MOST,
        0,
        "",
        all.isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(all.stream().mapToDouble(Double::doubleValue).sum()));
  }
}
