package dev.culvert.core.rib;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv6Address;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The interfaces as last told, and the direct and local routes that follow from them. */
final class InterfaceTable {
  private record RouteKey(IpPrefix prefix, RouteSource source) {}

  private final TreeMap<InterfaceName, InterfaceState> states = new TreeMap<>();
  private SequencedMap<RouteKey, Route> offered = new LinkedHashMap<>();

  @Nullable InterfaceState get(InterfaceName name) {
    return states.get(name);
  }

  /** Takes over the states; returns the interfaces that routes may see differently. */
  SortedSet<InterfaceName> replace(List<InterfaceState> current) {
    TreeMap<InterfaceName, InterfaceState> before = new TreeMap<>(states);
    states.clear();
    current.forEach(state -> states.put(state.name(), state));
    SortedSet<InterfaceName> changed = new TreeSet<>(before.keySet());
    changed.addAll(states.keySet());
    changed.removeIf(name -> Objects.equals(before.get(name), states.get(name)));
    return changed;
  }

  /** From the routes offered before to those of the present states. */
  List<RouteUpdate> routeUpdates() {
    SequencedMap<RouteKey, Route> wanted = new LinkedHashMap<>();
    for (InterfaceState state : states.values()) {
      if (state.up()) {
        state.addresses().forEach(address -> addRoutes(state, address, wanted));
      }
    }
    List<RouteUpdate> updates = new ArrayList<>();
    for (RouteKey key : offered.sequencedKeySet()) {
      if (!wanted.containsKey(key)) {
        updates.add(new RouteUpdate.Withdraw(table(key.prefix()), key.prefix(), key.source()));
      }
    }
    for (var entry : wanted.sequencedEntrySet()) {
      if (!entry.getValue().equals(offered.get(entry.getKey()))) {
        updates.add(new RouteUpdate.Announce(table(entry.getKey().prefix()), entry.getValue()));
      }
    }
    offered = wanted;
    return updates;
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
