package dev.culvert.bgp.rib;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map from IPv4 prefixes without an object per key: at a million prefixes it costs about 20
 * octets an entry. Open addressing with linear probing; the order of iteration depends on nothing
 * but the calls made before.
 */
public final class PrefixMap<V> {
  private static final int INITIAL_CAPACITY = 16;
  private static final long MIX = 0x9E3779B97F4A7C15L;

  /** Zero marks a free slot: a key holds the length plus one in its low octet. */
  private long[] keys = new long[INITIAL_CAPACITY];

  private @Nullable Object[] values = new @Nullable Object[INITIAL_CAPACITY];
  private int size;

  public int size() {
    return size;
  }

  public @Nullable V get(Ipv4Prefix prefix) {
    return valueAt(slotOf(key(prefix)));
  }

  /** Returns what the prefix had before. */
  public @Nullable V put(Ipv4Prefix prefix, V value) {
    long key = key(prefix);
    int slot = slotOf(key);
    V before = valueAt(slot);
    keys[slot] = key;
    values[slot] = value;
    if (before == null && ++size * 3 > keys.length * 2) {
      grow();
    }
    return before;
  }

  /** Returns what the prefix had. */
  public @Nullable V remove(Ipv4Prefix prefix) {
    int slot = slotOf(key(prefix));
    V before = valueAt(slot);
    if (before != null) {
      size--;
      closeGap(slot);
    }
    return before;
  }

  public void clear() {
    keys = new long[INITIAL_CAPACITY];
    values = new @Nullable Object[INITIAL_CAPACITY];
    size = 0;
  }

  /** The prefixes there are; the map may change while the list is walked. */
  public List<Ipv4Prefix> prefixes() {
    List<Ipv4Prefix> prefixes = new ArrayList<>(size);
    for (long key : keys) {
      if (key != 0) {
        prefixes.add(prefix(key));
      }
    }
    return prefixes;
  }

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
        values[gap] = values[slot];
        gap = slot;
      }
      slot = (slot + 1) & mask;
    }
    keys[gap] = 0;
    values[gap] = null;
  }

  private void grow() {
    long[] oldKeys = keys;
    @Nullable Object[] oldValues = values;
    keys = new long[oldKeys.length * 2];
    values = new @Nullable Object[oldKeys.length * 2];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int slot = slotOf(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
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

  // Only put() writes values, and it writes V.
  @SuppressWarnings("unchecked")
  private @Nullable V valueAt(int slot) {
    return (V) values[slot];
  }

  /** Never zero. */
  static long key(Ipv4Prefix prefix) {
    return Integer.toUnsignedLong(prefix.network().bits()) << 8 | (prefix.length() + 1);
  }

  static Ipv4Prefix prefix(long key) {
    return new Ipv4Prefix(new Ipv4Address((int) (key >>> 8)), (int) (key & 0xFF) - 1);
  }
}
