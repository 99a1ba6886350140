package dev.culvert.lab.bench;

import dev.culvert.lab.bench.contender.Contender;
import dev.culvert.lab.bench.contender.Lane;
import dev.culvert.lab.bench.measure.Findings;
import dev.culvert.lab.bench.measure.IdleCheck;
import dev.culvert.lab.bench.measure.Instruments;
import dev.culvert.lab.bench.measure.Measurement;
import dev.culvert.lab.bench.report.Results;
import dev.culvert.lab.net.LabException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Starts all contenders, then goes over them pass by pass. A contender that fails is left out of
 * what it failed in, and the results say so; one that has ended is started again for the next pass.
 * Confined to one thread.
 */
final class ThroughputRun {
  private final BenchArguments arguments;
  private final List<Contender> contenders;
  private final Results results;
  private final Progress progress;
  private final Instruments instruments;
  private final Map<String, Lane> lanes = new LinkedHashMap<>();
  private final Map<String, Integer> tunnelQueues = new LinkedHashMap<>();
  private volatile boolean ending;

  /** The process is ending, and what is measured is being removed. */
  static final class Stopped extends RuntimeException {
    Stopped() {
      super("stopped");
    }
  }

  /** Keeps what has been measured so far. */
  interface AfterPass {
    /**
     * A pass is over.
     *
     * @param tunnelQueues how many packets the tunnel devices' queues took, by contender
     */
    void done(int pass, Map<String, Integer> tunnelQueues) throws IOException;
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

  void run(AfterPass afterPass) throws IOException {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> ending = true, "ending"));
    try {
      for (int pass = 1; pass <= arguments.passes(); pass++) {
        openMissing(pass);
        if (pass == 1) {
          measureIdle();
        }
        for (Measurement measurement : arguments.measurements()) {
          measureAll(pass, measurement);
        }
        afterPass.done(pass, tunnelQueues);
      }
    } finally {
      lanes.values().forEach(Lane::close);
    }
  }

  private void openMissing(int pass) {
    for (Contender contender : contenders) {
      if (isWanted(pass, contender)) {
        open(pass, contender);
      }
    }
    setBoundsQueue();
    lanes.forEach(
        (name, lane) -> lane.tunnelQueue().ifPresent(packets -> tunnelQueues.put(name, packets)));
  }

  private boolean isWanted(int pass, Contender contender) {
    Lane lane = lanes.get(contender.name());
    if (lane != null && !lane.isAlive()) {
      lane.close();
      lanes.remove(contender.name());
    }
    return !lanes.containsKey(contender.name())
        && arguments.measurements().stream()
            .anyMatch(measurement -> arguments.schedule().includes(pass, measurement, contender));
  }

  private void open(int pass, Contender contender) {
    if (ending) {
      throw new Stopped();
    }
    progress.say("pass " + pass + "  starting and warming up " + contender.title());
    try {
      Lane lane = Lane.open(contender, arguments.offload(), arguments.tunnelQueue());
      lanes.put(contender.name(), lane);
      instruments.warmUp(lane);
    } catch (LabException | UncheckedIOException e) {
      fail(pass, contender, "start", e);
    }
  }

  /** The bound leaves its queue as the kernel makes it: it gets Culvert's length. */
  private void setBoundsQueue() {
    Lane culvert =
        lanes.values().stream()
            .filter(lane -> !lane.gateways().routers().isEmpty())
            .findFirst()
            .orElse(null);
    OptionalInt length = culvert == null ? OptionalInt.empty() : culvert.tunnelQueue();
    for (String bound : List.of(Contender.C_BOUND, Contender.C_BOUND_PLAIN)) {
      if (length.isPresent() && lanes.containsKey(bound)) {
        lanes.get(bound).setTunnelQueue(length.getAsInt());
      }
    }
  }

  private void measureIdle() {
    new IdleCheck(List.copyOf(lanes.values()))
        .run((contender, findings) -> take(1, contender, findings));
  }

  private void measureAll(int pass, Measurement measurement) {
    for (Lane lane : lanes.values()) {
      if (arguments.schedule().includes(pass, measurement, lane.contender())) {
        measure(pass, measurement, lane);
      }
    }
  }

  private void measure(int pass, Measurement measurement, Lane lane) {
    try {
      Findings findings = instruments.measure(measurement, lane);
      lane.requireAlive();
      if (ending) {
        // Whatever it was, it was cut short.
        throw new Stopped();
      }
      take(pass, lane.contender(), findings);
    } catch (LabException | UncheckedIOException e) {
      fail(pass, lane.contender(), measurement.word(), e);
    }
  }

  private void take(int pass, Contender contender, Findings findings) {
    findings.readings().forEach(reading -> results.add(pass, contender.name(), reading));
    progress.readings(pass, contender.name(), findings.readings());
    for (String remark : findings.remarks()) {
      progress.say("pass " + pass + "  " + contender.name() + ": " + remark);
      results.remark(contender.title() + ", pass " + pass + ": " + remark + ".");
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
