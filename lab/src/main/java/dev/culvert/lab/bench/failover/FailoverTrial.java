package dev.culvert.lab.bench.failover;

import dev.culvert.lab.bench.measure.PacedFlow;
import dev.culvert.lab.demo.TwoSites;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/** Two sites with an example's configuration, a flow between them, and one trigger. */
public final class FailoverTrial {
  public static final int PACKETS_PER_SECOND = 1000;

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Of the flow, before and after. */
  private static final Duration STEADY = Duration.ofSeconds(1);

  private static final String PRIMARY = "st0.0";
  private static final String BACKUP = "st0.1";
  private static final String BRANCH_LAN = "10.1.0.0/24";
  private static final String HUB_LAN = "10.2.0.0/24";

  private final Trigger trigger;
  private final TwoSites sites;
  private final TwoSites.Routers routers;

  private final boolean isWatched;

  private FailoverTrial(
      Trigger trigger, TwoSites sites, TwoSites.Routers routers, boolean isWatched) {
    this.isWatched = isWatched;
    this.trigger = trigger;
    this.sites = sites;
    this.routers = routers;
  }

  /**
   * Runs it from the start of both routers to the return to the primary.
   *
   * @param examples the folder of the configurations
   * @param culvertd how the router is called, before its options
   * @param change made to both configurations, at last
   */
  public static FailoverResult run(
      Trigger trigger, Path examples, List<String> culvertd, UnaryOperator<String> change) {
    try (LabNetwork network = LabNetwork.create()) {
      TwoSites sites = TwoSites.build(network);
      String branch = change.apply(trigger.configuration(read(examples, trigger.example())));
      String hub = change.apply(trigger.configuration(read(examples, trigger.example() + "-hub")));
      TwoSites.Routers routers = sites.start(branch, hub, culvertd);
      boolean isWatched = branch.contains("bfd-liveness-detection");
      return new FailoverTrial(trigger, sites, routers, isWatched).measure();
    }
  }

  private static String read(Path examples, String name) {
    try {
      return Files.readString(examples.resolve(name + ".conf"));
    } catch (IOException e) {
      throw new LabException("cannot read the example " + name, e);
    }
  }

  private FailoverResult measure() {
    for (CulvertProcess router : routers.both()) {
      router.awaitCli(
          PATIENCE, "show security ipsec security-associations", "Total active tunnels: 2");
    }
    awaitRoutesOver(PRIMARY);
    if (isWatched) {
      // The backup as well: the primary goes away from a whole network.
      for (CulvertProcess router : routers.both()) {
        router.awaitCli(PATIENCE, "show bfd session | match Up | count", "Count: 2 lines");
      }
    }
    PacedFlow.Loss away = flow(this::strike);
    PacedFlow.Loss back =
        flow(() -> {
          trigger.heal(sites);
          awaitRoutesOver(PRIMARY);
        });
    return new FailoverResult(trigger, away, back);
  }

  private void strike() throws Exception {
    CulvertProcess branch = routers.branch();
    long ups = comesUp(branch);
    trigger.strike(sites, routers);
    if (trigger.healsItself()) {
      Await.until(PATIENCE, "the tunnel made anew", () -> comesUp(branch) > ups, branch::log);
      awaitRoutesOver(PRIMARY);
    } else {
      awaitRoute(sites.branch(), HUB_LAN, BACKUP);
      awaitRoute(sites.hub(), BRANCH_LAN, BACKUP);
    }
  }

  private static long comesUp(CulvertProcess router) {
    return router.log().lines().filter(line -> line.contains("IKE_VPN_UP vpn=to-hub-a ")).count();
  }

  private interface Event {
    void happens() throws Exception;
  }

  private PacedFlow.Loss flow(Event event) {
    try (PacedFlow flow =
        PacedFlow.start(
            sites.branchHost(), sites.hubHost(), TwoSites.HUB_HOST, PACKETS_PER_SECOND)) {
      LockSupport.parkNanos(STEADY.toNanos());
      event.happens();
      LockSupport.parkNanos(STEADY.toNanos());
      return flow.stop();
    } catch (LabException e) {
      throw e;
    } catch (Exception e) {
      throw new LabException(trigger.title() + ": " + e.getMessage(), e);
    }
  }

  private void awaitRoutesOver(String tunnel) {
    awaitRoute(sites.branch(), HUB_LAN, tunnel);
    awaitRoute(sites.hub(), BRANCH_LAN, tunnel);
  }

  private static void awaitRoute(NetworkNamespace router, String lan, String tunnel) {
    Await.until(
        PATIENCE,
        lan + " over " + tunnel + " in " + router,
        () -> {
          String routes = router.ip("route", "show", lan);
          return !routes.isBlank()
              && routes.lines().allMatch(route -> route.contains("dev " + tunnel + " "));
        },
        () -> router.ip("route", "show"));
  }
}
