package dev.culvert.bgp.rib;

import dev.culvert.core.net.Ipv4Prefix;

/** A set of IPv4 prefixes without an object each, at 12 to 24 octets. */
public final class PrefixSet extends PrefixTable {
  public void add(Ipv4Prefix prefix) {
    int slot = slotOf(prefix);
    if (!isTaken(slot)) {
      take(slot, prefix);
    }
  }

  public void remove(Ipv4Prefix prefix) {
    int slot = slotOf(prefix);
    if (isTaken(slot)) {
      free(slot);
    }
  }

  @Override
  void growTo(int capacity) {}

  @Override
  void carry(int from, int to) {}

  @Override
  void move(int from, int to) {}

  @Override
  void vacate(int slot) {}
}
