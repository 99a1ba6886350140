package dev.culvert.rip;

import static dev.culvert.rip.Played.blackhole;
import static dev.culvert.rip.Played.config;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.rip.VirtualNetwork.VirtualRouter;
import dev.culvert.rip.VirtualNetwork.Wire;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Twenty routers in a mesh whose wires are cut and mended: once it is quiet, every routing table is
 * that of an oracle (Bellman and Ford, all at once), and it is quiet before the bound: a way that
 * is no way counts to infinity in at most sixteen triggered updates, five seconds apart.
 */
class MeshSimulationTest {
  private static final int ROUTERS = 20;
  private static final int EXTRA_WIRES = 10;
  private static final int INFINITY = RipFlavor.INFINITY;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** Of counting, once the loss is noticed. */
  private static final Duration BOUND = LONGEST_PAUSE.multipliedBy(INFINITY);

  private static final Duration ROUTE_TIMEOUT = Duration.ofSeconds(180);

  /**
   * An update gets lost on a wire only while that is cut: what is left is the next periodic one.
   */
  private static final Duration UPDATE = Duration.ofSeconds(36);

  private record Edge(int from, int to, Wire wire) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void everyTableIsTheOraclesSoonAfterEachCut(long seed) {
    simulate(RipFlavor.RIP, seed);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12})
  void ofRipngToo(long seed) {
    simulate(RipFlavor.RIPNG, seed);
  }

  private void simulate(RipFlavor flavor, long seed) {
    Random random = new Random(seed);
    VirtualNetwork network = new VirtualNetwork(flavor, seed);
    List<Edge> edges = new ArrayList<>();
    for (int i = 0; i < ROUTERS; i++) {
      network.router("r" + i);
    }
    for (int i = 1; i < ROUTERS; i++) {
      join(network, edges, i, random.nextInt(i));
    }
    for (int i = 0; i < EXTRA_WIRES; i++) {
      int from = random.nextInt(ROUTERS);
      join(network, edges, from, (from + 1 + random.nextInt(ROUTERS - 1)) % ROUTERS);
    }
    for (int i = 0; i < ROUTERS; i++) {
      VirtualRouter router = network.routers.get(i);
      router.apply(blackhole(prefix(flavor, i).toString()));
      router.commit(
          config(router.links.keySet().stream().map(Object::toString).toArray(String[]::new)));
    }
    network.run(BOUND);
    compare(network, edges, "seed " + seed + " at the start");
    for (int change = 0; change < 12; change++) {
      boolean noticed = random.nextBoolean();
      restoreLinks(edges);
      for (int i = 0; i <= random.nextInt(3); i++) {
        Edge edge = edges.get(random.nextInt(edges.size()));
        edge.wire().cut = !edge.wire().cut;
        if (noticed || !edge.wire().cut) {
          edge.wire()
              .ports
              .forEach(port -> port.router().setUp(port.name().toString(), !edge.wire().cut));
        }
      }
      Instant changed = network.now;
      // Wires that were cut without a word stay up, and the silence is noticed in time.
      network.run(ROUTE_TIMEOUT.plus(BOUND));
      String as = "seed %d after change %d at %s".formatted(seed, change, changed);
      compare(network, edges, as);
      Instant quiet = network.lastRouteChange;
      network.run(Duration.ofMinutes(3));
      assertThat(network.lastRouteChange).as(as + ": quiet stays quiet").isEqualTo(quiet);
      Duration bound = noticed ? BOUND : ROUTE_TIMEOUT.plus(BOUND);
      assertThat(Duration.between(changed, quiet))
          .as(as + ": no count to infinity beyond the bound")
          .isLessThanOrEqualTo(bound);
    }
  }

  /** Whether a link is up is once more whether its wire is whole. */
  private static void restoreLinks(List<Edge> edges) {
    for (Edge edge : edges) {
      edge.wire()
          .ports
          .forEach(port -> {
            boolean up = port.router().links.get(port.name()).up();
            if (up == edge.wire().cut) {
              port.router().setUp(port.name().toString(), !edge.wire().cut);
            }
          });
    }
  }

  private static void join(VirtualNetwork network, List<Edge> edges, int from, int to) {
    int number = edges.size();
    boolean six = network.flavor == RipFlavor.RIPNG;
    String left =
        six ? "fe80::1:" + Integer.toHexString(number) + "/64" : "10.200." + number + ".1/30";
    String right =
        six ? "fe80::2:" + Integer.toHexString(number) + "/64" : "10.200." + number + ".2/30";
    String name = "st0." + number;
    Wire wire = network.attach(network.routers.get(from), null, name, true, left);
    network.attach(network.routers.get(to), wire, name, true, right);
    edges.add(new Edge(from, to, wire));
  }

  private static IpPrefix prefix(RipFlavor flavor, int router) {
    return IpPrefix.parse(
            flavor == RipFlavor.RIP
                ? "10.100." + router + ".0/24"
                : "2001:db8:" + Integer.toHexString(router + 1) + "::/48")
        .orElseThrow();
  }

  private static void compare(VirtualNetwork network, List<Edge> edges, String as) {
    for (int destination = 0; destination < ROUTERS; destination++) {
      int[] hops = oracle(edges, destination);
      for (int router = 0; router < ROUTERS; router++) {
        if (router == destination) {
          continue;
        }
        Map<IpPrefix, Long> expected = new TreeMap<>();
        IpPrefix prefix = prefix(network.flavor, destination);
        if (hops[router] + 1 < INFINITY) {
          expected.put(prefix, (long) hops[router] + 1);
        }
        Map<IpPrefix, Long> found = new TreeMap<>(network.routers.get(router).learned());
        found.keySet().retainAll(List.of(prefix));
        assertThat(found).as("%s: r%d to r%d", as, router, destination).isEqualTo(expected);
      }
    }
  }

  /** Hops to the destination along whole wires, by relaxing every wire until nothing moves. */
  private static int[] oracle(List<Edge> edges, int destination) {
    int[] hops = new int[ROUTERS];
    Arrays.fill(hops, INFINITY);
    hops[destination] = 0;
    boolean moved = true;
    while (moved) {
      moved = false;
      for (Edge edge : edges) {
        if (!edge.wire().cut) {
          moved |= relax(hops, edge.from(), edge.to()) | relax(hops, edge.to(), edge.from());
        }
      }
    }
    return hops;
  }

  private static boolean relax(int[] hops, int from, int to) {
    if (hops[from] + 1 >= hops[to]) {
      return false;
    }
    hops[to] = hops[from] + 1;
    return true;
  }
}
