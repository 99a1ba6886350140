package dev.culvert.engine.system;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's devices with what stands on them, and what this router has changed there. Devices
 * change their names, so all of it is kept by index.
 */
final class FoundDevices {
  /** A device, and what is remembered of it. */
  static final class Entry {
    FoundDevice device;

    /** All that are there, ours and others'. */
    final SequencedSet<InterfaceAddress> addresses = new LinkedHashSet<>();

    /** Those of them that this router has put there, in this run or an earlier one. */
    final SequencedSet<InterfaceAddress> ours = new LinkedHashSet<>();

    /** What this router has set its MTU to; 0 if it has not. */
    int mtuSet;

    /** Its MTU before that. */
    int mtuBefore;

    /** It was up, and this router has taken it down. */
    boolean takenDown;

    private Entry(FoundDevice device) {
      this.device = device;
    }

    /** Before this router sets another. */
    void rememberMtu() {
      if (mtuSet == 0) {
        mtuBefore = device.mtu();
      }
    }

    /** It is as it was, or as somebody else wants it. */
    void forgetMtu() {
      mtuBefore = 0;
      mtuSet = 0;
    }
  }

  private final SortedMap<Integer, Entry> byIndex = new TreeMap<>();
  private final Map<InterfaceName, Integer> byName = new HashMap<>();

  @Nullable Entry get(int index) {
    return byIndex.get(index);
  }

  @Nullable Entry get(InterfaceName name) {
    Integer index = byName.get(name);
    return index == null ? null : byIndex.get(index);
  }

  /** 0 if there is no such device. */
  int mtu(InterfaceName name) {
    Entry entry = get(name);
    return entry == null ? 0 : entry.device.mtu();
  }

  List<Entry> all() {
    return List.copyOf(byIndex.values());
  }

  /** Takes what a device is like; null if it was not known. */
  @Nullable FoundDevice put(FoundDevice device) {
    Entry entry = byIndex.get(device.index());
    FoundDevice before = entry == null ? null : entry.device;
    if (entry == null) {
      byIndex.put(device.index(), new Entry(device));
    } else {
      byName.remove(entry.device.name(), device.index());
      entry.device = device;
    }
    byName.put(device.name(), device.index());
    return before;
  }

  /** Null if it was not known. */
  @Nullable FoundDevice remove(int index) {
    Entry entry = byIndex.remove(index);
    if (entry == null) {
      return null;
    }
    byName.remove(entry.device.name(), index);
    return entry.device;
  }

  /** This router has set it. */
  void mtuSet(int index, int mtu) {
    Entry entry = byIndex.get(index);
    if (entry != null) {
      FoundDevice device = entry.device;
      entry.mtuSet = mtu;
      entry.device = new FoundDevice(index, device.name(), device.isUp(), mtu);
    }
  }

  /** This router has set it. */
  void linkSet(int index, boolean up) {
    Entry entry = byIndex.get(index);
    if (entry != null) {
      FoundDevice device = entry.device;
      entry.takenDown = !up;
      entry.device = new FoundDevice(index, device.name(), up, device.mtu());
    }
  }

  /** An address of a device that is not known says nothing: the device will be told of. */
  void addAddress(FoundAddress found) {
    Entry entry = byIndex.get(found.index());
    if (entry != null) {
      entry.addresses.add(found.address());
      if (found.isOurs()) {
        entry.ours.add(found.address());
      }
    }
  }

  /** The same address with another prefix length, of which the kernel has but one; null if none. */
  @Nullable InterfaceAddress inTheWay(int index, InterfaceAddress wanted) {
    Entry entry = byIndex.get(index);
    return entry == null
        ? null
        : entry.addresses.stream()
            .filter(there -> there.address().equals(wanted.address()))
            .findFirst()
            .orElse(null);
  }

  /** True if it was one of ours. */
  boolean removeAddress(int index, InterfaceAddress address) {
    Entry entry = byIndex.get(index);
    if (entry == null) {
      return false;
    }
    entry.addresses.remove(address);
    return entry.ours.remove(address);
  }

  /**
   * Takes a device's addresses as they were read. Which of them this run has put there is known
   * still: kernels before 5.18 keep no marks.
   */
  void replaceAddresses(int index, List<FoundAddress> read) {
    Entry entry = byIndex.get(index);
    if (entry == null) {
      return;
    }
    SequencedSet<InterfaceAddress> before = new LinkedHashSet<>(entry.ours);
    entry.addresses.clear();
    entry.ours.clear();
    read.forEach(this::addAddress);
    before.retainAll(entry.addresses);
    entry.ours.addAll(before);
  }
}
