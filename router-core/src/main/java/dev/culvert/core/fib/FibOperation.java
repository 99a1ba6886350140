package dev.culvert.core.fib;

import dev.culvert.core.net.IpPrefix;

/** One message to the kernel's main table. */
public sealed interface FibOperation {
  IpPrefix prefix();

  /** Adds the route, or replaces ours in place. */
  record Install(FibEntry entry) implements FibOperation {
    @Override
    public IpPrefix prefix() {
      return entry.prefix();
    }
  }

  record Remove(IpPrefix prefix) implements FibOperation {}
}
