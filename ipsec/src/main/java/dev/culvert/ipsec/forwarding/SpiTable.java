package dev.culvert.ipsec.forwarding;

import org.jspecify.annotations.Nullable;

/**
 * Inbound SAs by SPI: a trie over the bits of their hashes. Immutable: a table with one SA more or
 * less shares all with the one before but the few nodes on the way to it, so that a change costs
 * the same however many there are.
 *
 * <p>A node's slot is empty, holds a binding, or the node of all whose hashes begin alike. The hash
 * of an SPI is no other SPI's, so that the way to one ends with its last bits at the latest.
 */
final class SpiTable {
  static final SpiTable EMPTY = new SpiTable(new @Nullable Object[1 << SpiTable.BITS]);

  private static final int BITS = 4;
  private static final int MASK = (1 << BITS) - 1;
  private static final int TOP = Integer.SIZE - BITS;

  /** Odd, so that it maps no two SPIs to one hash. */
  private static final int MULTIPLIER = 0x9E37_79B9;

  private final @Nullable Object[] root;

  private SpiTable(@Nullable Object[] root) {
    this.root = root;
  }

  @Nullable InboundBinding find(int spi) {
    int hash = hash(spi);
    @Nullable Object[] node = root;
    for (int shift = TOP; ; shift -= BITS) {
      Object entry = node[hash >>> shift & MASK];
      if (entry instanceof InboundBinding binding) {
        return binding.spi() == spi ? binding : null;
      }
      if (entry == null) {
        return null;
      }
      node = (@Nullable Object[]) entry;
    }
  }

  /** The same with that binding, in the place of another of its SPI. */
  SpiTable with(InboundBinding binding) {
    return new SpiTable(with(root, TOP, binding));
  }

  private static @Nullable Object[] with(
      @Nullable Object[] node, int shift, InboundBinding binding) {
    @Nullable Object[] copy = node.clone();
    int index = hash(binding.spi()) >>> shift & MASK;
    Object entry = copy[index];
    if (entry == null) {
      copy[index] = binding;
    } else if (entry instanceof InboundBinding other) {
      copy[index] = other.spi() == binding.spi() ? binding : both(shift - BITS, other, binding);
    } else {
      copy[index] = with((@Nullable Object[]) entry, shift - BITS, binding);
    }
    return copy;
  }

  /** A node for two whose hashes have begun alike so far. */
  private static @Nullable Object[] both(int shift, InboundBinding one, InboundBinding other) {
    @Nullable Object[] node = new @Nullable Object[1 << BITS];
    node[hash(one.spi()) >>> shift & MASK] = one;
    return with(node, shift, other);
  }

  /** The same without the binding of that SPI. */
  SpiTable without(int spi) {
    return find(spi) == null ? this : new SpiTable(without(root, TOP, spi));
  }

  private static @Nullable Object[] without(@Nullable Object[] node, int shift, int spi) {
    @Nullable Object[] copy = node.clone();
    int index = hash(spi) >>> shift & MASK;
    Object entry = copy[index];
    copy[index] =
        entry instanceof @Nullable Object[] below
            ? lifted(without(below, shift - BITS, spi))
            : null;
    return copy;
  }

  /** A binding that is alone in its node takes the node's place: nothing grows for ever. */
  private static Object lifted(@Nullable Object[] node) {
    Object only = null;
    for (Object entry : node) {
      if (entry != null) {
        if (only != null || !(entry instanceof InboundBinding)) {
          return node;
        }
        only = entry;
      }
    }
    return only == null ? node : only;
  }

  private static int hash(int spi) {
    return spi * MULTIPLIER;
  }
}
