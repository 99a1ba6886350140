package dev.culvert.testbed.demo;

import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.testbed.SimulatedHost.Probe;
import dev.culvert.testbed.SimulatedRouter;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * The product's main job without a network or privileges: two complete routers with the shipped
 * configurations in virtual time, two tunnels between them, a cut and a return, with a probe from
 * office to office every 20 ms.
 */
public final class SimulatedDemo {
  private static final Duration PROBE_INTERVAL = Duration.ofMillis(20);
  private static final Duration BRING_UP_LIMIT = Duration.ofMinutes(2);
  private static final Duration RETURN_LIMIT = Duration.ofMinutes(3);
  private static final String OFFICE = "10.2.0.0/24";
  private static final String SECOND = "10.2.1.0/24";
  private static final String PRIMARY = "st0.0";
  private static final String BACKUP = "st0.1";
  private static final long SEED = 1;

  private final PrintStream out;
  private final TwoConnections scene;
  private boolean failed;

  private SimulatedDemo(PrintStream out, TwoConnections scene) {
    this.out = out;
    this.scene = scene;
  }

  /**
   * Runs the shipped configurations.
   *
   * @return 0 if everything went as it should
   */
  public static int run(PrintStream out) {
    return run(out, shipped("branch.conf"), shipped("hub.conf"));
  }

  /** Runs these configurations, which must keep the shipped ones' addresses. */
  public static int run(PrintStream out, String branch, String hub) {
    return new SimulatedDemo(out, new TwoConnections(SEED, branch, hub)).play();
  }

  static String shipped(String name) {
    try (InputStream in = SimulatedDemo.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(name + " cannot be read", e);
    }
  }

  private int play() {
    bringUp();
    if (!failed) {
      cut();
      heal();
    }
    out.println(failed ? "FAILED" : "OK");
    return failed ? 1 : 0;
  }

  private void bringUp() {
    out.println("Two routers, branch and hub, with two Internet connections; virtual time.");
    scene.start();
    await("both tunnels up at both ends", BRING_UP_LIMIT, () -> both(SimulatedDemo::tunnelsUp));
    await("OSPF adjacent over both", BRING_UP_LIMIT, () -> both(SimulatedDemo::adjacent));
    await("BFD up on both", BRING_UP_LIMIT, () -> both(SimulatedDemo::watched));
    await("BGP established", BRING_UP_LIMIT, () -> both(SimulatedDemo::established));
    await(
        "both LANs of the hub by " + PRIMARY,
        BRING_UP_LIMIT,
        () -> via(OFFICE).equals(PRIMARY) && via(SECOND).equals(PRIMARY));
    tables();
  }

  private void cut() {
    expectNoLoss("steady", probe(Duration.ofSeconds(2)));
    scene.cutPrimary();
    say("connection A is cut, silently");
    List<Probe> probes = probe(Duration.ofSeconds(3));
    long lost = probes.stream().filter(p -> !p.answered()).count();
    out.printf(
        "%10s  %d of %d probes lost: about %d ms without a path%n",
        "", lost, probes.size(), lost * PROBE_INTERVAL.toMillis());
    expect("traffic goes by " + BACKUP, via(OFFICE).equals(BACKUP) && via(SECOND).equals(BACKUP));
    expectNoLoss("on the backup", probe(Duration.ofSeconds(2)));
    tables();
  }

  private void heal() {
    scene.heal();
    say("connection A is back");
    List<Probe> probes = new ArrayList<>();
    long limit = RETURN_LIMIT.dividedBy(PROBE_INTERVAL);
    for (long i = 0;
        i < limit && !(via(OFFICE).equals(PRIMARY) && via(SECOND).equals(PRIMARY));
        i++) {
      probes.add(scene.probe());
      scene.network().run(PROBE_INTERVAL);
    }
    expect("traffic is back on " + PRIMARY, via(OFFICE).equals(PRIMARY));
    probes.addAll(probe(Duration.ofSeconds(1)));
    expectNoLoss("on the way back", probes);
    tables();
  }

  // --- Looking ---------------------------------------------------------------------------------

  private boolean both(Predicate<SimulatedRouter> condition) {
    return condition.test(scene.branch()) && condition.test(scene.hub());
  }

  private static boolean tunnelsUp(SimulatedRouter router) {
    return router.ike().vpns().stream().filter(v -> v.up()).count() == 2;
  }

  private static boolean adjacent(SimulatedRouter router) {
    return router.engine().ospf().neighbors(router.now()).stream()
            .filter(n -> n.adjacent() != null)
            .count()
        == 2;
  }

  private static boolean watched(SimulatedRouter router) {
    return router.bfd().sessions().stream().filter(s -> s.state() == BfdState.UP).count() == 2;
  }

  private static boolean established(SimulatedRouter router) {
    return router.engine().bgp().neighbors().stream().allMatch(BgpNeighbor::isEstablished);
  }

  private String via(String prefix) {
    FibEntry entry = scene.branch().kernel().route(prefix);
    return entry == null ? "" : entry.nextHops().getFirst().out().toString();
  }

  private List<Probe> probe(Duration time) {
    List<Probe> probes = new ArrayList<>();
    for (long i = 0; i < time.dividedBy(PROBE_INTERVAL); i++) {
      probes.add(scene.probe());
      scene.network().run(PROBE_INTERVAL);
    }
    scene.network().run(Duration.ofMillis(200));
    return probes;
  }

  // --- Telling ---------------------------------------------------------------------------------

  private void say(String what) {
    out.printf("%8.3f s  %s%n", scene.network().time().nowNanos() / 1e9, what);
  }

  private void await(String what, Duration limit, BooleanSupplier condition) {
    expect(what, scene.network().runUntil(condition, limit));
  }

  private void expect(String what, boolean held) {
    say((held ? "" : "NOT: ") + what);
    failed |= !held;
  }

  private void expectNoLoss(String when, List<Probe> probes) {
    long lost = probes.stream().filter(p -> !p.answered()).count();
    expect("%s: %d probes, %d lost".formatted(when, probes.size(), lost), lost == 0);
  }

  private void tables() {
    for (SimulatedRouter router : List.of(scene.branch(), scene.hub())) {
      out.println();
      out.println("  " + router + ": the kernel's routes of ours");
      for (FibEntry entry : router.kernel().routes().ours()) {
        FibEntry.Hop hop = entry.nextHops().getFirst();
        String gateway = hop.gateway() == null ? "" : " via " + hop.gateway();
        out.printf("    %-20s%s%s%n", entry.prefix(), hop.out(), gateway);
      }
      router
          .ike()
          .vpns()
          .forEach(v -> {
            InterfaceName tunnel = v.bindInterface();
            out.printf("    %-20s%s %s%n", "vpn " + v.vpn(), tunnel, v.up() ? "up" : "down");
          });
    }
    out.println();
  }
}
