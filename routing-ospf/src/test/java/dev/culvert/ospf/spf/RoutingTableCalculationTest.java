package dev.culvert.ospf.spf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.NextHop;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.RouterLsa;
import dev.culvert.ospf.packet.RouterLsa.Link;
import dev.culvert.ospf.packet.RouterLsa.LinkType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RoutingTableCalculationTest {
  private static final int UNREACHABLE = Integer.MAX_VALUE / 4;

  /** A directed cost from router to router; 0 means no link. */
  private int[][] cost;

  @Test
  void costsAndFirstHopsAgreeWithBellmanFordOnRandomGraphs() {
    for (long seed = 1; seed <= 200; seed++) {
      Random random = new Random(seed);
      int routers = 2 + random.nextInt(20);
      randomGraph(random, routers);
      RoutingTableCalculation.Result result =
          RoutingTableCalculation.compute(id(0), database(routers), rootLinks(routers));
      int[][] distances = new int[routers][];
      for (int from = 0; from < routers; from++) {
        distances[from] = bellmanFord(routers, from);
      }
      for (int to = 1; to < routers; to++) {
        Path path = result.prefixes().get(loopback(to));
        if (distances[0][to] >= UNREACHABLE) {
          assertThat(path).as("seed %d, router %d", seed, to).isNull();
        } else {
          assertThat(path.cost()).as("seed %d, router %d", seed, to).isEqualTo(distances[0][to]);
          assertThat(new TreeSet<>(path.nextHops().stream().map(h -> h.out().unit()).toList()))
              .as("seed %d, router %d", seed, to)
              .isEqualTo(firstHops(routers, distances, to));
        }
      }
    }
  }

  private void randomGraph(Random random, int routers) {
    cost = new int[routers][routers];
    for (int a = 0; a < routers; a++) {
      for (int b = a + 1; b < routers; b++) {
        if (random.nextInt(routers) < 3) {
          cost[a][b] = 1 + random.nextInt(4);
          // A link only one side advertises must not be used.
          cost[b][a] = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(4);
        }
      }
    }
  }

  private boolean isLink(int from, int to) {
    return cost[from][to] > 0 && cost[to][from] > 0;
  }

  private int[] bellmanFord(int routers, int root) {
    int[] distance = new int[routers];
    Arrays.fill(distance, UNREACHABLE);
    distance[root] = 0;
    for (int round = 0; round < routers; round++) {
      for (int from = 0; from < routers; from++) {
        for (int to = 0; to < routers; to++) {
          if (isLink(from, to)) {
            distance[to] = Math.min(distance[to], distance[from] + cost[from][to]);
          }
        }
      }
    }
    return distance;
  }

  private TreeSet<Integer> firstHops(int routers, int[][] distances, int to) {
    TreeSet<Integer> first = new TreeSet<>();
    for (int neighbor = 1; neighbor < routers; neighbor++) {
      if (isLink(0, neighbor) && cost[0][neighbor] + distances[neighbor][to] == distances[0][to]) {
        first.add(neighbor);
      }
    }
    return first;
  }

  private TreeMap<LsaKey, LsaBody> database(int routers) {
    TreeMap<LsaKey, LsaBody> database = new TreeMap<>();
    for (int from = 0; from < routers; from++) {
      List<Link> links = new ArrayList<>();
      for (int to = 0; to < routers; to++) {
        if (cost[from][to] > 0) {
          links.add(
              new Link(
                  LinkType.POINT_TO_POINT,
                  new Ipv4Address(id(to).bits()),
                  new Ipv4Address(from),
                  cost[from][to]));
        }
      }
      links.add(new Link(LinkType.STUB, loopback(from).network(), Ipv4Address.BROADCAST, 0));
      database.put(LsaKey.router(id(from)), new RouterLsa(0, links));
    }
    return database;
  }

  private List<RootLink> rootLinks(int routers) {
    List<RootLink> links = new ArrayList<>();
    links.add(new RootLink.Connected(loopback(0), 0, InterfaceName.of("lo0.0")));
    for (int to = 1; to < routers; to++) {
      if (cost[0][to] > 0) {
        NextHop.Via via = new NextHop.Via(new InterfaceName("st0", to), null);
        links.add(new RootLink.ToRouter(id(to), cost[0][to], via));
      }
    }
    return links;
  }

  private static RouterId id(int router) {
    return RouterId.of("10.255.0." + (router + 1));
  }

  private static Ipv4Prefix loopback(int router) {
    return Ipv4Prefix.of("10.255.0." + (router + 1) + "/32");
  }
}
