package dev.culvert.lab;

import static dev.culvert.lab.TunnelState.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.bench.contender.ProcessFiles;
import dev.culvert.lab.harness.IkeFlooder;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stranger's IKE_SA_INIT requests cost little, and cost those whom the router knows nothing. */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "ping"})
class IkeFloodLabTest {
  private static final int PER_SECOND = 10_000;
  private static final int MESSAGES = 120_000;

  /** Should the test not end it before. */
  private static final Duration LONGEST = Duration.ofSeconds(120);

  private static final Duration INTERVAL = Duration.ofMillis(20);

  @Test
  void aFloodOfSpoofedRequestsTakesNoTunnelDownAndKeepsNoPeerOut() {
    try (IkeFloodLabSite site = new IkeFloodLabSite()) {
      CulvertProcess branch = site.launchBranch();
      CulvertProcess hub = site.launchHub();
      branch.awaitReady();
      hub.awaitReady();
      StrongswanPeer swan = site.startSwan();
      Await.until(
          SOON,
          "a ping through the tunnel",
          () -> Ping.answers(site.hostA, IkeFloodLabSite.HOST_B),
          hub::log);
      Ping.Continuous ping =
          Ping.start(site.network, site.hostA, "ping", IkeFloodLabSite.HOST_B, INTERVAL);
      ping.awaitAnswer(SOON);
      long pid = hub.process().pid();
      double cpuBefore = ProcessFiles.cpuSeconds(pid);
      long memoryBefore = ProcessFiles.residentKibibytes(pid);

      IkeFlooder flooder = site.flood(PER_SECOND, LONGEST);
      flooder.awaitSent(3 * PER_SECOND, SOON);
      long called = System.nanoTime();
      swan.swanctl("--initiate", "--child", SwanConnection.CHILD, "--timeout", "60");
      double upAfter = (System.nanoTime() - called) / 1e9;
      boolean upWhileFlooded = flooder.isRunning();
      flooder.awaitSent(MESSAGES, SOON);
      flooder.stop();

      System.out.printf(
          "flood: %d IKE_SA_INIT at %d/s cost %.1f CPU-s and %.1f MiB, a peer was up after %.2f s%n",
          flooder.sent(),
          PER_SECOND,
          ProcessFiles.cpuSeconds(pid) - cpuBefore,
          (ProcessFiles.residentKibibytes(pid) - memoryBefore) / 1024.0,
          upAfter);
      List<Integer> missing = ping.stopAndFindMissing();
      assertThat(missing).as("pings lost").isEmpty();
      assertThat(upWhileFlooded).as("the peer came up while the flood went on").isTrue();
      for (CulvertProcess router : List.of(hub, branch)) {
        assertThat(router.log()).doesNotContain("FAULT", "IKE_VPN_DOWN");
      }
    }
  }
}
