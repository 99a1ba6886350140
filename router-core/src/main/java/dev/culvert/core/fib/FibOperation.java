package dev.culvert.core.fib;

import java.util.List;

/** One message to the kernel. */
public sealed interface FibOperation {
  FibKey key();

  int metric();

  /**
   * Puts a route there.
   *
   * @param inPlace false: only where no route has the prefix and metric; true: takes the place of
   *     the one that has them, or of none. A kernel does not ask whose that was
   */
  record Install(FibEntry entry, int metric, boolean inPlace) implements FibOperation {
    @Override
    public FibKey key() {
      return entry.key();
    }
  }

  /**
   * Takes a route of ours away, whatever its next hops.
   *
   * @param only if not empty, only these next hops: IPv6 joins routes by gateways that have prefix
   *     and metric in common, whosoever they are
   */
  record Remove(FibKey key, int metric, List<FibEntry.Hop> only) implements FibOperation {
    public Remove {
      only = List.copyOf(only);
    }
  }
}
