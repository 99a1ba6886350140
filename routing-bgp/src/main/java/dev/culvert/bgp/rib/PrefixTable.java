package dev.culvert.bgp.rib;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.util.ArrayList;
import java.util.List;

/**
 * IPv4 prefixes without an object for each: open addressing with linear probing. The order of
 * iteration depends on nothing but the calls made before. Whoever keeps something beside each
 * prefix moves it along.
 */
abstract class PrefixTable {
  private static final int INITIAL_CAPACITY = 16;
  private static final long MIX = 0x9E3779B97F4A7C15L;

  /** Zero marks a free slot: a key holds the length plus one in its low octet. */
  private long[] keys = new long[INITIAL_CAPACITY];

  private int size;

  public final int size() {
    return size;
  }

  public final boolean isEmpty() {
    return size == 0;
  }

  /** The prefixes there are; they may change while the list is walked. */
  public final List<Ipv4Prefix> prefixes() {
    List<Ipv4Prefix> prefixes = new ArrayList<>(size);
    for (long key : keys) {
      if (key != 0) {
        prefixes.add(prefix(key));
      }
    }
    return prefixes;
  }

  public void clear() {
    keys = new long[INITIAL_CAPACITY];
    size = 0;
  }

  final int capacity() {
    return keys.length;
  }

  final boolean isTaken(int slot) {
    return keys[slot] != 0;
  }

  /** Where the prefix is, or would be. */
  final int slotOf(Ipv4Prefix prefix) {
    return slotOf(key(prefix));
  }

  /** Takes a free slot that {@link #slotOf} named; slots are others afterwards. */
  final void take(int slot, Ipv4Prefix prefix) {
    keys[slot] = key(prefix);
    if (++size * 3 > keys.length * 2) {
      grow();
    }
  }

  /** Frees a slot; slots are others afterwards. */
  final void free(int slot) {
    size--;
    closeGap(slot);
  }

  /** There are to be that many slots, in which nothing is yet. */
  abstract void growTo(int capacity);

  /** What was in a slot before {@link #growTo} goes into one of the new. */
  abstract void carry(int from, int to);

  /** What is in a slot goes into another. */
  abstract void move(int from, int to);

  /** Nothing is in a slot any more. */
  abstract void vacate(int slot);

  /** Moves later entries of the probe sequence down, so that none becomes unreachable. */
  private void closeGap(int freed) {
    int mask = keys.length - 1;
    int gap = freed;
    int slot = (gap + 1) & mask;
    while (keys[slot] != 0) {
      int home = home(keys[slot]);
      boolean reachesGap = ((slot - home) & mask) >= ((slot - gap) & mask);
      if (reachesGap) {
        keys[gap] = keys[slot];
        move(slot, gap);
        gap = slot;
      }
      slot = (slot + 1) & mask;
    }
    keys[gap] = 0;
    vacate(gap);
  }

  private void grow() {
    long[] oldKeys = keys;
    keys = new long[oldKeys.length * 2];
    growTo(keys.length);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int slot = slotOf(oldKeys[i]);
        keys[slot] = oldKeys[i];
        carry(i, slot);
      }
    }
  }

  private int slotOf(long key) {
    int mask = keys.length - 1;
    int slot = home(key);
    while (keys[slot] != 0 && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private int home(long key) {
    return (int) ((key * MIX) >>> 32) & (keys.length - 1);
  }

  /** Never zero. */
  static long key(Ipv4Prefix prefix) {
    return Integer.toUnsignedLong(prefix.network().bits()) << 8 | (prefix.length() + 1);
  }

  static Ipv4Prefix prefix(long key) {
    return new Ipv4Prefix(new Ipv4Address((int) (key >>> 8)), (int) (key & 0xFF) - 1);
  }
}
