package dev.culvert.bgp.message;

import dev.culvert.core.wire.Octets;

/** A BGP message of a kind the engine knows; {@code UPDATE} is written by {@link UpdateEncoder}. */
public sealed interface BgpMessage
    permits OpenMessage, UpdateMessage, NotificationMessage, KeepAliveMessage, RouteRefreshMessage {

  /** The whole message with its header. */
  Octets encode();
}
