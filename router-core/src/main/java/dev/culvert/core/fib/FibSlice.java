package dev.culvert.core.fib;

import java.util.List;

/**
 * A part of the kernel's table, as it answers a {@link FibRead}.
 *
 * @param last the table ends with it
 * @param consistent false if the table changed while it was read, so that routes may have been left
 *     out; of meaning for the last one only
 */
public record FibSlice(List<KernelRoute> routes, boolean last, boolean consistent) {
  public FibSlice {
    routes = List.copyOf(routes);
  }
}
