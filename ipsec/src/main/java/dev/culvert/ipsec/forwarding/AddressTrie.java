package dev.culvert.ipsec.forwarding;

import org.jspecify.annotations.Nullable;

/**
 * Values by prefix of 128 bits, IPv4 ones in mapped form: a binary trie without nodes that decide
 * nothing. Immutable: a trie with another value shares all with the one before but the nodes on the
 * way to it.
 *
 * @param <V> what stands at a prefix
 */
final class AddressTrie<V> {
  static final int BITS = 128;

  /** A prefix, which holds those of the nodes below. Its value is null where it only parts them. */
  static final class Node<V> {
    final long high;
    final long low;
    final int length;
    final @Nullable V value;
    private final @Nullable Node<V> zero;
    private final @Nullable Node<V> one;

    private Node(
        long high,
        long low,
        int length,
        @Nullable V value,
        @Nullable Node<V> zero,
        @Nullable Node<V> one) {
      this.high = high & highMask(length);
      this.low = low & lowMask(length);
      this.length = length;
      this.value = value;
      this.zero = zero;
      this.one = one;
    }

    boolean holds(long otherHigh, long otherLow) {
      return ((otherHigh ^ high) & highMask(length)) == 0
          && ((otherLow ^ low) & lowMask(length)) == 0;
    }

    /** The node below on the way to that address; it need not hold it. */
    @Nullable Node<V> towards(long otherHigh, long otherLow) {
      return length < BITS && bit(otherHigh, otherLow, length) ? one : zero;
    }

    /** Any node below; null if there is none. */
    @Nullable Node<V> below() {
      return zero == null ? one : zero;
    }

    private Node<V> with(@Nullable V other) {
      return new Node<>(high, low, length, other, zero, one);
    }

    private Node<V> withBelow(boolean bit, @Nullable Node<V> below) {
      return new Node<>(high, low, length, value, bit ? zero : below, bit ? below : one);
    }

    /** Itself, or what is left of it where it decides nothing. */
    private @Nullable Node<V> needed() {
      boolean parts = zero != null && one != null;
      return value != null || parts ? this : below();
    }
  }

  final @Nullable Node<V> root;

  private AddressTrie(@Nullable Node<V> root) {
    this.root = root;
  }

  static <V> AddressTrie<V> empty() {
    return new AddressTrie<>(null);
  }

  /** What stands at exactly that prefix. */
  @Nullable V get(long high, long low, int length) {
    Node<V> node = root;
    while (node != null && node.length <= length && node.holds(high, low)) {
      if (node.length == length) {
        return node.value;
      }
      node = node.towards(high, low);
    }
    return null;
  }

  /** The same but for that value; null takes it out. */
  AddressTrie<V> with(long high, long low, int length, @Nullable V value) {
    return new AddressTrie<>(
        with(root, high & highMask(length), low & lowMask(length), length, value));
  }

  private static <V> @Nullable Node<V> with(
      @Nullable Node<V> node, long high, long low, int length, @Nullable V value) {
    if (node == null) {
      return value == null ? null : new Node<>(high, low, length, value, null, null);
    }
    int common =
        Math.min(commonLength(node.high, node.low, high, low), Math.min(node.length, length));
    if (common == node.length && common == length) {
      return node.with(value).needed();
    }
    if (common == node.length) {
      boolean bit = bit(high, low, common);
      Node<V> below = with(bit ? node.one : node.zero, high, low, length, value);
      return node.withBelow(bit, below).needed();
    }
    if (value == null) {
      return node;
    }
    boolean bit = bit(node.high, node.low, common);
    if (common == length) {
      return new Node<>(high, low, length, value, bit ? null : node, bit ? node : null);
    }
    Node<V> added = new Node<>(high, low, length, value, null, null);
    return new Node<>(high, low, common, null, bit ? added : node, bit ? node : added);
  }

  /** How many first bits two addresses have in common. */
  static int commonLength(long high, long low, long otherHigh, long otherLow) {
    int inHigh = Long.numberOfLeadingZeros(high ^ otherHigh);
    return inHigh < Long.SIZE ? inHigh : Long.SIZE + Long.numberOfLeadingZeros(low ^ otherLow);
  }

  private static boolean bit(long high, long low, int index) {
    return (index < Long.SIZE ? high << index : low << (index - Long.SIZE)) < 0;
  }

  private static long highMask(int length) {
    return length == 0 ? 0 : length >= Long.SIZE ? -1 : -1L << (Long.SIZE - length);
  }

  private static long lowMask(int length) {
    return length <= Long.SIZE ? 0 : -1L << (BITS - length);
  }
}
