package dev.culvert.lab.bench.measure;

import dev.culvert.lab.bench.contender.Lane;
import dev.culvert.lab.bench.contender.Offloads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Makes the measurements: one at a time, on one lane. Confined to one thread. */
public final class Instruments {
  /** More than any of this can take on one flow. */
  private static final double OFFERED_PACKETS_PER_SECOND = 300_000;

  private static final double LOSS_LIMIT_PERCENT = 0.1;

  /** A few packets come first, so that what waits for address resolution is not counted as lost. */
  private static final double FIRST_PACKETS_PER_SECOND = 1000;

  /** What every gateway can take. */
  private static final double WARM_UP_PACKETS_PER_SECOND = 10_000;

  private static final int WARM_UP_PAYLOAD = 200;

  private static final List<String> STREAMS = List.of("-P", "4");

  private static final Duration LOAD_LEAD = Duration.ofSeconds(1);

  private final Effort effort;
  private final MachineLoad load;
  private final Iperf iperf = new Iperf();

  public Instruments(Effort effort, MachineLoad load) {
    this.effort = effort;
    this.load = load;
  }

  /** Moves packets for a while, the same for all, so that no contender is measured cold. */
  public void warmUp(Lane lane) {
    if (effort.warmUp().isPositive()) {
      iperf.run(lane, effort.warmUp(), List.of());
      iperf.run(lane, effort.warmUp(), STREAMS);
      iperf.run(lane, effort.warmUp(), List.of("-R"));
      try (UdpFlow flow = UdpFlow.open(lane)) {
        trial(flow, WARM_UP_PAYLOAD, WARM_UP_PACKETS_PER_SECOND);
      }
    }
  }

  /** Measures, again if other programs disturb it. */
  public Findings measure(Measurement measurement, Lane lane) {
    // A search looks to its trials itself, what a rekey loses is to be seen, whatever the reason,
    // and of several starts the median counts.
    int tries =
        switch (measurement) {
          case TCP1, TCP4, REVERSE, BOTH, TCP1_NOOFFLOAD, TCP4_NOOFFLOAD, RTT_IDLE, RTT_LOADED ->
              effort.tries();
          case UDP64, UDP200, UDP1372, REKEY, START -> 1;
        };
    return load.leastDisturbed(tries, () -> measureOnce(measurement, lane));
  }

  private Findings measureOnce(Measurement measurement, Lane lane) {
    return switch (measurement) {
      case TCP1 -> tcp(lane, Metric.TCP_1, Metric.TCP_1_CPU, List.of());
      case TCP4 -> tcp(lane, Metric.TCP_4, Metric.TCP_4_CPU, STREAMS);
      case REVERSE -> tcp(lane, Metric.REVERSE, Metric.REVERSE_CPU, List.of("-R"));
      case BOTH -> tcp(lane, Metric.BOTH, Metric.BOTH_CPU, List.of("--bidir"));
      case TCP1_NOOFFLOAD ->
          withoutOffload(lane, Metric.TCP_1_PLAIN, Metric.TCP_1_PLAIN_CPU, List.of());
      case TCP4_NOOFFLOAD ->
          withoutOffload(lane, Metric.TCP_4_PLAIN, Metric.TCP_4_PLAIN_CPU, STREAMS);
      case UDP64 -> udp(lane, Metric.UDP_64, 64);
      case UDP200 -> udp(lane, Metric.UDP_200, 200);
      case UDP1372 -> udp(lane, Metric.UDP_1372, 1372);
      case RTT_IDLE -> {
        RoundTrips trips = RoundTrips.measure(lane, effort.pings());
        yield percentiles(trips, Metric.RTT_IDLE_P50, Metric.RTT_IDLE_P99);
      }
      case RTT_LOADED -> roundTripsUnderLoad(lane);
      case REKEY -> new RekeyRun(lane, effort.rekeys()).run();
      case START -> new StartRun(lane, effort.starts()).run();
    };
  }

  private Findings withoutOffload(Lane lane, Metric rate, Metric cpu, List<String> options) {
    try (Offloads.Off _ = lane.path().switchOffloadsOff()) {
      return tcp(lane, rate, cpu, options);
    }
  }

  private Findings tcp(Lane lane, Metric rate, Metric cpu, List<String> options) {
    double before = lane.cpuSeconds();
    IperfReport report = iperf.run(lane, effort.tcp(), options);
    double seconds = lane.cpuSeconds() - before;
    List<Reading> readings = new ArrayList<>();
    readings.add(new Reading(rate, report.bitsPerSecond() / 1e9));
    if (!lane.gateways().programs().isEmpty() && report.bytes() > 0) {
      readings.add(new Reading(cpu, seconds / (report.bytes() / 1e9)));
    }
    return Findings.of(readings);
  }

  private Findings udp(Lane lane, Metric metric, int payload) {
    try (UdpFlow flow = UdpFlow.open(lane)) {
      trial(flow, payload, FIRST_PACKETS_PER_SECOND);
      double rate =
          new RateSearch(OFFERED_PACKETS_PER_SECOND, LOSS_LIMIT_PERCENT)
              .highest(perSecond -> trial(flow, payload, perSecond));
      return Findings.of(List.of(new Reading(metric, rate / 1000)));
    }
  }

  private RateSearch.Result trial(UdpFlow flow, int payload, double perSecond) {
    long end = System.nanoTime() + effort.udpTrial().toNanos();
    int limit = (int) (perSecond * effort.udpTrial().toMillis() / 1000) + 1;
    MachineLoad.Watch watch = new MachineLoad.Watch();
    UdpFlow.Outcome outcome =
        flow.run(payload, perSecond, limit, () -> System.nanoTime() - end < 0);
    return new RateSearch.Result(
        outcome.sent().perSecond(), outcome.lossPercent(), watch.isDisturbed());
  }

  private Findings roundTripsUnderLoad(Lane lane) {
    // Twice what the pings should take: ping waits for slow answers, up to its limit.
    Duration duration = LOAD_LEAD.plus(Duration.ofMillis(effort.pings() * 4L)).plusSeconds(1);
    Iperf.Transfer load = iperf.start(lane, duration, List.of());
    Pauses.pause(LOAD_LEAD);
    RoundTrips trips = RoundTrips.measure(lane, effort.pings());
    load.client().stop(Duration.ofSeconds(1));
    load.server().stop(Duration.ofSeconds(1));
    return percentiles(trips, Metric.RTT_LOADED_P50, Metric.RTT_LOADED_P99);
  }

  private static Findings percentiles(RoundTrips trips, Metric p50, Metric p99) {
    return Findings.of(
        List.of(new Reading(p50, trips.percentile(50)), new Reading(p99, trips.percentile(99))));
  }

  /** How the TCP streams' congestion control is called. */
  public String congestionControl() {
    return iperf.congestionControl();
  }
}
