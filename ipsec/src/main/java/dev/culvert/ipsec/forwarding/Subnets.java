package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.IpPrefix;
import org.jspecify.annotations.Nullable;

/** A multipoint unit's subnets as primitives, to be asked packet by packet. Immutable. */
final class Subnets {
  private final AddressTrie<IpPrefix> trie;

  private Subnets(AddressTrie<IpPrefix> trie) {
    this.trie = trie;
  }

  /** Null for a unit that learns no addresses. */
  static @Nullable Subnets of(TunnelSettings settings) {
    if (!settings.multipoint() || settings.subnets().isEmpty()) {
      return null;
    }
    AddressTrie<IpPrefix> trie = AddressTrie.empty();
    for (IpPrefix subnet : settings.subnets()) {
      trie =
          trie.with(
              Selectors.high(subnet.network()),
              Selectors.low(subnet.network()),
              AddressTrie.BITS - subnet.network().family().bits() + subnet.length(),
              subnet);
    }
    return new Subnets(trie);
  }

  boolean hold(long high, long low) {
    AddressTrie.Node<IpPrefix> node = trie.root;
    while (node != null && node.holds(high, low)) {
      if (node.value != null) {
        return true;
      }
      node = node.towards(high, low);
    }
    return false;
  }
}
