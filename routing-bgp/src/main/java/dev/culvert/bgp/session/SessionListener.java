package dev.culvert.bgp.session;

import dev.culvert.bgp.message.UpdateMessage;

/** What a session tells the routing side of its peer, within the turn it happens in. */
public interface SessionListener {
  void established(PeerSession session);

  /** The session ceased to be established: its routes go, both ways. */
  void down(PeerSession session);

  void update(PeerSession session, UpdateMessage update);

  /** ROUTE-REFRESH for IPv4 unicast. */
  void refreshRequested(PeerSession session);
}
