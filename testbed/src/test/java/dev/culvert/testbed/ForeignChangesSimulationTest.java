package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.RouteProtocolNumber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three offices whose kernels are not theirs alone: others add, replace and delete routes, ours
 * among them. What must hold once they rest: theirs are as they left them, ours are what routing
 * wants, and every office reaches every other.
 */
class ForeignChangesSimulationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** A comparison of the whole table, and what follows from it. */
  private static final Duration REST = Duration.ofMinutes(3);

  @ParameterizedTest
  @ValueSource(longs = {81, 82, 83})
  void whateverOthersDoToTheKernelsRoutes(long seed) {
    SimulatedNetwork network = new SimulatedNetwork(seed);
    MeshTopology mesh = new MeshTopology(network, 3, LinkConditions.INTERNET);
    mesh.start();
    assertThat(network.runUntil(mesh::fullyAdjacent, PATIENCE)).isTrue();
    SplittableRandom random = new SplittableRandom(seed);
    List<Others> others = new ArrayList<>();
    mesh.routers().forEach(r -> others.add(new Others(r.kernel().routes(), random)));

    for (int i = 0; i < 200; i++) {
      others.get(random.nextInt(others.size())).meddle();
      network.run(Duration.ofMillis(random.nextInt(1000)));
    }
    network.run(REST);

    for (int i = 0; i < others.size(); i++) {
      SimulatedRouter router = mesh.routers().get(i);
      assertThat(router.engine().fib().isSynchronized()).as("%s, seed %d", router, seed).isTrue();
      assertThat(router.kernel().routes().ours())
          .as("%s, seed %d", router, seed)
          .containsExactlyInAnyOrderElementsOf(router.engine().fib().installed());
      assertThat(router.kernel().routes().all().stream().filter(r -> !r.isOurs()))
          .as("%s, seed %d", router, seed)
          .containsExactlyInAnyOrderElementsOf(others.get(i).theirs);
    }
    assertThat(mesh.disagreements()).as("seed %d", seed).isEmpty();
  }

  /** Whoever else has a hand in a kernel. */
  private static final class Others {
    private final SimulatedRoutes routes;
    private final SplittableRandom random;
    private final List<KernelRoute> theirs = new ArrayList<>();

    Others(SimulatedRoutes routes, SplittableRandom random) {
      this.routes = routes;
      this.random = random;
    }

    void meddle() {
      List<KernelRoute> ours = routes.all().stream().filter(KernelRoute::isOurs).toList();
      if (ours.isEmpty()) {
        return;
      }
      KernelRoute victim = ours.get(random.nextInt(ours.size()));
      KernelRoute theirOwn =
          SimulatedRoutes.route(
              RouteProtocolNumber.STATIC,
              KernelRoute.METRIC,
              victim.key().prefix().toString(),
              "eth" + random.nextInt(3),
              null);
      switch (random.nextInt(6)) {
        case 0 -> routes.remove(victim);
        case 1 -> routes.removeSilently(victim);
        case 2 -> {
          KernelRoute first = routes.first(theirOwn);
          theirs.remove(first);
          routes.replace(theirOwn);
          theirs.add(theirOwn);
        }
        case 3 -> {
          if (!routes.all().contains(theirOwn)) {
            routes.prepend(theirOwn);
            theirs.add(theirOwn);
          }
        }
        case 4 -> {
          if (routes.add(theirOwn)) {
            theirs.add(theirOwn);
          }
        }
        default -> {
          if (!theirs.isEmpty()) {
            routes.remove(theirs.remove(random.nextInt(theirs.size())));
          }
        }
      }
    }
  }
}
