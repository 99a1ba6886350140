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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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

  /** Replaced pairs go on receiving for some seconds, so that several are there at once. */
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** How long a replaced pair may stay. */
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(20);

  private static final Duration LEAD = Duration.ofMillis(500);

  /** Bounds what is remembered of the flow: the interval with room for a slow machine. */
  private static final long SECONDS_PER_REKEY = 3;

  /** The SPIs of the inbound SAs in {@code show security ipsec security-associations}. */
  private static final Pattern INBOUND_SPI =
      Pattern.compile("^ *<\\d+ ESP:\\S+ (\\S+)", Pattern.MULTILINE);

  private final Lane lane;
  private final CulvertProcess router;
  private final int rekeys;
  private final List<Double> secondsOfRekeys = new ArrayList<>();

  RekeyRun(Lane lane, int rekeys) {
    this.lane = lane;
    this.router = lane.gateways().routers().getFirst();
    this.rekeys = rekeys;
  }

  Findings run() {
    LabProcess monitorA = monitor(lane.path().gatewayA());
    LabProcess monitorB = monitor(lane.path().gatewayB());
    AtomicBoolean goOn = new AtomicBoolean(true);
    long seconds = rekeys * SECONDS_PER_REKEY + DRAIN_LIMIT.plus(REKEY_LIMIT).toSeconds();
    int packets = (int) (PACKETS_PER_SECOND * seconds);
    try (UdpFlow flow = UdpFlow.open(lane)) {
      // Address resolution and a first batch, so that neither is taken for a loss.
      flow.run(PAYLOAD, PACKETS_PER_SECOND, (int) PACKETS_PER_SECOND / 10, () -> true);
      LossPlaces before = LossPlaces.read(lane);
      FutureTask<UdpFlow.Outcome> flowing =
          new FutureTask<>(() -> flow.run(PAYLOAD, PACKETS_PER_SECOND, packets, goOn::get));
      Thread flowThread = Thread.ofPlatform().daemon().name("flow").start(flowing);
      long begin = System.nanoTime();
      try {
        Pauses.pause(LEAD);
        rekeyAll(begin);
        Pauses.pause(LEAD);
      } finally {
        goOn.set(false);
        // Its sockets must not be closed under it.
        join(flowThread);
        monitorA.signal("INT");
        monitorB.signal("INT");
      }
      UdpFlow.Outcome outcome = outcome(flowing);
      LossPlaces after = LossPlaces.read(lane);
      int transitions = transitions(monitorA) + transitions(monitorB);
      return findings(outcome, before, after, transitions);
    }
  }

  private LabProcess monitor(NetworkNamespace gateway) {
    return lane.start(gateway, "monitor", List.of("ip", "-o", "monitor", "link"));
  }

  private int transitions(LabProcess monitor) {
    monitor.awaitEnd(Duration.ofSeconds(5));
    return LinkTransitions.count(monitor.log(), lane.gateways().tunnels().getFirst());
  }

  private void rekeyAll(long begin) {
    int pairs = inboundSpis().size();
    for (int i = 0; i < rekeys; i++) {
      long asked = System.nanoTime();
      secondsOfRekeys.add((asked - begin) / 1e9);
      rekey();
      Pauses.pause(Duration.ofNanos(Math.max(0, asked + INTERVAL.toNanos() - System.nanoTime())));
    }
    // The removal of the last replaced pairs belongs to it.
    Await.until(
        DRAIN_LIMIT, "the replaced SAs to go", () -> inboundSpis().size() <= pairs, router::log);
  }

  /** Asks for other keys and waits until another pair is there. */
  private void rekey() {
    Set<String> before = inboundSpis();
    cli("request security ipsec rekey " + Culvert.GATEWAY);
    Await.until(
        REKEY_LIMIT, "another pair of SAs", () -> !before.containsAll(inboundSpis()), router::log);
  }

  private Set<String> inboundSpis() {
    Set<String> spis = new TreeSet<>();
    INBOUND_SPI
        .matcher(cli("show security ipsec security-associations"))
        .results()
        .map((MatchResult result) -> result.group(1))
        .forEach(spis::add);
    return spis;
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

  /** Nothing but the flow goes through the tunnel, so its counters tell how far packets came. */
  private Findings findings(
      UdpFlow.Outcome outcome, LossPlaces before, LossPlaces after, int transitions) {
    long sent = outcome.sent().packets();
    long sealed = after.sealed() - before.sealed();
    long opened = after.opened() - before.opened();
    DelayHistogram delays = outcome.log().delays();
    List<Reading> readings =
        List.of(
            new Reading(Metric.REKEYS, rekeys),
            new Reading(Metric.REKEY_SENT, sent),
            new Reading(Metric.REKEY_LOST, outcome.lost()),
            new Reading(Metric.REKEY_LOST_BEFORE, sent - sealed),
            new Reading(Metric.REKEY_LOST_BETWEEN, sealed - opened),
            new Reading(Metric.REKEY_LOST_AFTER, opened - outcome.log().arrived()),
            new Reading(Metric.REKEY_TRANSITIONS, transitions),
            new Reading(Metric.REKEY_DELAY_P50, delays.percentileMillis(50)),
            new Reading(Metric.REKEY_DELAY_P99, delays.percentileMillis(99)),
            new Reading(Metric.REKEY_DELAY_MAX, delays.longestMillis()));
    LossStory story =
        new LossStory(
            outcome.log().gaps(outcome.sent().numbers()),
            outcome.sent().refused(),
            after.dropsSince(before),
            outcome.sent().numbers() / outcome.sent().seconds(),
            secondsOfRekeys);
    return new Findings(readings, outcome.lost() == 0 ? List.of() : List.of(story.tell()));
  }
}
