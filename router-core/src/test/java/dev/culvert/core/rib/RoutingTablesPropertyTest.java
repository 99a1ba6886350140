package dev.culvert.core.rib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Random histories: the tables agree with the {@link SlowRib} after every change. */
class RoutingTablesPropertyTest {
  private static final int SEEDS = 120;
  private static final int STEPS = 60;
  private static final Instant NOW = Instant.EPOCH;

  @Test
  void afterAnyHistoryTheTablesAgreeWithTheSlowTwin() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      World world = new World(seed);
      for (int step = 0; step < STEPS; step++) {
        world.change();
        world.check("seed " + seed + " step " + step);
      }
    }
  }

  @Test
  void theOrderInWhichOffersCameLeavesNoTrace() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      World world = new World(seed);
      for (int step = 0; step < STEPS; step++) {
        world.change();
      }
      RoutingTables fresh = new RoutingTables();
      List<Route> offers = new ArrayList<>(world.slow.offers);
      Collections.shuffle(offers, new Random(seed));
      fresh.tunnelsChanged(TableId.MASTER, outerRemotes(world.slow), NOW);
      for (Route offer : offers) {
        fresh.apply(
            List.of(new RouteUpdate.Announce(TableId.of(offer.prefix().family()), offer)), NOW);
      }
      fresh.interfacesChanged(
          InterfaceChanges.of(List.copyOf(world.slow.interfaces.values())), NOW);
      assertThat(actives(fresh)).as("seed %d", seed).isEqualTo(actives(world.tables));
    }
  }

  private static TreeMap<InterfaceName, SortedSet<IpAddress>> outerRemotes(SlowRib slow) {
    TreeMap<InterfaceName, SortedSet<IpAddress>> remotes = new TreeMap<>();
    slow.tunnels.forEach((tunnel, outer) -> remotes.put(tunnel, new TreeSet<>(Set.of(outer))));
    return remotes;
  }

  private static TreeMap<IpPrefix, SlowRib.Active> actives(RoutingTables tables) {
    TreeMap<IpPrefix, SlowRib.Active> actives = new TreeMap<>();
    for (AddressFamily family : AddressFamily.values()) {
      tables
          .table(TableId.of(family))
          .forEachActive(a -> actives.put(a.prefix(), new SlowRib.Active(a.route(), a.resolved())));
    }
    return actives;
  }

  private static final class World {
    final SplittableRandom random;
    final RoutingTables tables = new RoutingTables();
    final SlowRib slow = new SlowRib();

    /** What a listener that folds the deltas believes. */
    final TreeMap<IpPrefix, SlowRib.Active> folded = new TreeMap<>();

    final TreeMap<IpAddress, ResolvedNextHop> tracked = new TreeMap<>();

    World(long seed) {
      random = new SplittableRandom(seed);
      for (int i = 0; i < 4; i++) {
        IpAddress address = address(random.nextBoolean());
        if (!tracked.containsKey(address)) {
          tracked.put(address, tables.trackNextHop(TableId.of(address.family()), address));
        }
      }
    }

    void change() {
      switch (random.nextInt(8)) {
        case 0 -> {
          SortedMap<InterfaceName, InterfaceState> before = new TreeMap<>(slow.interfaces);
          changeInterface();
          List<InterfaceState> after = List.copyOf(slow.interfaces.values());
          fold(tables.interfacesChanged(InterfaceChanges.between(before, after), NOW));
        }
        case 1 -> {
          InterfaceName tunnel = tunnel(random.nextInt(3));
          if (random.nextInt(3) == 0) {
            slow.tunnels.remove(tunnel);
          } else {
            slow.tunnels.put(tunnel, address(random.nextInt(4) > 0));
          }
          SortedSet<IpAddress> ofTunnel = outerRemotes(slow).getOrDefault(tunnel, new TreeSet<>());
          fold(
              random.nextBoolean()
                  ? tables.tunnelsChanged(TableId.MASTER, outerRemotes(slow), NOW)
                  : tables.tunnelChanged(TableId.MASTER, tunnel, ofTunnel, NOW));
        }
        default -> {
          List<RouteUpdate> updates = new ArrayList<>();
          for (int i = random.nextInt(1, 4); i > 0; i--) {
            updates.add(update());
          }
          updates.forEach(slow::apply);
          fold(tables.apply(updates, NOW));
        }
      }
    }

    void check(String where) {
      TreeMap<IpPrefix, SlowRib.Active> expected = slow.active();
      assertThat(actives(tables)).as(where).isEqualTo(expected);
      assertThat(folded).as(where + " folded deltas").isEqualTo(expected);
      assertNoTunnelCarriesItself(expected, where);
      for (NextHopChange change : tables.takeNextHopChanges()) {
        tracked.put(change.address(), change.after());
      }
      for (var entry : tracked.entrySet()) {
        tables.untrackNextHop(TableId.of(entry.getKey().family()), entry.getKey());
        assertThat(tables.trackNextHop(TableId.of(entry.getKey().family()), entry.getKey()))
            .as(where + " tracked " + entry.getKey())
            .isEqualTo(entry.getValue());
        SlowRib.Active longest = SlowRib.longest(expected, entry.getKey());
        ActiveRoute found =
            tables.table(TableId.of(entry.getKey().family())).lookup(entry.getKey());
        assertThat(found == null ? null : found.route())
            .as(where + " lookup " + entry.getKey())
            .isEqualTo(longest == null ? null : longest.route());
      }
      for (AddressFamily family : AddressFamily.values()) {
        for (RouteEntry entry : tables.table(TableId.of(family)).entries()) {
          for (RouteEntry.Candidate c : entry.candidates()) {
            assertThat(c.resolved().isEmpty()).as(where).isEqualTo(c.hiddenReason() != null);
          }
        }
      }
    }

    private void assertNoTunnelCarriesItself(
        TreeMap<IpPrefix, SlowRib.Active> active, String where) {
      TreeMap<InterfaceName, java.util.Set<InterfaceName>> edges = new TreeMap<>();
      slow.tunnels.forEach((tunnel, outer) -> {
        SlowRib.Active carrier = SlowRib.longest(active, outer);
        if (carrier != null) {
          edges.put(tunnel, slow.tunnelsOf(carrier));
        }
      });
      for (InterfaceName tunnel : edges.keySet()) {
        assertThat(SlowRib.reach(edges, tunnel)).as(where).doesNotContain(tunnel);
      }
    }

    private void fold(List<RibDelta> deltas) {
      for (RibDelta delta : deltas) {
        SlowRib.Active before =
            delta.before() == null
                ? null
                : new SlowRib.Active(delta.before().route(), delta.before().resolved());
        assertThat(folded.get(delta.prefix())).isEqualTo(before);
        if (delta.after() == null) {
          folded.remove(delta.prefix());
        } else {
          folded.put(
              delta.prefix(), new SlowRib.Active(delta.after().route(), delta.after().resolved()));
        }
      }
    }

    private void changeInterface() {
      int n = random.nextInt(6);
      boolean v4 = random.nextInt(3) > 0;
      InterfaceName name =
          n < 3 ? tunnel(n) : InterfaceName.of(n == 5 ? "lo0.0" : "eth" + (n - 3) + ".0");
      if (random.nextInt(5) == 0) {
        slow.interfaces.remove(name);
        return;
      }
      int length = n == 5 ? (v4 ? 32 : 128) : (v4 ? 26 + random.nextInt(5) : 122);
      slow.interfaces.put(
          name,
          new InterfaceState(
              name,
              n + 1,
              random.nextInt(4) > 0,
              n < 3,
              n == 5,
              1500,
              random.nextInt(3) == 0
                  ? List.of()
                  : List.of(new InterfaceAddress(address(v4), length))));
    }

    private RouteUpdate update() {
      boolean v4 = random.nextInt(4) > 0;
      IpPrefix prefix = IpPrefix.of(address(v4), v4 ? length(32, random) : length(128, random));
      RouteProtocol protocol =
          switch (random.nextInt(4)) {
            case 0 -> RouteProtocol.STATIC;
            case 1 -> RouteProtocol.OSPF_INTERNAL;
            case 2 -> RouteProtocol.OSPF_EXTERNAL;
            default -> RouteProtocol.BGP;
          };
      RouteSource source = new RouteSource(protocol, String.valueOf(random.nextInt(2)));
      if (random.nextInt(3) == 0) {
        return new RouteUpdate.Withdraw(TableId.of(prefix.family()), prefix, source);
      }
      List<NextHop> hops = new ArrayList<>();
      for (int i = random.nextInt(6) == 0 ? 2 : 1; i > 0; i--) {
        hops.add(nextHop(protocol, v4));
      }
      long preference =
          random.nextInt(4) == 0 ? random.nextInt(3) * 5 : protocol.defaultPreference();
      return new RouteUpdate.Announce(
          TableId.of(prefix.family()),
          new Route(
              prefix,
              source,
              preference,
              random.nextInt(3),
              random.nextInt(2),
              hops,
              new RouteDetail.None()));
    }

    private NextHop nextHop(RouteProtocol protocol, boolean v4) {
      boolean recursive =
          protocol == RouteProtocol.BGP
              ? random.nextInt(8) > 0
              : protocol == RouteProtocol.STATIC && random.nextBoolean();
      if (recursive) {
        return new NextHop.Recursive(address(v4));
      }
      return switch (random.nextInt(8)) {
        case 0 -> new NextHop.Discard();
        case 1, 2 ->
            new NextHop.Via(InterfaceName.of("eth" + random.nextInt(2) + ".0"), address(v4));
        default -> new NextHop.Via(tunnel(random.nextInt(3)), null);
      };
    }

    private static int length(int bits, SplittableRandom random) {
      return switch (random.nextInt(4)) {
        case 0 -> bits;
        case 1 -> random.nextInt(2) * (bits - 6);
        default -> bits - random.nextInt(7);
      };
    }

    private static InterfaceName tunnel(int unit) {
      return new InterfaceName("st0", unit);
    }

    /** Of 64 addresses of the family, so that everything meets everything. */
    private IpAddress address(boolean v4) {
      int host = random.nextInt(64);
      return v4
          ? new Ipv4Address(0x0A00_0000 + host)
          : new Ipv6Address(0x2001_0DB8_0000_0000L, host);
    }
  }
}
