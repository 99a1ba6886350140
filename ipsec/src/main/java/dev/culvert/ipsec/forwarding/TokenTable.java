package dev.culvert.ipsec.forwarding;

import org.jspecify.annotations.Nullable;

/**
 * Values by a small number, with gaps. Immutable: a table with another value shares all with the
 * one before but the few nodes on the way to that value, so that a change costs the same in a table
 * of ten and of ten thousand.
 */
final class TokenTable<T> {
  private static final int BITS = 5;
  private static final int WIDTH = 1 << BITS;

  private final @Nullable Object[] root;

  /** Of a token, to the index in the root; a node one level down has {@link #BITS} less. */
  private final int shift;

  private TokenTable(@Nullable Object[] root, int shift) {
    this.root = root;
    this.shift = shift;
  }

  static <T> TokenTable<T> empty() {
    return new TokenTable<>(new @Nullable Object[WIDTH], 0);
  }

  @SuppressWarnings("unchecked") // a leaf holds what with() was given
  @Nullable T get(int token) {
    int index = token >>> shift;
    if (index >= WIDTH) {
      return null;
    }
    @Nullable Object[] node = root;
    for (int level = shift; level > 0; level -= BITS) {
      Object below = node[token >>> level & WIDTH - 1];
      if (below == null) {
        return null;
      }
      node = (@Nullable Object[]) below;
    }
    return (T) node[token & WIDTH - 1];
  }

  /** The lowest number above that one that has a value; -1 if there is none. */
  int nextAfter(int token) {
    return nextFrom(root, shift, 0, token + 1);
  }

  private static int nextFrom(@Nullable Object[] node, int level, int first, int token) {
    int from = token <= first ? 0 : (token - first) >>> level;
    for (int index = from; index < WIDTH; index++) {
      Object entry = node[index];
      int begin = first + (index << level);
      if (entry != null && level == 0) {
        return begin;
      }
      int found =
          entry == null ? -1 : nextFrom((@Nullable Object[]) entry, level - BITS, begin, token);
      if (found >= 0) {
        return found;
      }
    }
    return -1;
  }

  /** The same but for that value; null takes it out. */
  TokenTable<T> with(int token, @Nullable T value) {
    @Nullable Object[] top = root;
    int level = shift;
    while (token >>> level >= WIDTH) {
      @Nullable Object[] above = new @Nullable Object[WIDTH];
      above[0] = top;
      top = above;
      level += BITS;
    }
    return new TokenTable<>(copy(top, level, token, value), level);
  }

  private static @Nullable Object[] copy(
      @Nullable Object @Nullable [] node, int level, int token, @Nullable Object value) {
    @Nullable Object[] copy = node == null ? new @Nullable Object[WIDTH] : node.clone();
    int index = token >>> level & WIDTH - 1;
    copy[index] =
        level == 0 ? value : copy((@Nullable Object[]) copy[index], level - BITS, token, value);
    return copy;
  }
}
