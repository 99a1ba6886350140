package dev.culvert.engine.system;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * The link addresses that the kernel is to write in front of packets into multipoint units, by next
 * hop: what is wanted, and what was made. What is done costs what differs, not what there is.
 */
final class TunnelNeighbors {
  /** Operations for one unit in one look. */
  private static final int MOST_CHANGES = 256;

  private static final class Unit {
    final Map<IpAddress, Long> wanted = new HashMap<>();
    final Map<IpAddress, Long> found = new HashMap<>();
    final SequencedSet<IpAddress> different = new LinkedHashSet<>();

    void compare(IpAddress address) {
      if (Objects.equals(wanted.get(address), found.get(address))) {
        different.remove(address);
      } else {
        different.add(address);
      }
    }
  }

  private final Map<InterfaceName, Unit> units = new HashMap<>();

  /**
   * @param linkAddress null where the unit has nobody with that address
   */
  void want(InterfaceName name, IpAddress address, @Nullable Long linkAddress) {
    Unit unit = units.computeIfAbsent(name, n -> new Unit());
    put(unit.wanted, address, linkAddress);
    unit.compare(address);
  }

  /** That and nothing else is wanted. */
  void wantOnly(InterfaceName name, Map<IpAddress, Long> linkAddresses) {
    Unit unit = units.computeIfAbsent(name, n -> new Unit());
    List<IpAddress> before = List.copyOf(unit.wanted.keySet());
    unit.wanted.clear();
    unit.wanted.putAll(linkAddresses);
    before.forEach(unit::compare);
    linkAddresses.keySet().forEach(unit::compare);
  }

  /** It was made, or (null) taken away. */
  void made(InterfaceName name, IpAddress address, @Nullable Long linkAddress) {
    Unit unit = units.get(name);
    if (unit != null) {
      put(unit.found, address, linkAddress);
      unit.compare(address);
    }
  }

  /** All entries of ours that the kernel has on the unit's device. */
  void read(InterfaceName name, Map<IpAddress, Long> linkAddresses) {
    Unit unit = units.computeIfAbsent(name, n -> new Unit());
    List<IpAddress> before = List.copyOf(unit.found.keySet());
    unit.found.clear();
    unit.found.putAll(linkAddresses);
    before.forEach(unit::compare);
    linkAddresses.keySet().forEach(unit::compare);
  }

  /** The device has gone or is down: the kernel has forgotten them all. */
  void lost(InterfaceName name) {
    if (units.containsKey(name)) {
      read(name, Map.of());
    }
  }

  void forget(InterfaceName name) {
    units.remove(name);
  }

  /** What is to be done on the device of that index. */
  List<SystemOperation.OfInterface> changes(InterfaceName name, int index) {
    Unit unit = units.get(name);
    List<SystemOperation.OfInterface> changes = new ArrayList<>();
    if (unit != null) {
      for (IpAddress address : unit.different) {
        if (changes.size() == MOST_CHANGES) {
          break;
        }
        Long wanted = unit.wanted.get(address);
        changes.add(
            wanted == null
                ? new SystemOperation.RemoveNeighbor(name, index, address)
                : new SystemOperation.SetNeighbor(name, index, address, wanted));
      }
    }
    return changes;
  }

  private static void put(Map<IpAddress, Long> map, IpAddress address, @Nullable Long value) {
    if (value == null) {
      map.remove(address);
    } else {
      map.put(address, value);
    }
  }
}
