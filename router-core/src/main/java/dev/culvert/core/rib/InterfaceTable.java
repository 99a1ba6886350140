package dev.culvert.core.rib;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv6Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The interfaces as last told, and the direct and local routes that follow from them. */
final class InterfaceTable {
  private record RouteKey(IpPrefix prefix, RouteSource source) {}

  private final TreeMap<InterfaceName, InterfaceState> states = new TreeMap<>();

  /** Network and broadcast addresses of each interface's subnets: one may have very many. */
  private final Map<InterfaceName, Set<IpAddress>> reserved = new HashMap<>();

  /** By the interface they follow from. */
  private final Map<InterfaceName, SequencedMap<RouteKey, Route>> offered = new HashMap<>();

  @Nullable InterfaceState get(InterfaceName name) {
    return states.get(name);
  }

  /** The network or broadcast address of a subnet that the interface is on: no host's. */
  boolean isReserved(InterfaceName on, IpAddress address) {
    return reserved.getOrDefault(on, Set.of()).contains(address);
  }

  /** Takes the changes over; returns the interfaces that routes may see differently. */
  SortedSet<InterfaceName> apply(InterfaceChanges changes) {
    SortedSet<InterfaceName> changed = new TreeSet<>();
    for (InterfaceName gone : changes.gone()) {
      reserved.remove(gone);
      if (states.remove(gone) != null) {
        changed.add(gone);
      }
    }
    for (InterfaceState state : changes.changed()) {
      if (!state.equals(states.put(state.name(), state))) {
        reserved.put(state.name(), reserved(state));
        changed.add(state.name());
      }
    }
    return changed;
  }

  private static Set<IpAddress> reserved(InterfaceState state) {
    return state.addresses().stream()
        .flatMap(address -> address.reserved().stream())
        .collect(Collectors.toSet());
  }

  /** From the routes of those interfaces that were offered before to those of their states. */
  List<RouteUpdate> routeUpdates(SortedSet<InterfaceName> changed) {
    List<RouteUpdate> updates = new ArrayList<>();
    for (InterfaceName name : changed) {
      SequencedMap<RouteKey, Route> wanted = routes(states.get(name));
      SequencedMap<RouteKey, Route> before =
          wanted.isEmpty() ? offered.remove(name) : offered.put(name, wanted);
      compare(before == null ? new LinkedHashMap<>() : before, wanted, updates);
    }
    return updates;
  }

  private static SequencedMap<RouteKey, Route> routes(@Nullable InterfaceState state) {
    SequencedMap<RouteKey, Route> routes = new LinkedHashMap<>();
    if (state != null && state.up()) {
      state.addresses().forEach(address -> addRoutes(state, address, routes));
    }
    return routes;
  }

  private static void compare(
      SequencedMap<RouteKey, Route> before,
      SequencedMap<RouteKey, Route> wanted,
      List<RouteUpdate> updates) {
    for (RouteKey key : before.sequencedKeySet()) {
      if (!wanted.containsKey(key)) {
        updates.add(new RouteUpdate.Withdraw(table(key.prefix()), key.prefix(), key.source()));
      }
    }
    for (var entry : wanted.sequencedEntrySet()) {
      if (!entry.getValue().equals(before.get(entry.getKey()))) {
        updates.add(new RouteUpdate.Announce(table(entry.getKey().prefix()), entry.getValue()));
      }
    }
  }

  /** Every interface belongs to the master instance. */
  private static TableId table(IpPrefix prefix) {
    return TableId.of(prefix.family());
  }

  private static void addRoutes(
      InterfaceState state, InterfaceAddress address, SequencedMap<RouteKey, Route> routes) {
    IpAddress own = address.address();
    // Every interface has the same fe80::/64 and 127.0.0.0/8 leads nowhere: no table entry helps.
    if (own.isLoopback() || (own instanceof Ipv6Address v6 && v6.isLinkLocal())) {
      return;
    }
    IpPrefix subnet = address.prefix();
    // As in Junos, a host address is direct on the loopback and local anywhere else.
    if (state.loopback() || !subnet.isHost()) {
      add(state, RouteProtocol.DIRECT, subnet, new NextHop.Via(state.name(), null), routes);
    }
    if (!state.loopback() || !subnet.isHost()) {
      NextHop local = new NextHop.Local(state.name());
      add(state, RouteProtocol.LOCAL, IpPrefix.host(own), local, routes);
    }
  }

  private static void add(
      InterfaceState state,
      RouteProtocol protocol,
      IpPrefix prefix,
      NextHop nextHop,
      SequencedMap<RouteKey, Route> routes) {
    RouteSource source = new RouteSource(protocol, state.name().toString());
    routes.put(
        new RouteKey(prefix, source),
        new Route(
            prefix,
            source,
            protocol.defaultPreference(),
            0,
            0,
            List.of(nextHop),
            new RouteDetail.None()));
  }
}
