package dev.culvert.bgp.rib;

import dev.culvert.core.net.Ipv4Prefix;
import org.jspecify.annotations.Nullable;

/**
 * A map from IPv4 prefixes without an object per key: at a million prefixes it costs about 20
 * octets an entry.
 */
public final class PrefixMap<V> extends PrefixTable {
  private @Nullable Object[] values = new @Nullable Object[capacity()];

  /** As they were before the table grew. */
  private @Nullable Object[] former = values;

  public @Nullable V get(Ipv4Prefix prefix) {
    return valueAt(slotOf(prefix));
  }

  /** Returns what the prefix had before. */
  public @Nullable V put(Ipv4Prefix prefix, V value) {
    int slot = slotOf(prefix);
    V before = valueAt(slot);
    values[slot] = value;
    if (before == null) {
      take(slot, prefix);
      former = values;
    }
    return before;
  }

  /** Returns what the prefix had. */
  public @Nullable V remove(Ipv4Prefix prefix) {
    int slot = slotOf(prefix);
    V before = valueAt(slot);
    if (before != null) {
      free(slot);
    }
    return before;
  }

  @Override
  public void clear() {
    super.clear();
    values = new @Nullable Object[capacity()];
    former = values;
  }

  @Override
  void growTo(int capacity) {
    former = values;
    values = new @Nullable Object[capacity];
  }

  @Override
  void carry(int from, int to) {
    values[to] = former[from];
  }

  @Override
  void move(int from, int to) {
    values[to] = values[from];
  }

  @Override
  void vacate(int slot) {
    values[slot] = null;
  }

  // Only put() writes values, and it writes V.
  @SuppressWarnings("unchecked")
  private @Nullable V valueAt(int slot) {
    return (V) values[slot];
  }
}
