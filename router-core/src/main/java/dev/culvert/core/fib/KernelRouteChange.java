package dev.culvert.core.fib;

/** What somebody else, or the kernel itself, has done to a route. */
public sealed interface KernelRouteChange {
  KernelRoute route();

  /**
   * The route is there.
   *
   * @param inPlace it has taken the place of another of its prefix and metric, of which the kernel
   *     says no more
   */
  record Added(KernelRoute route, boolean inPlace) implements KernelRouteChange {}

  record Removed(KernelRoute route) implements KernelRouteChange {}
}
