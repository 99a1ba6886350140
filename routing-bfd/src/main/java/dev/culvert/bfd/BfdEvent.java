package dev.culvert.bfd;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;

/** What can happen to the BFD engine. */
public sealed interface BfdEvent {
  /**
   * Starts watching the target, or changes how it is watched. It counts as down until a {@link
   * BfdAction.StateChanged} says otherwise, at once where the neighbor is watched already.
   */
  record SessionConfigured(LivenessTarget target, LivenessConfig config) implements BfdEvent {}

  /** Stops watching; the peer is told AdminDown so that it sees no failure. */
  record SessionRemoved(LivenessTarget target) implements BfdEvent {}

  /**
   * A datagram to UDP port 3784.
   *
   * @param ttl IPv4 TTL or IPv6 hop limit as received
   */
  record PacketReceived(
      InterfaceName in, IpAddress source, IpAddress destination, int ttl, Octets payload)
      implements BfdEvent {}

  /** The router stops in good order: every peer is told AdminDown. */
  record ShutDown() implements BfdEvent {}
}
