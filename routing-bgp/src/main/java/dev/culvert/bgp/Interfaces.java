package dev.culvert.bgp;

import dev.culvert.bgp.rib.OwnAddresses;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The IPv4 side of the interfaces that are up, as they were told last. */
final class Interfaces implements OwnAddresses {
  private static final int LENGTHS = 33;

  private final SortedMap<InterfaceName, InterfaceState> up = new TreeMap<>();

  /** How many interfaces have an address. */
  private final Map<Ipv4Address, Integer> addresses = new HashMap<>();

  /** Which addresses are in a subnet, of which interfaces. */
  private final Map<Ipv4Prefix, SortedMap<InterfaceName, List<Ipv4Address>>> subnets =
      new HashMap<>();

  /** How many subnets have a length: those with none need not be looked for. */
  private final int[] subnetsOfLength = new int[LENGTHS];

  /** See {@link #moved()}. */
  private final List<InterfaceAddress> moved = new ArrayList<>();

  /** See {@link #affected()}; true: it was there before the changes at hand. */
  private final SortedMap<Ipv4Address, Boolean> touchedAddresses = new TreeMap<>();

  private final Map<Ipv4Prefix, Boolean> touchedSubnets = new HashMap<>();
  private long generation;

  /** What a change means to whoever looks here. */
  enum Effect {
    NONE,
    /** Interfaces have changed, but no IPv4 address has come or gone. */
    STATES,
    ADDRESSES
  }

  Effect apply(InterfaceChanges changes) {
    moved.clear();
    touchedAddresses.clear();
    touchedSubnets.clear();
    Effect effect = Effect.NONE;
    for (InterfaceName gone : changes.gone()) {
      effect = greater(effect, replace(gone, up.remove(gone), null));
    }
    for (InterfaceState state : changes.changed()) {
      InterfaceState before = state.up() ? up.put(state.name(), state) : up.remove(state.name());
      effect = greater(effect, replace(state.name(), before, state.up() ? state : null));
    }
    generation += effect == Effect.ADDRESSES ? 1 : 0;
    return effect;
  }

  private Effect replace(
      InterfaceName name, @Nullable InterfaceState before, @Nullable InterfaceState after) {
    if (before == null ? after == null : before.equals(after)) {
      return Effect.NONE;
    }
    List<InterfaceAddress> former = addresses(before);
    List<InterfaceAddress> current = addresses(after);
    if (former.equals(current)) {
      return Effect.STATES;
    }
    moved.addAll(former);
    moved.addAll(current);
    former.forEach(address -> leave(name, address));
    current.forEach(address -> join(name, address));
    return Effect.ADDRESSES;
  }

  private void join(InterfaceName name, InterfaceAddress address) {
    Ipv4Address own = (Ipv4Address) address.address();
    Ipv4Prefix subnet = (Ipv4Prefix) address.prefix();
    touch(own, subnet);
    addresses.merge(own, 1, Integer::sum);
    if (!subnets.containsKey(subnet)) {
      subnetsOfLength[subnet.length()]++;
    }
    subnets
        .computeIfAbsent(subnet, prefix -> new TreeMap<>())
        .computeIfAbsent(name, of -> new ArrayList<>())
        .add(own);
  }

  private void leave(InterfaceName name, InterfaceAddress address) {
    Ipv4Address own = (Ipv4Address) address.address();
    Ipv4Prefix subnet = (Ipv4Prefix) address.prefix();
    touch(own, subnet);
    addresses.computeIfPresent(own, (of, count) -> count == 1 ? null : count - 1);
    SortedMap<InterfaceName, List<Ipv4Address>> members = subnets.get(subnet);
    List<Ipv4Address> there = members == null ? null : members.get(name);
    if (members == null || there == null) {
      throw new IllegalStateException(address + " was not on " + name);
    }
    there.remove(own);
    if (there.isEmpty()) {
      members.remove(name);
    }
    if (members.isEmpty()) {
      subnets.remove(subnet);
      subnetsOfLength[subnet.length()]--;
    }
  }

  private void touch(Ipv4Address own, Ipv4Prefix subnet) {
    touchedAddresses.putIfAbsent(own, addresses.containsKey(own));
    touchedSubnets.putIfAbsent(subnet, subnets.containsKey(subnet));
  }

  /** The addresses of the interfaces on which one came or went with the last changes. */
  List<InterfaceAddress> moved() {
    return moved;
  }

  /**
   * What the last changes have made ours, or connected, or no more so: a next hop in none of these
   * is what it was.
   */
  SequencedSet<Ipv4Prefix> affected() {
    TreeSet<Ipv4Prefix> affected = new TreeSet<>();
    touchedAddresses.forEach((own, was) -> {
      if (was != addresses.containsKey(own)) {
        affected.add(new Ipv4Prefix(own, LENGTHS - 1));
      }
    });
    touchedSubnets.forEach((subnet, was) -> {
      if (was != subnets.containsKey(subnet)) {
        affected.add(subnet);
      }
    });
    return affected;
  }

  private static Effect greater(Effect one, Effect other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  List<InterfaceAddress> addresses() {
    return up.values().stream().flatMap(state -> addresses(state).stream()).toList();
  }

  private static List<InterfaceAddress> addresses(@Nullable InterfaceState state) {
    return state == null
        ? List.of()
        : state.addresses().stream()
            .filter(address -> address.address().family() == AddressFamily.INET)
            .toList();
  }

  @Override
  public boolean isOurs(Ipv4Address address) {
    return addresses.containsKey(address);
  }

  @Override
  public boolean isConnected(Ipv4Address address) {
    for (int length = 0; length < LENGTHS; length++) {
      if (subnetsOfLength[length] > 0 && subnets.containsKey(new Ipv4Prefix(address, length))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public long generation() {
    return generation;
  }

  /** The first interface, by name, whose subnet holds the address of somebody else; or null. */
  @Nullable InterfaceState toward(Ipv4Address neighbor) {
    InterfaceName first = null;
    for (int length = 0; length < LENGTHS; length++) {
      SortedMap<InterfaceName, List<Ipv4Address>> members =
          subnetsOfLength[length] == 0 ? null : subnets.get(new Ipv4Prefix(neighbor, length));
      InterfaceName found = members == null ? null : firstBeside(neighbor, members);
      if (found != null && (first == null || found.compareTo(first) < 0)) {
        first = found;
      }
    }
    return first == null ? null : up.get(first);
  }

  private static @Nullable InterfaceName firstBeside(
      Ipv4Address neighbor, SortedMap<InterfaceName, List<Ipv4Address>> members) {
    return members.entrySet().stream()
        .filter(entry -> entry.getValue().stream().anyMatch(own -> !own.equals(neighbor)))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }
}
