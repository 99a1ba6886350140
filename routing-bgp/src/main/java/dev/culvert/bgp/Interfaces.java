package dev.culvert.bgp;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The IPv4 side of the interfaces that are up, as they were told last. */
final class Interfaces {
  private final SortedMap<InterfaceName, InterfaceState> up = new TreeMap<>();

  /** See {@link #moved()}. */
  private final List<InterfaceAddress> moved = new ArrayList<>();

  /** What a change means to whoever looks here. */
  enum Effect {
    NONE,
    /** Interfaces have changed, but no IPv4 address has come or gone. */
    STATES,
    ADDRESSES
  }

  Effect apply(InterfaceChanges changes) {
    moved.clear();
    Effect effect = Effect.NONE;
    for (InterfaceName gone : changes.gone()) {
      effect = greater(effect, effect(up.remove(gone), null));
    }
    for (InterfaceState state : changes.changed()) {
      InterfaceState before = state.up() ? up.put(state.name(), state) : up.remove(state.name());
      effect = greater(effect, effect(before, state.up() ? state : null));
    }
    return effect;
  }

  private Effect effect(@Nullable InterfaceState before, @Nullable InterfaceState after) {
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
    return Effect.ADDRESSES;
  }

  /** The addresses of the interfaces on which one came or went with the last changes. */
  List<InterfaceAddress> moved() {
    return moved;
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

  /** The interface whose subnet holds the address of somebody else, or null. */
  @Nullable InterfaceState toward(Ipv4Address neighbor) {
    for (InterfaceState state : up.values()) {
      for (InterfaceAddress address : state.addresses()) {
        if (address.prefix().contains(neighbor) && !address.address().equals(neighbor)) {
          return state;
        }
      }
    }
    return null;
  }
}
