package dev.culvert.core.rib;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import java.util.List;

/**
 * How an address is reached, for protocols that compare paths by it (RFC 4271 §9.1.2.1).
 *
 * @param through the route it resolves by
 * @param metric the interior cost: the metric of the OSPF or RIP route, 0 if directly connected
 * @param hops down to interfaces
 */
public record ResolvedNextHop(
    IpAddress address, IpPrefix through, RouteProtocol protocol, long metric, List<NextHop> hops) {
  public ResolvedNextHop {
    hops = List.copyOf(hops);
  }
}
