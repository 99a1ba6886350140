package dev.culvert.bgp;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the BGP engine asks of its surroundings. */
public sealed interface BgpAction {
  /** The whole set of peers that may connect; replaces the set before. */
  record Listen(List<Listener> listeners) implements BgpAction {
    public Listen {
      listeners = List.copyOf(listeners);
    }
  }

  /**
   * Open a TCP connection; answered by {@code TransportOpened} or {@code TransportFailed}.
   *
   * @param local source address, or null to let the system choose
   */
  record Connect(
      ConnectionId connection,
      @Nullable IpAddress local,
      Endpoint remote,
      @Nullable Secret md5Key,
      int ttl)
      implements BgpAction {}

  record SendMessage(ConnectionId connection, Octets message) implements BgpAction {}

  /**
   * Report by {@code TransportWritable} when little of what was sent so far still waits to leave.
   */
  record AwaitWritable(ConnectionId connection) implements BgpAction {}

  /** Close after all that was sent has gone out; no event answers, none may follow. */
  record CloseTransport(ConnectionId connection) implements BgpAction {}

  record UpdateRoutes(List<RouteUpdate> updates) implements BgpAction {
    public UpdateRoutes {
      updates = List.copyOf(updates);
    }
  }

  /** Report how the address resolves, at once and at each change, by {@code NextHopChanged}. */
  record TrackNextHop(IpAddress nextHop) implements BgpAction {}

  record UntrackNextHop(IpAddress nextHop) implements BgpAction {}

  record WatchNeighbor(LivenessTarget target, LivenessConfig config) implements BgpAction {}

  record UnwatchNeighbor(LivenessTarget target) implements BgpAction {}

  record Report(Notice notice) implements BgpAction {}
}
