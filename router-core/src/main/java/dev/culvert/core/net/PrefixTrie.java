package dev.culvert.core.net;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Values by prefix of one family, with longest match: a path-compressed binary trie whose keys are
 * two longs. Visits in prefix order, a prefix before those it covers. Not safe to share.
 */
public final class PrefixTrie<V> {
  private static final class Node<V> {
    final long high;
    final long low;
    final int length;
    @Nullable V value;
    @Nullable Node<V> zero;
    @Nullable Node<V> one;

    Node(long high, long low, int length) {
      this.high = high;
      this.low = low;
      this.length = length;
    }

    @Nullable Node<V> child(boolean bit) {
      return bit ? one : zero;
    }

    void setChild(boolean bit, @Nullable Node<V> child) {
      if (bit) {
        one = child;
      } else {
        zero = child;
      }
    }

    boolean isPrefixOf(long keyHigh, long keyLow) {
      return commonLength(high, low, keyHigh, keyLow) >= length;
    }
  }

  private final AddressFamily family;

  /** The default prefix; stays even without a value, so that no operation has a special case. */
  private final Node<V> root = new Node<>(0, 0, 0);

  private int size;

  public PrefixTrie(AddressFamily family) {
    this.family = family;
  }

  public int size() {
    return size;
  }

  public @Nullable V get(IpPrefix prefix) {
    Node<V> node = find(prefix);
    return node == null ? null : node.value;
  }

  /** Sets the value of the prefix; returns the one before, or null. */
  public @Nullable V put(IpPrefix prefix, V value) {
    Node<V> node = findOrAdd(high(prefix.network()), low(prefix.network()), prefix.length());
    V before = node.value;
    node.value = value;
    size += before == null ? 1 : 0;
    return before;
  }

  /** Removes the prefix; returns its value, or null if it had none. */
  public @Nullable V remove(IpPrefix prefix) {
    long high = high(prefix.network());
    long low = low(prefix.network());
    Node<V> grandparent = null;
    Node<V> parent = null;
    Node<V> node = root;
    while (node != null && node.length < prefix.length()) {
      grandparent = parent;
      parent = node;
      node = node.child(bit(high, low, node.length));
    }
    if (node == null
        || node.length != prefix.length()
        || !node.isPrefixOf(high, low)
        || node.value == null) {
      return null;
    }
    V value = node.value;
    node.value = null;
    size--;
    if (parent != null) {
      splice(parent, node);
      if (grandparent != null) {
        splice(grandparent, parent);
      }
    }
    return value;
  }

  /** The value of the longest prefix that contains the address, or null. */
  public @Nullable V longestMatch(IpAddress address) {
    long high = high(address);
    long low = low(address);
    V best = null;
    Node<V> node = root;
    while (node != null && node.isPrefixOf(high, low)) {
      best = node.value != null ? node.value : best;
      node = node.length == family.bits() ? null : node.child(bit(high, low, node.length));
    }
    return best;
  }

  /** The values of all prefixes that contain the address, longest first. */
  public List<V> covering(IpAddress address) {
    long high = high(address);
    long low = low(address);
    List<V> found = new ArrayList<>();
    Node<V> node = root;
    while (node != null && node.isPrefixOf(high, low)) {
      V value = node.value;
      if (value != null) {
        found.add(value);
      }
      node = node.length == family.bits() ? null : node.child(bit(high, low, node.length));
    }
    return found.reversed();
  }

  /** Visits the values of the prefix and of every longer one in it, in prefix order. */
  public void within(IpPrefix prefix, Consumer<? super V> visitor) {
    long high = high(prefix.network());
    long low = low(prefix.network());
    Node<V> node = root;
    while (node != null && node.length < prefix.length()) {
      node = node.child(bit(high, low, node.length));
    }
    if (node != null && commonLength(node.high, node.low, high, low) >= prefix.length()) {
      visit(node, visitor);
    }
  }

  public void forEach(Consumer<? super V> visitor) {
    visit(root, visitor);
  }

  /** Recursion ends: a child is longer than its parent, so it is at most 128 deep. */
  private void visit(Node<V> node, Consumer<? super V> visitor) {
    V value = node.value;
    if (value != null) {
      visitor.accept(value);
    }
    if (node.zero != null) {
      visit(node.zero, visitor);
    }
    if (node.one != null) {
      visit(node.one, visitor);
    }
  }

