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
import java.util.HashSet;
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

  /** Which interfaces have the address, be they up or not. */
  private final Map<IpAddress, Set<InterfaceName>> own = new HashMap<>();

  /** By the interface they follow from. */
  private final Map<InterfaceName, SequencedMap<RouteKey, Route>> offered = new HashMap<>();

  @Nullable InterfaceState get(InterfaceName name) {
    return states.get(name);
  }

  /** The network or broadcast address of a subnet that the interface is on: no host's. */
  boolean isReserved(InterfaceName on, IpAddress address) {
    return reserved.getOrDefault(on, Set.of()).contains(address);
  }

  /**
   * True if the address is this router's own as seen on the interface: a packet sent there goes
   * nowhere. Link-local ones belong to their link; somebody else may have them on another.
   */
  boolean isOwn(InterfaceName on, IpAddress address) {
    Set<InterfaceName> holders = own.getOrDefault(address, Set.of());
    boolean linkLocal = address instanceof Ipv6Address v6 && v6.isLinkLocal();
    return linkLocal ? holders.contains(on) : !holders.isEmpty();
  }

  /** True if the address may be that of another router on the interface's link. */
  boolean mayBeGateway(InterfaceName on, IpAddress address) {
    return !isReserved(on, address) && !isOwn(on, address);
  }

  /**
   * What routes may see differently.
   *
   * @param addresses that have become this router's own on an interface, or are no longer
   */
  record Changed(SortedSet<InterfaceName> interfaces, SortedSet<IpAddress> addresses) {}

  /** Takes the changes over. */
  Changed apply(InterfaceChanges changes) {
    Changed changed = new Changed(new TreeSet<>(), new TreeSet<>());
    for (InterfaceName gone : changes.gone()) {
      reserved.remove(gone);
      InterfaceState before = states.remove(gone);
      if (before != null) {
        changed.interfaces.add(gone);
        changed.addresses.addAll(own(gone, before, null));
      }
    }
    for (InterfaceState state : changes.changed()) {
      InterfaceState before = states.put(state.name(), state);
      if (!state.equals(before)) {
        reserved.put(state.name(), reserved(state));
        changed.interfaces.add(state.name());
        changed.addresses.addAll(own(state.name(), before, state));
      }
    }
    return changed;
  }

  /** Keeps {@link #own}; returns the difference. */
  private Set<IpAddress> own(
      InterfaceName name, @Nullable InterfaceState before, @Nullable InterfaceState after) {
    Set<IpAddress> gone = addresses(before);
    Set<IpAddress> come = addresses(after);
    Set<IpAddress> changed = new HashSet<>(gone);
    changed.addAll(come);
    changed.removeIf(address -> gone.contains(address) && come.contains(address));
    for (IpAddress address : changed) {
      if (come.contains(address)) {
        own.computeIfAbsent(address, a -> new HashSet<>()).add(name);
      } else {
        own.computeIfPresent(
            address,
            (a, holders) -> {
              holders.remove(name);
              return holders.isEmpty() ? null : holders;
            });
      }
    }
    return changed;
  }

  private static Set<IpAddress> addresses(@Nullable InterfaceState state) {
    return state == null
        ? Set.of()
        : state.addresses().stream().map(InterfaceAddress::address).collect(Collectors.toSet());
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
