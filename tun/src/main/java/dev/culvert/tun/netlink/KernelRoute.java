package dev.culvert.tun.netlink;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.rib.TableId;

/**
 * A route of the kernel.
 *
 * @param protocol who put it there, see {@link RouteProtocolNumber}
 * @param metric the kernel's own preference among routes to one prefix; the lowest is used
 */
public record KernelRoute(FibEntry entry, int protocol, int table, int metric) {
  /** RT_TABLE_MAIN. */
  public static final int MAIN_TABLE = 254;

  /**
   * The metric of our routes. Connected routes and an administrator's have metric 0 (IPv4), so ours
   * never replace them; against IPv6's default of 1024 (also of router advertisements) ours win.
   */
  public static final int CULVERT_METRIC = 20;

  /** The kernel's table for one of ours: the master instance's are in its main table. */
  static int kernelTable(TableId table) {
    if (!table.isMaster()) {
      throw new IllegalArgumentException("the kernel has no table for " + table);
    }
    return MAIN_TABLE;
  }

  public boolean isOurs() {
    return protocol == RouteProtocolNumber.CULVERT;
  }
}
