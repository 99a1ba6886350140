package dev.culvert.bgp.rib;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;

/** The session a path came by, as far as decision and export depend on it. */
public record PathSource(
    Ipv4Address peer, RouterId peerId, long peerAs, boolean external, RouteSource routeSource) {
  public static PathSource of(Ipv4Address peer, RouterId peerId, long peerAs, boolean external) {
    return new PathSource(
        peer, peerId, peerAs, external, new RouteSource(RouteProtocol.BGP, peer.toString()));
  }
}
