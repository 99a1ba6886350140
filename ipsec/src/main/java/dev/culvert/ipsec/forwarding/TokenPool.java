package dev.culvert.ipsec.forwarding;

import java.util.TreeSet;

/** Hands out small numbers, the smallest free one first, so that tables by them stay dense. */
final class TokenPool {
  private final int most;
  private final TreeSet<Integer> returned = new TreeSet<>();
  private int next;

  TokenPool(int most) {
    this.most = most;
  }

  int take() {
    Integer free = returned.pollFirst();
    if (free != null) {
      return free;
    }
    if (next == most) {
      throw new IllegalStateException("more than " + most + " to wait on");
    }
    return next++;
  }

  void giveBack(int token) {
    returned.add(token);
  }
}
