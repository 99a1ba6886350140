package dev.culvert.core.rib;

import dev.culvert.core.net.IpAddress;

/**
 * That an address is reached, and at what cost, for protocols that compare paths by it (RFC 4271
 * §9.1.2.2 step e). Nothing of it depends on how they compare: see {@link NextHopReach}.
 *
 * @param metric the interior cost: the metric of the OSPF or RIP route, 0 if directly connected;
 *     {@link #UNKNOWN_COST} where BGP alone leads to it
 */
public record ResolvedNextHop(IpAddress address, long metric) {
  /** More than any interior cost. */
  public static final long UNKNOWN_COST = 0xFFFF_FFFFL;
}
