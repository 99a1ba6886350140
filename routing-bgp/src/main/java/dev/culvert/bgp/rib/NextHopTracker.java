package dev.culvert.bgp.rib;

import dev.culvert.core.net.IpAddress;

/** Has the routing table say how next hops resolve; the answers come to {@link NextHopTable}. */
public interface NextHopTracker {
  /** At once and at each change, until {@link #untrack}. */
  void track(IpAddress nextHop);

  void untrack(IpAddress nextHop);
}
