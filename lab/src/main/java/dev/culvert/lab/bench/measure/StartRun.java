package dev.culvert.lab.bench.measure;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.lab.bench.contender.BenchPath;
import dev.culvert.lab.bench.contender.Culvert;
import dev.culvert.lab.bench.contender.Lane;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Starts a router over and over, with a silent peer, and takes the time from the start of its
 * program to its first IKE packet's arrival at the peer. On a path of its own.
 */
final class StartRun {
  private static final int IKE_PORT = 500;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Culvert contender;
  private final int starts;

  StartRun(Lane lane, int starts) {
    if (!(lane.contender() instanceof Culvert culvert)) {
      throw new IllegalArgumentException(lane.contender().name() + " is not Culvert");
    }
    this.contender = culvert;
    this.starts = starts;
  }

  Findings run() {
    List<Double> seconds = new ArrayList<>();
    try (BenchPath path = BenchPath.build(true)) {
      for (int i = 1; i <= starts; i++) {
        seconds.add(start(path, "start-" + i));
      }
    }
    double slowest = seconds.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return Findings.of(
        List.of(
            new Reading(Metric.START, Statistics.median(seconds)),
            new Reading(Metric.START_MAX, slowest)));
  }

  private double start(BenchPath path, String name) {
    try (UdpPort peer =
            NetworkNamespaceEntry.call(
                path.gatewayB().file(),
                () -> UdpPort.bind(new Endpoint(Ipv4Address.ANY, IKE_PORT), Optional.empty()));
        EpollPoller poller = EpollPoller.open()) {
      poller.add(peer, 0);
      long begin = System.nanoTime();
      CulvertProcess router = contender.launchAlone(path, name);
      double seconds = awaitDatagram(peer, poller, begin, router);
      router.stop();
      return seconds;
    } catch (IOException e) {
      throw new LabException("cannot open a socket " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while starting a router", e);
    }
  }

  private static double awaitDatagram(
      UdpPort peer, EpollPoller poller, long begin, CulvertProcess router) {
    try (Arena arena = Arena.ofConfined()) {
      PacketBatch batch = new PacketBatch(arena, 1, 65_536, 0);
      if (poller.await((int) LIMIT.toMillis()) == 0 || peer.receive(batch) == 0) {
        throw new LabException("no IKE packet came within a minute\n" + router.log());
      }
      return (System.nanoTime() - begin) / 1e9;
    }
  }
}
