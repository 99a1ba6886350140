package dev.culvert.bgp.rib;

import dev.culvert.core.net.Ipv4Prefix;
import java.util.NoSuchElementException;

/** A queue of IPv4 prefixes, first in first out, of eight octets each. */
final class PrefixQueue {
  private static final int INITIAL_CAPACITY = 4;

  private long[] keys = new long[INITIAL_CAPACITY];
  private int head;
  private int size;

  void add(Ipv4Prefix prefix) {
    if (size == keys.length) {
      grow();
    }
    keys[(head + size++) & (keys.length - 1)] = PrefixMap.key(prefix);
  }

  /** The prefix that has waited longest. */
  Ipv4Prefix peek() {
    if (size == 0) {
      throw new NoSuchElementException("queue of prefixes");
    }
    return PrefixMap.prefix(keys[head]);
  }

  /** Takes it out as well. */
  Ipv4Prefix poll() {
    Ipv4Prefix first = peek();
    head = (head + 1) & (keys.length - 1);
    size--;
    return first;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  private void grow() {
    long[] wider = new long[keys.length * 2];
    for (int i = 0; i < size; i++) {
      wider[i] = keys[(head + i) & (keys.length - 1)];
    }
    keys = wider;
    head = 0;
  }
}
