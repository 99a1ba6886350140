package dev.culvert.lab.bench;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.contender.Lane;
import dev.culvert.lab.bench.measure.Instruments;
import dev.culvert.lab.bench.measure.Measurement;
import dev.culvert.lab.bench.measure.Reading;
import dev.culvert.lab.bench.report.Results;
import dev.culvert.lab.net.LabException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes over all contenders. A contender that fails is left out of what it failed in, and the
 * results say so. Confined to one thread.
 */
final class ThroughputRun {
  private final BenchArguments arguments;
  private final List<Contender> contenders;
  private final Results results;
  private final Progress progress;
  private final Instruments instruments;
  private volatile boolean ending;

  /** The process is ending, and what is measured is being removed. */
  static final class Stopped extends RuntimeException {
    Stopped() {
      super("stopped");
    }
  }

  ThroughputRun(
      BenchArguments arguments,
      List<Contender> contenders,
      Results results,
      Progress progress,
      Instruments instruments) {
    this.arguments = arguments;
    this.contenders = contenders;
    this.results = results;
    this.progress = progress;
    this.instruments = instruments;
  }

  void run() {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> ending = true, "ending"));
    for (int pass = 1; pass <= arguments.passes(); pass++) {
      pass(pass);
    }
  }

  private void pass(int pass) {
    List<Lane> lanes = new ArrayList<>();
    try {
      for (Contender contender : contenders) {
        open(pass, contender, lanes);
      }
      for (Measurement measurement : arguments.measurements()) {
        for (Lane lane : lanes) {
          if (measurement.appliesTo(lane)) {
            measure(pass, measurement, lane);
          }
        }
      }
    } finally {
      lanes.reversed().forEach(Lane::close);
    }
  }

  private void open(int pass, Contender contender, List<Lane> lanes) {
    if (ending) {
      throw new Stopped();
    }
    progress.say("pass " + pass + "  starting " + contender.title());
    try {
      Lane lane = Lane.open(contender, arguments.offload(), arguments.tunnelQueue());
      lanes.add(lane);
      instruments.warmUp(lane);
    } catch (LabException | UncheckedIOException e) {
      fail(pass, contender, "start", e);
    }
  }

  private void measure(int pass, Measurement measurement, Lane lane) {
    String name = lane.contender().name();
    try {
      List<Reading> readings = instruments.measure(measurement, lane);
      lane.requireAlive();
      readings.forEach(reading -> results.add(pass, name, reading));
      progress.readings(pass, name, readings);
    } catch (LabException | UncheckedIOException e) {
      fail(pass, lane.contender(), measurement.word(), e);
    }
  }

  private void fail(int pass, Contender contender, String what, RuntimeException e) {
    if (ending) {
      throw new Stopped();
    }
    String reason = String.valueOf(e.getMessage());
    progress.say("pass " + pass + "  " + contender.name() + " failed in " + what + ": " + reason);
    String first = reason.lines().findFirst().orElse(e.toString());
    results.remark(contender.title() + " failed in " + what + " of pass " + pass + ": " + first);
  }
}
