package dev.culvert.lab.bench.measure;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.bench.contender.Culvert;
import dev.culvert.lab.bench.contender.Lane;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Rekeys the child SA again and again under a steady flow of datagrams. */
final class RekeyRun {
  private static final double PACKETS_PER_SECOND = 20_000;
  private static final int PAYLOAD = 200;
  private static final Duration REKEY_LIMIT = Duration.ofSeconds(15);

  /**
   * Bounds what is remembered: the replaced pair lingers for some seconds before the next rekey.
   */
  private static final Duration FLOW_LIMIT_PER_REKEY = Duration.ofSeconds(10);

  private static final Duration LEAD = Duration.ofMillis(500);

  /** The SPIs of the inbound SAs in {@code show security ipsec security-associations}. */
  private static final Pattern INBOUND_SPI =
      Pattern.compile("^ *<\\d+ ESP:\\S+ (\\S+)", Pattern.MULTILINE);

  private final Lane lane;
  private final CulvertProcess router;
  private final int rekeys;

  RekeyRun(Lane lane, int rekeys) {
    this.lane = lane;
    this.router = lane.gateways().routers().getFirst();
    this.rekeys = rekeys;
  }

  List<Reading> run() {
    LabProcess monitorA = monitor(lane.path().gatewayA());
    LabProcess monitorB = monitor(lane.path().gatewayB());
    AtomicBoolean goOn = new AtomicBoolean(true);
    int limit = (int) (PACKETS_PER_SECOND * FLOW_LIMIT_PER_REKEY.toSeconds() * (rekeys + 1));
    try (UdpFlow flow = UdpFlow.open(lane)) {
      FutureTask<UdpFlow.Outcome> flowing =
          new FutureTask<>(() -> flow.run(PAYLOAD, PACKETS_PER_SECOND, limit, limit, goOn::get));
      Thread flowThread = Thread.ofPlatform().daemon().name("flow").start(flowing);
      try {
        Pauses.pause(LEAD);
        for (int i = 0; i < rekeys; i++) {
          rekey();
        }
        Pauses.pause(LEAD);
      } finally {
        goOn.set(false);
        // Its sockets must not be closed under it.
        join(flowThread);
        monitorA.signal("INT");
        monitorB.signal("INT");
      }
      UdpFlow.Outcome outcome = outcome(flowing);
      int transitions = transitions(monitorA) + transitions(monitorB);
      return readings(outcome, transitions);
    }
  }

  private LabProcess monitor(NetworkNamespace gateway) {
    return lane.start(gateway, "monitor", List.of("ip", "-o", "monitor", "link"));
  }

  private int transitions(LabProcess monitor) {
    monitor.awaitEnd(Duration.ofSeconds(5));
    return LinkTransitions.count(monitor.log(), lane.gateways().tunnels().getFirst());
  }

  /** Asks for other keys and waits until the old pair is gone and another one in its place. */
  private void rekey() {
    List<String> before = inboundSpis();
    cli("request security ipsec rekey " + Culvert.GATEWAY);
    Await.until(
        REKEY_LIMIT,
        "another pair of SAs",
        () -> {
          List<String> after = inboundSpis();
          return after.size() == 1 && !after.equals(before);
        },
        router::log);
  }

  private List<String> inboundSpis() {
    return INBOUND_SPI
        .matcher(cli("show security ipsec security-associations"))
        .results()
        .map(MatchResult::group)
        .toList();
  }

  private String cli(String line) {
    try {
      return router.cli(line);
    } catch (ControlException e) {
      throw new LabException(line, e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static UdpFlow.Outcome outcome(FutureTask<UdpFlow.Outcome> flowing) {
    try {
      return flowing.get();
    } catch (ExecutionException e) {
      throw new LabException("the flow failed: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while rekeying", e);
    }
  }

  private List<Reading> readings(UdpFlow.Outcome outcome, int transitions) {
    double[] delays = outcome.log().delaysMillis();
    return List.of(
        new Reading(Metric.REKEYS, rekeys),
        new Reading(Metric.REKEY_SENT, outcome.sent().packets()),
        new Reading(Metric.REKEY_LOST, outcome.lost()),
        new Reading(Metric.REKEY_TRANSITIONS, transitions),
        new Reading(Metric.REKEY_DELAY_P50, Statistics.percentile(delays, 50)),
        new Reading(Metric.REKEY_DELAY_P99, Statistics.percentile(delays, 99)),
        new Reading(Metric.REKEY_DELAY_MAX, Statistics.percentile(delays, 100)));
  }
}
