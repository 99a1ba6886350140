package dev.culvert.bgp;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.bgp.rib.NextHopState;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.wire.Octets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can happen to the BGP engine. */
public sealed interface BgpEvent {
  /** The configuration that holds from here on; the engine touches only what differs. */
  record ConfigurationCommitted(BgpConfig after) implements BgpEvent {}

  /** A TCP connection stands: one the engine asked for, or one a peer opened to port 179. */
  record TransportOpened(ConnectionId connection, Endpoint local, Endpoint remote, boolean incoming)
      implements BgpEvent {}

  /** A connection the engine asked for could not be made. */
  record TransportFailed(ConnectionId connection, String reason) implements BgpEvent {}

  /** A standing connection was closed or reset by the other side or the network. */
  record TransportClosed(ConnectionId connection, String reason) implements BgpEvent {}

  /** The connection has room again: what {@code AwaitWritable} asked for. */
  record TransportWritable(ConnectionId connection) implements BgpEvent {}

  /** One whole message with its header, as {@code BgpFramer} yields it (faulty headers too). */
  record MessageReceived(ConnectionId connection, Octets message) implements BgpEvent {}

  /** Active routes of {@code inet.0} moved; the source of everything exported. */
  record RibChanged(List<RibDelta> deltas) implements BgpEvent {
    public RibChanged {
      deltas = List.copyOf(deltas);
    }
  }

  /** A tracked next hop resolves like this; null: not at all. */
  record NextHopChanged(IpAddress nextHop, @Nullable NextHopState state) implements BgpEvent {}

  record LivenessLost(LivenessTarget target) implements BgpEvent {}

  record LivenessUp(LivenessTarget target) implements BgpEvent {}

  record InterfacesChanged(InterfaceChanges changes) implements BgpEvent {}

  /**
   * {@code clear bgp neighbor}.
   *
   * @param neighbor null for all
   * @param soft refresh routes both ways and keep the session
   */
  record ClearNeighbor(@Nullable IpAddress neighbor, boolean soft) implements BgpEvent {}

  /** The router stops: every session ends with Cease, administrative shutdown. */
  record ShutDown() implements BgpEvent {}
}
