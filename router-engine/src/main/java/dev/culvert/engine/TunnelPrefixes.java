package dev.culvert.engine;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RoutingTables;
import dev.culvert.core.rib.TableId;

/** What an address beyond a tunnel is of, as routes have it. Confined to the routing thread. */
final class TunnelPrefixes {
  private final RoutingTables tables;

  TunnelPrefixes(RoutingTables tables) {
    this.tables = tables;
  }

  /**
   * The prefix of the route to the address, if that leads to one peer of the tunnel: by a next hop,
   * or as what the peer has agreed to. Else the address itself: of a subnet each address may be
   * somebody else's, and so may all that is nobody's in particular.
   */
  IpPrefix of(InterfaceName tunnel, IpAddress address) {
    ActiveRoute route = tables.table(TableId.of(address.family())).lookup(address);
    boolean leadsBeyond =
        route != null
            && !route.prefix().isDefault()
            && route.resolved().size() == 1
            && route.resolved().getFirst() instanceof NextHop.Via via
            && via.out().equals(tunnel)
            && (via.gateway() != null || route.route().source().protocol() == RouteProtocol.ARI_TS);
    return route != null && leadsBeyond ? route.prefix() : IpPrefix.host(address);
  }
}
