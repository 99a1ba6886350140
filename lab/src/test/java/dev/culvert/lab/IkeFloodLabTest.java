package dev.culvert.lab;

import static dev.culvert.lab.TunnelState.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.bench.contender.ProcessFiles;
import dev.culvert.lab.bench.tunnels.ProcessMemory;
import dev.culvert.lab.harness.IkeFlooder;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A stranger's IKE_SA_INIT requests cost little, and cost those whom the router knows nothing. */
@Tag("alone")
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "ping"})
class IkeFloodLabTest {
  private static final int PER_SECOND = 10_000;
  private static final int MESSAGES = 120_000;

  /** Of the comparison: what was measured of others. */
  private static final int COMPARED_MESSAGES = 36_000;

  /** Should the test not end it before. */
  private static final Duration LONGEST = Duration.ofSeconds(120);

  private static final Duration INTERVAL = Duration.ofMillis(20);

  /** A peer that comes meanwhile is up within that time, in swanctl's seconds. */
  private static final String UP_WITHIN = "5";

  /** What a flood may take of memory, KiB, and what may be left of it. */
  private static final long MOST_GROWTH = 100 << 10;

  private static final long MOST_LEFT = 50 << 10;

  /** A look at memory that differs less from the one before, KiB, has found it settled. */
  private static final long SETTLED = 1 << 10;

  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

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
      long before = settledMemory(pid);
      double cpuBefore = ProcessFiles.cpuSeconds(pid);

      IkeFlooder flooder = site.flood(PER_SECOND, LONGEST);
      MemoryPeak peak = new MemoryPeak(pid);
      flooder.awaitSent(3 * PER_SECOND, SOON);
      long called = System.nanoTime();
      swan.swanctl("--initiate", "--child", SwanConnection.CHILD, "--timeout", UP_WITHIN);
      double upAfter = (System.nanoTime() - called) / 1e9;
      boolean upWhileFlooded = flooder.isRunning();
      Await.until(
          SOON,
          MESSAGES + " messages of the flooder",
          () -> peak.look() && flooder.sent() >= MESSAGES);
      double cpu = ProcessFiles.cpuSeconds(pid) - cpuBefore;
      flooder.stop();
      long stopped = System.nanoTime();
      Await.until(
          SOON,
          "the memory to come back to %d KiB and at most %d more".formatted(before, MOST_LEFT),
          () -> memory(pid) - before < MOST_LEFT,
          () -> "it is " + memory(pid));

      System.out.printf(
          "flood: %d IKE_SA_INIT at %d/s cost %.1f CPU-s and at most %.1f MiB more than %.1f,"
              + " of which %.1f were left after %.1f s; a peer was up after %.2f s%n",
          flooder.sent(),
          PER_SECOND,
          cpu,
          (peak.kibibytes - before) / 1024.0,
          before / 1024.0,
          (memory(pid) - before) / 1024.0,
          (System.nanoTime() - stopped) / 1e9,
          upAfter);
      List<Integer> missing = ping.stopAndFindMissing();
      assertThat(missing).as("pings lost").isEmpty();
      assertThat(upWhileFlooded).as("the peer came up while the flood went on").isTrue();
      assertThat(peak.kibibytes - before).as("growth, KiB").isLessThan(MOST_GROWTH);
      for (CulvertProcess router : List.of(hub, branch)) {
        assertThat(router.log()).doesNotContain("FAULT", "IKE_VPN_DOWN");
      }
    }
  }

  /** Two floods of the same router: of the first a part is the compilation of what they need. */
  @Test
  @Tag("long")
  void theProcessorTimeOfAFloodStandsBesideThatOfCharon() {
    double[] ours = new double[2];
    try (IkeFloodLabSite site = new IkeFloodLabSite()) {
      CulvertProcess hub = site.launchHub();
      hub.awaitReady();
      settledMemory(hub.process().pid());
      for (int i = 0; i < ours.length; i++) {
        ours[i] = cost(site, hub.process().pid(), () -> hub.process().isAlive());
      }
      assertThat(hub.log()).doesNotContain("FAULT");
    }
    try (IkeFloodLabSite site = new IkeFloodLabSite()) {
      StrongswanPeer charon = site.startSwanAsHub();
      double theirs =
          cost(site, charon.process().pid(), () -> charon.attempt("--version").succeeded());
      System.out.printf(
          "flood: %d IKE_SA_INIT at %d/s cost %.1f CPU-s, and %.1f the second time; charon %.1f%n",
          COMPARED_MESSAGES, PER_SECOND, ours[0], ours[1], theirs);
    }
  }

  private static double cost(IkeFloodLabSite site, long pid, BooleanSupplier isAlive) {
    double before = ProcessFiles.cpuSeconds(pid);
    IkeFlooder flooder = site.flood(PER_SECOND, LONGEST);
    flooder.awaitSent(COMPARED_MESSAGES, SOON);
    flooder.stop();
    assertThat(isAlive.getAsBoolean()).as("it goes on").isTrue();
    return ProcessFiles.cpuSeconds(pid) - before;
  }

  private static long memory(long pid) {
    return ProcessMemory.of(pid).proportional();
  }

  /** Waits until a router that has started has as much memory as it needs. */
  private static long settledMemory(long pid) {
    MemoryPeak settling = new MemoryPeak(pid);
    Await.until(SOON, "memory to settle", settling::settles, () -> "it is " + memory(pid));
    return memory(pid);
  }

  /** Of one process, as far as it is looked at. */
  private static final class MemoryPeak {
    private final long pid;
    private long kibibytes;
    private long last;
    private long lookedAt = System.nanoTime();

    MemoryPeak(long pid) {
      this.pid = pid;
      this.last = memory(pid);
      this.kibibytes = last;
    }

    boolean look() {
      kibibytes = Math.max(kibibytes, memory(pid));
      return true;
    }

    /** For a while it has stayed what it was. */
    boolean settles() {
      if (System.nanoTime() - lookedAt < LOOK_EVERY.toNanos()) {
        return false;
      }
      long current = memory(pid);
      boolean isSettled = Math.abs(current - last) < SETTLED;
      last = current;
      lookedAt = System.nanoTime();
      return isSettled;
    }
  }
}
