package dev.culvert.lab.bench;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.measure.Metric;
import dev.culvert.lab.bench.measure.Reading;
import dev.culvert.lab.bench.report.Results;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Tells the spectator each reading as it comes, with its ratios inside this pass. */
final class Progress {
  private final PrintStream out;
  private final Results results;

  Progress(PrintStream out, Results results) {
    this.out = out;
    this.results = results;
  }

  void say(String text) {
    out.println(text);
    out.flush();
  }

  void readings(int pass, String contender, List<Reading> readings) {
    for (Reading reading : readings) {
      Metric metric = reading.metric();
      String figure =
          String.format(
              Locale.ROOT,
              "pass %d  %-18s %-22s %10s %-8s%s%s",
              pass,
              metric.key(),
              contender,
              String.format(Locale.ROOT, "%." + metric.unit().decimals() + "f", reading.value()),
              metric.unit().text(),
              ratio(pass, contender, Contender.STRONGSWAN, "strongSwan", metric),
              ratio(pass, contender, Contender.C_BOUND, "the C bound", metric));
      say(figure.stripTrailing());
    }
  }

  private String ratio(int pass, String contender, String reference, String title, Metric metric) {
    OptionalDouble ratio = results.ratio(pass, contender, reference, metric);
    return contender.equals(reference) || ratio.isEmpty()
        ? ""
        : String.format(Locale.ROOT, "  %6.2f x %s", ratio.getAsDouble(), title);
  }
}
