package dev.culvert.core.rib;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The obvious routing table: one list of offers of both families, everything worked out anew by
 * linear scans each time it is asked.
 */
final class SlowRib {
  record Active(Route route, List<NextHop> hops) {}

  private record Loop(IpPrefix at) {}

  final List<Route> offers = new ArrayList<>();
  final TreeMap<InterfaceName, InterfaceState> interfaces = new TreeMap<>();
  final TreeMap<InterfaceName, IpAddress> tunnels = new TreeMap<>();
  private Set<Route> vetoed = Set.of();

  void apply(RouteUpdate update) {
    offers.removeIf(r -> r.prefix().equals(update.prefix()) && r.source().equals(update.source()));
    if (update instanceof RouteUpdate.Announce(TableId table, Route route)) {
      offers.add(route);
    }
  }

  /** Every active route, vetoes found by the rule: first tunnel first, from nothing. */
  TreeMap<IpPrefix, Active> active() {
    vetoed = new LinkedHashSet<>();
    while (true) {
      TreeMap<IpPrefix, Active> active = choose();
      Route recursion = firstRecursion(active);
      if (recursion == null) {
        return active;
      }
      vetoed.add(recursion);
    }
  }

  private @Nullable Route firstRecursion(TreeMap<IpPrefix, Active> active) {
    TreeMap<InterfaceName, Set<InterfaceName>> carriers = new TreeMap<>();
    for (InterfaceName tunnel : tunnels.keySet()) {
      Active carrier = longest(active, tunnels.get(tunnel));
      if (carrier == null) {
        continue;
      }
      carriers.put(tunnel, tunnelsOf(carrier));
      if (reach(carriers, tunnel).contains(tunnel)) {
        return carrier.route();
      }
    }
    return null;
  }

  Set<InterfaceName> tunnelsOf(Active route) {
    Set<InterfaceName> result = new TreeSet<>();
    for (NextHop hop : route.hops()) {
      if (hop instanceof NextHop.Via via && tunnels.containsKey(via.out())) {
        result.add(via.out());
      }
    }
    return result;
  }

  /** Everything reachable in one or more steps, by plain iteration. */
  static Set<InterfaceName> reach(
      TreeMap<InterfaceName, Set<InterfaceName>> edges, InterfaceName from) {
    Set<InterfaceName> reached = new TreeSet<>(edges.getOrDefault(from, Set.of()));
    while (true) {
      Set<InterfaceName> more = new TreeSet<>(reached);
      reached.forEach(r -> more.addAll(edges.getOrDefault(r, Set.of())));
      if (more.equals(reached)) {
        return reached;
      }
      reached = more;
    }
  }

  static @Nullable Active longest(TreeMap<IpPrefix, Active> active, IpAddress address) {
    return active.values().stream()
        .filter(a -> a.route().prefix().contains(address))
        .max(Comparator.comparing(a -> a.route().prefix().length()))
        .orElse(null);
  }

  private TreeMap<IpPrefix, Active> choose() {
    TreeMap<IpPrefix, Active> active = new TreeMap<>();
    for (IpPrefix prefix : prefixes()) {
      for (Route route : at(prefix)) {
        if (vetoed.contains(route)) {
          continue;
        }
        // Hops as the route has them; only recursive ones are replaced by what they lead to.
        Object hops = hopsOf(route, null, new ArrayList<>(List.of(prefix)));
        if (hops instanceof List<?> list && !list.isEmpty()) {
          active.put(prefix, new Active(route, list.stream().map(NextHop.class::cast).toList()));
          break;
        }
      }
    }
    return active;
  }

