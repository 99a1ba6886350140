package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.path.AsPath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random offers of BGP, OSPF and static routes over a few prefixes that hold each other's next
 * hops: after each of them the router settles, on what it would have settled on from the start.
 */
class SettlePropertyTest {
  private static final int SEEDS = 60;
  private static final int STEPS = 60;
  private static final int FIRST_PEER = 11;
  private static final int PEERS = 4;

  /** Prefixes of three lengths, and next hops inside of them. */
  private static final List<String> PREFIXES =
      List.of(
          "10.10.0.0/16",
          "10.10.1.0/24",
          "10.10.1.1/32",
          "10.20.0.0/16",
          "10.20.1.0/24",
          "10.20.1.1/32",
          "10.30.0.0/16",
          "10.30.1.0/24",
          "10.0.0.0/8",
          "0.0.0.0/0");

  private static final List<String> NEXT_HOPS =
      List.of(
          "10.10.0.1",
          "10.10.1.1",
          "10.20.0.1",
          "10.20.1.1",
          "10.30.0.1",
          "10.30.1.1",
          "10.40.0.1",
          "192.0.2.77");

  @Test
  void anyOffersSettleOnTheSameRoutesWhateverTheirHistory() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      History history = new History(seed);
      for (int step = 0; step < STEPS; step++) {
        history.change();
      }
      SortedMap<String, FibEntry> afresh = history.afresh();
      assertThat(history.router.kernel).as("seed %d", seed).isEqualTo(afresh);
    }
  }

  private static final class History {
    final ScriptedRouter router = started();
    private final long seed;
    private final SplittableRandom random;
    private final Map<String, Runnable> offers = new TreeMap<>();
    private ScriptedRouter told = router;
    private String statics = "";

    History(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
    }

    private static ScriptedRouter started() {
      ScriptedRouter router = new ScriptedRouter();
      router.start("");
      for (int peer = FIRST_PEER; peer < FIRST_PEER + PEERS; peer++) {
        router.establish(peer);
      }
      return router;
    }

    void change() {
      switch (random.nextInt(8)) {
        case 0 -> {
          statics = random.nextInt(3) == 0 ? "" : staticRoutes();
          router.commit(statics, "");
        }
        case 1, 2 -> ospf(one(PREFIXES));
        default -> bgp(FIRST_PEER + random.nextInt(PEERS), one(PREFIXES));
      }
    }

    private String staticRoutes() {
      return "static { route "
          + one(PREFIXES)
          + " next-hop "
          + one(NEXT_HOPS)
          + "; route 10.40.0.0/16 next-hop "
          + one(List.of("198.51.100.254", "10.20.0.1"))
          + "; }";
    }

    private void ospf(String prefix) {
      if (random.nextInt(2) == 0) {
        offers.remove("ospf " + prefix);
        router.ospfLoses(prefix);
      } else {
        int eth = random.nextInt(1, 3);
        int metric = random.nextInt(1, 20);
        offer("ospf " + prefix, () -> told.ospf(prefix, eth, metric));
      }
    }

    private void bgp(int peer, String prefix) {
      if (random.nextInt(4) == 0) {
        offers.remove(peer + " " + prefix);
        router.withdraw(peer, prefix);
        return;
      }
      PathAttributes.Builder attributes =
          PathAttributes.originated().toBuilder()
              .nextHop(Ipv4Address.of(one(NEXT_HOPS)))
              .asPath(AsPath.sequence(random.nextLong(65010, 65012)))
              .med(random.nextLong(3));
      offer(peer + " " + prefix, () -> told.announce(peer, prefix, attributes));
    }

    private void offer(String name, Runnable offer) {
      offers.put(name, offer);
      offer.run();
    }

    /** Another router that is told the offers in force only, in another order. */
    SortedMap<String, FibEntry> afresh() {
      told = started();
      told.commit(statics, "");
      List<Runnable> inForce = new ArrayList<>(offers.values());
      Collections.shuffle(inForce, new Random(seed));
      inForce.forEach(Runnable::run);
      return told.kernel;
    }

    private String one(List<String> of) {
      return of.get(random.nextInt(of.size()));
    }
  }
}