  /**
   * Visits the values of the prefixes that come after that one, in prefix order, until the visitor
   * answers false.
   */
  public void after(IpPrefix prefix, Predicate<? super V> visitor) {
    after(root, high(prefix.network()), low(prefix.network()), prefix.length(), visitor);
  }

  /** False once the visitor has enough. */
  private static <V> boolean after(
      @Nullable Node<V> node, long high, long low, int length, Predicate<? super V> visitor) {
    if (node == null) {
      return true;
    }
    int common = commonLength(node.high, node.low, high, low);
    if (node.length < length && common >= node.length) {
      return bit(high, low, node.length)
          ? after(node.one, high, low, length, visitor)
          : after(node.zero, high, low, length, visitor) && visitWhile(node.one, visitor);
    }
    if (node.length == length && common >= length) {
      return visitWhile(node.zero, visitor) && visitWhile(node.one, visitor);
    }
    boolean isBehind = common >= length || bit(node.high, node.low, common);
    return !isBehind || visitWhile(node, visitor);
  }

  private static <V> boolean visitWhile(@Nullable Node<V> node, Predicate<? super V> visitor) {
    if (node == null) {
      return true;
    }
    V value = node.value;
    return (value == null || visitor.test(value))
        && visitWhile(node.zero, visitor)
        && visitWhile(node.one, visitor);
  }

  private @Nullable Node<V> find(IpPrefix prefix) {
    long high = high(prefix.network());
    long low = low(prefix.network());
    Node<V> node = root;
    while (node != null && node.length < prefix.length()) {
      node = node.child(bit(high, low, node.length));
    }
    return node != null && node.length == prefix.length() && node.isPrefixOf(high, low)
        ? node
        : null;
  }

  private Node<V> findOrAdd(long high, long low, int length) {
    Node<V> node = root;
    while (node.length < length) {
      boolean bit = bit(high, low, node.length);
      Node<V> child = node.child(bit);
      if (child == null) {
        child = new Node<>(high, low, length);
        node.setChild(bit, child);
        return child;
      }
      int common = commonLength(high, low, child.high, child.low);
      if (common < child.length && common < length) {
        node.setChild(bit, fork(child, high, low, common));
      } else if (length < child.length) {
        Node<V> between = new Node<>(high, low, length);
        between.setChild(bit(child.high, child.low, length), child);
        node.setChild(bit, between);
      }
      Node<V> next = node.child(bit);
      node = next == null ? child : next;
    }
    return node;
  }

  /** A node without a value where the key and the child part. */
  private Node<V> fork(Node<V> child, long high, long low, int length) {
    long highMask = length == 0 ? 0 : -1L << (64 - Math.min(length, 64));
    long lowMask = length <= 64 ? 0 : -1L << (128 - length);
    Node<V> fork = new Node<>(high & highMask, low & lowMask, length);
    fork.setChild(bit(child.high, child.low, length), child);
    return fork;
  }

  /** Takes a child out that holds no value and joins at most one other node. */
  private void splice(Node<V> parent, Node<V> child) {
    if (child.value != null || (child.zero != null && child.one != null)) {
      return;
    }
    parent.setChild(
        bit(child.high, child.low, parent.length), child.zero != null ? child.zero : child.one);
  }

  private static int commonLength(long high, long low, long otherHigh, long otherLow) {
    return high != otherHigh
        ? Long.numberOfLeadingZeros(high ^ otherHigh)
        : 64 + Long.numberOfLeadingZeros(low ^ otherLow);
  }

  /** Bit {@code index} from the left. */
  private static boolean bit(long high, long low, int index) {
    return index < 64 ? high << index < 0 : low << (index - 64) < 0;
  }

  private long high(IpAddress address) {
    if (address.family() != family) {
      throw new IllegalArgumentException(address + " in a table of " + family);
    }
    return switch (address) {
      case Ipv4Address v4 -> (long) v4.bits() << 32;
      case Ipv6Address v6 -> v6.high();
    };
  }

  private static long low(IpAddress address) {
    return address instanceof Ipv6Address v6 ? v6.low() : 0;
  }
}
