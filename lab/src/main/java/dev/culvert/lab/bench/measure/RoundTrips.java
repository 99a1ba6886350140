package dev.culvert.lab.bench.measure;

import dev.culvert.lab.bench.contender.BenchPath;
import dev.culvert.lab.bench.contender.Lane;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabProcess;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Round trips by ping(8), every 2 ms, in milliseconds. */
final class RoundTrips {
  private static final Duration INTERVAL = Duration.ofMillis(2);
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final Pattern TIME = Pattern.compile("time=([0-9.]+) ms");

  private final double[] millis;

  private RoundTrips(double[] millis) {
    this.millis = millis;
  }

  static RoundTrips measure(Lane lane, int count) {
    LabProcess ping =
        lane.start(
            lane.path().hostA(),
            "ping",
            List.of("ping", "-n", "-i", "0.002", "-s", "56", "-c", count + "", BenchPath.HOST_B));
    if (!ping.awaitEnd(INTERVAL.multipliedBy(count).plus(GRACE))) {
      ping.kill();
      throw new LabException("ping did not end");
    }
    return parse(ping.log());
  }

  /** The answered ones of what ping printed. */
  static RoundTrips parse(String output) {
    Matcher times = TIME.matcher(output);
    double[] millis =
        times.results().mapToDouble(time -> Double.parseDouble(time.group(1))).toArray();
    if (millis.length == 0) {
      throw new LabException("no ping was answered: " + output.strip());
    }
    return new RoundTrips(millis);
  }

  /** How many were answered. */
  int count() {
    return millis.length;
  }

  double percentile(double percent) {
    return Statistics.percentile(millis, percent);
  }
}
