package dev.culvert.lab.bench.measure;

import dev.culvert.lab.bench.contender.BenchPath;
import dev.culvert.lab.bench.contender.Lane;
import dev.culvert.lab.bench.contender.ProcessFiles;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs iperf3 from host A to a server on host B. Confined to one thread. */
final class Iperf {
  private static final int PORT = 5201;
  private static final Duration SERVER_LIMIT = Duration.ofSeconds(10);

  /** What connecting and the exchange of results may take beyond the transfer. */
  private static final Duration GRACE = Duration.ofSeconds(15);

  private static final List<String> CUBIC = List.of("-C", "cubic");

  /** The usual one almost everywhere; a kernel that refuses it measures with its default. */
  private boolean usesCubic = true;

  /** A transfer under way. */
  record Transfer(LabProcess server, LabProcess client, Duration limit) {
    IperfReport await() {
      boolean ended = client.awaitEnd(limit);
      client.stop(Duration.ofSeconds(1));
      server.stop(Duration.ofSeconds(1));
      if (!ended) {
        throw new LabException("iperf3 did not end within " + limit.toSeconds() + " s");
      }
      return IperfReport.parse(client.log());
    }
  }

  /** Transfers for that time; options are those of iperf3, such as {@code -R}. */
  IperfReport run(Lane lane, Duration duration, List<String> options) {
    Transfer transfer = start(lane, duration, options);
    try {
      return transfer.await();
    } catch (LabException e) {
      if (!usesCubic || !String.valueOf(e.getMessage()).contains("CONGESTION")) {
        throw e;
      }
      usesCubic = false;
      return start(lane, duration, options).await();
    }
  }

  /** Starts a transfer and leaves it running. */
  Transfer start(Lane lane, Duration duration, List<String> options) {
    LabProcess server =
        lane.start(
            lane.path().hostB(),
            "iperf3-server",
            List.of("iperf3", "-s", "-1", "-p", Integer.toString(PORT)));
    try {
      Await.until(
          SERVER_LIMIT,
          "iperf3 to listen",
          () -> ProcessFiles.hasListener(server.pid(), PORT),
          server::log);
    } catch (LabException e) {
      server.kill();
      throw e;
    }
    List<String> command = new ArrayList<>(List.of("iperf3", "-c", BenchPath.HOST_B, "--json"));
    command.addAll(List.of("-p", Integer.toString(PORT), "--connect-timeout", "5000"));
    command.addAll(List.of("-t", Long.toString(duration.toSeconds())));
    command.addAll(options);
    if (usesCubic) {
      command.addAll(CUBIC);
    }
    LabProcess client = lane.start(lane.path().hostA(), "iperf3-client", command);
    return new Transfer(server, client, duration.plus(GRACE));
  }

  /** How the streams' congestion control is called. */
  String congestionControl() {
    return usesCubic ? "cubic" : "the kernel's default";
  }
}
