package dev.culvert.core.fib;

/** One message to the kernel. */
public sealed interface FibOperation {
  FibKey key();

  /** Adds the route, or replaces ours in place. */
  record Install(FibEntry entry) implements FibOperation {
    @Override
    public FibKey key() {
      return entry.key();
    }
  }

  record Remove(FibKey key) implements FibOperation {}
}