  /** Next hops, or a {@link Loop}, or null if they belong to this router. */
  private @Nullable Object hopsOf(Route route, @Nullable IpAddress toward, List<IpPrefix> chain) {
    LinkedHashSet<NextHop> hops = new LinkedHashSet<>();
    for (NextHop hop : route.nextHops()) {
      if (hop instanceof NextHop.Via via) {
        InterfaceState state = interfaces.get(via.out());
        if (state == null || !state.up()) {
          continue;
        }
        if (toward != null && state.loopback()) {
          return null;
        }
        IpAddress gateway = via.gateway();
        if (gateway != null && (isReserved(gateway, state) || isOwn(gateway))) {
          continue;
        }
        boolean complete = toward == null || via.gateway() != null || state.pointToPoint();
        if (toward != null && !complete && isReserved(toward, state)) {
          return null;
        }
        hops.add(complete ? via : new NextHop.Via(via.out(), toward));
      } else if (hop instanceof NextHop.Recursive(IpAddress address)) {
        Object found = find(address, route.protocol() == RouteProtocol.STATIC, chain);
        if (found instanceof Loop(IpPrefix at) && !at.equals(chain.getLast())) {
          return found;
        }
        if (found instanceof List<?> list) {
          list.forEach(h -> hops.add((NextHop) h));
        }
      } else if (hop instanceof NextHop.Local && toward != null) {
        return null;
      } else {
        hops.add(hop);
      }
    }
    return new ArrayList<>(hops);
  }

  private boolean isOwn(IpAddress address) {
    return interfaces.values().stream()
        .flatMap(state -> state.addresses().stream())
        .anyMatch(own -> own.address().equals(address));
  }

  private static boolean isReserved(IpAddress address, InterfaceState on) {
    for (InterfaceAddress own : on.addresses()) {
      if (own.prefix() instanceof Ipv4Prefix subnet && subnet.length() < 31) {
        int first = subnet.network().bits();
        int last = first + (int) (1L << (32 - subnet.length())) - 1;
        if (address.equals(new Ipv4Address(first)) || address.equals(new Ipv4Address(last))) {
          return true;
        }
      }
    }
    return false;
  }

  private @Nullable Object find(IpAddress address, boolean interiorOnly, List<IpPrefix> chain) {
    List<IpPrefix> covering =
        prefixes().stream()
            .filter(p -> p.contains(address))
            .sorted(Comparator.comparing(IpPrefix::length).reversed())
            .toList();
    for (IpPrefix prefix : covering) {
      if (chain.contains(prefix)) {
        return new Loop(prefix);
      }
      for (Route route : at(prefix)) {
        boolean interior =
            switch (route.protocol()) {
              case DIRECT, LOCAL, OSPF_INTERNAL, OSPF_EXTERNAL, RIP, RIPNG -> true;
              default -> false;
            };
        if (vetoed.contains(route) || (interiorOnly && !interior)) {
          continue;
        }
        List<IpPrefix> longer = new ArrayList<>(chain);
        longer.add(prefix);
        Object found = hopsOf(route, address, longer);
        if (!(found instanceof List<?> hops) || !hops.isEmpty()) {
          return found;
        }
      }
    }
    return List.of();
  }

  private Set<IpPrefix> prefixes() {
    Set<IpPrefix> prefixes = new TreeSet<>();
    allOffers().forEach(r -> prefixes.add(r.prefix()));
    return prefixes;
  }

  private List<Route> at(IpPrefix prefix) {
    return allOffers().stream()
        .filter(r -> r.prefix().equals(prefix))
        .sorted(
            Comparator.comparing(Route::preference)
                .thenComparing(Route::protocol)
                .thenComparing(Route::rank)
                .thenComparing(Route::metric)
                .thenComparing(Route::source))
        .toList();
  }

  private List<Route> allOffers() {
    List<Route> all = new ArrayList<>(offers);
    for (InterfaceState state : interfaces.values()) {
      for (InterfaceAddress address :
          state.up() ? state.addresses() : List.<InterfaceAddress>of()) {
        all.add(
            own(
                state,
                RouteProtocol.DIRECT,
                address.prefix(),
                new NextHop.Via(state.name(), null)));
        if (!state.loopback()) {
          all.add(
              own(
                  state,
                  RouteProtocol.LOCAL,
                  IpPrefix.host(address.address()),
                  new NextHop.Local(state.name())));
        }
      }
    }
    return all;
  }

  private static Route own(
      InterfaceState state, RouteProtocol protocol, IpPrefix prefix, NextHop nextHop) {
    RouteSource source = new RouteSource(protocol, state.name().toString());
    return new Route(prefix, source, 0, 0, 0, List.of(nextHop), new RouteDetail.None());
  }
}
