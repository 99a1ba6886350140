package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.lab.bench.measure.PacedFlow;
import dev.culvert.lab.demo.TwoSites;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a commit on a router that carries traffic does, and what is left of one that is cut off. */
@Tag("alone")
@Lab
class CommitLabTest {
  private static final int PACKETS_PER_SECOND = 500;
  private static final Pattern UP_SINCE =
      Pattern.compile("IKE peer \\S+, Index (\\d+), Gateway Name: hub-a");

  @Test
  void anEditOfOnePeerLeavesTheOtherTunnelAlone() throws Exception {
    try (LabNetwork network = LabNetwork.create()) {
      TwoSites sites = TwoSites.build(network);
      TwoSites.Routers routers =
          sites.start(TwoRouters.configuration("branch"), TwoRouters.configuration("hub"));
      TwoRouters.awaitConverged(sites, routers);
      CulvertProcess branch = routers.branch();
      String before = index(branch);

      PacedFlow.Loss loss;
      try (PacedFlow flow =
          PacedFlow.start(
              sites.branchHost(), sites.hubHost(), TwoSites.HUB_HOST, PACKETS_PER_SECOND)) {
        String told =
            branch.session(
                "configure",
                "set security ike gateway hub-b dead-peer-detection interval 20",
                "set system host-name renamed",
                "commit check",
                "commit comment \"the backup only\"");
        assertThat(told)
            .contains("tunnels that are negotiated anew: hub-b\n")
            .endsWith("commit complete");
        Await.until(
            SOON, "the backup made anew", () -> comesUp(branch, "to-hub-b") == 2, branch::log);
        loss = flow.stop();
      }
      assertThat(loss.sent()).isPositive();
      assertThat(loss.lost()).isZero();
      assertThat(index(branch)).isEqualTo(before);
      assertThat(branch.cli("show system commit")).contains("the backup only");
      assertThat(Files.readString(branch.configurationFile())).contains("host-name renamed;");
    }
  }

  private static long comesUp(CulvertProcess router, String vpn) {
    return router
        .log()
        .lines()
        .filter(line -> line.contains("IKE_VPN_UP vpn=" + vpn + " "))
        .count();
  }

  /** Of the IKE SA of the primary tunnel: another one has another. */
  private static String index(CulvertProcess router) throws ControlException {
    Matcher found = UP_SINCE.matcher(router.cli("show security ike security-associations detail"));
    assertThat(found.find()).isTrue();
    return found.group(1);
  }

  @Test
  void whateverMomentItIsKilledAtTheOldOrTheNewIsThere() throws Exception {
    killedAtRandomMoments(6, 1);
  }

  @Tag("long")
  @Test
  void alsoAtTwoHundredMoments() throws Exception {
    killedAtRandomMoments(200, 2);
  }

  private static void killedAtRandomMoments(int times, long seed) throws Exception {
    Random random = new Random(seed);
    try (LabNetwork network = LabNetwork.create()) {
      NetworkNamespace machine = network.namespace("machine");
      CulvertProcess router =
          CulvertProcess.start(network, machine, "router", "system { host-name name-0; }\n");
      for (int i = 1; i <= times; i++) {
        String commit = i % 2 == 0 ? "commit" : "commit confirmed 5";
        String name = "name-" + i;
        CulvertProcess running = router;
        CompletableFuture<Boolean> answered =
            CompletableFuture.supplyAsync(() -> commits(running, name, commit));
        TimeUnit.MICROSECONDS.sleep(random.nextInt(60_000));
        router.kill();
        boolean isCommitted = answered.get(SOON.toSeconds(), TimeUnit.SECONDS);
        router.restart();
        String found = hostName(router);
        if (commit.equals("commit")) {
          assertThat(found)
              .as("kill %d", i)
              .isIn(isCommitted ? List.of(name) : List.of("name-0", name));
        } else {
          // Nobody has confirmed it.
          assertThat(found).as("kill %d", i).isEqualTo("name-0");
        }
        router.session("configure", "set system host-name name-0", "commit");
        assertThat(hostName(router)).as("after kill %d", i).isEqualTo("name-0");
      }
    }
  }

  /** False if it was killed before it answered. */
  private static boolean commits(CulvertProcess router, String name, String commit) {
    try {
      return router
          .session("configure", "set system host-name " + name, commit)
          .endsWith("commit complete");
    } catch (ControlException | LabException e) {
      return false;
    }
  }

  /** In the file, which is whole; and the router has the same. */
  private static String hostName(CulvertProcess router) throws IOException, ControlException {
    Diagnostics diagnostics = new Diagnostics();
    String text = Files.readString(router.configurationFile());
    String name = RouterConfigReader.read("file", text, diagnostics).system().hostName();
    assertThat(diagnostics.hasErrors()).as(text).isFalse();
    assertThat(router.cli("show version")).contains("Hostname: " + name);
    return name;
  }
}
