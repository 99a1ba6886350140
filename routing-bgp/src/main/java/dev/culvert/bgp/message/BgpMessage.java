package dev.culvert.bgp.message;

import dev.culvert.core.wire.Octets;

/** A BGP message of a kind the engine knows; many routes are packed by {@link UpdateWriter}. */
public sealed interface BgpMessage
    permits OpenMessage, UpdateMessage, NotificationMessage, KeepAliveMessage, RouteRefreshMessage {

  /** The whole message with its header. */
  Octets encode();
}
