package dev.culvert.core.fib;

/**
 * A route as it stands in the kernel, be it ours or somebody else's.
 *
 * @param protocol who put it there, see {@link RouteProtocolNumber}
 * @param metric the kernel's own preference among routes to one prefix; the lowest is used
 */
public record KernelRoute(FibEntry entry, int protocol, int metric) {
  /**
   * Where ours stand. Connected routes and what an administrator adds without a metric have 0
   * (IPv4) and prevail; against IPv6's default of 1024 (also of router advertisements) ours do.
   *
   * <p>The kernel keeps routes apart by prefix and metric, whosoever they are. Where somebody
   * else's has this metric, ours takes the next lower one that is free: it must carry the traffic,
   * and theirs is still there when ours has gone.
   */
  public static final int METRIC = 20;

  public FibKey key() {
    return entry.key();
  }

  public boolean isOurs() {
    return protocol == RouteProtocolNumber.CULVERT;
  }

  /**
   * True for ours, and for those of others that stand where ours might or prevail over it. The
   * kernel's own connected routes are none of them: they are in the RIB.
   */
  public boolean concernsOurs() {
    return isOurs()
        || (Integer.compareUnsigned(metric, METRIC) <= 0 && protocol != RouteProtocolNumber.KERNEL);
  }
}
