package dev.culvert.bgp;

import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the BGP engine asks of its surroundings. */
public sealed interface BgpAction {
  /**
   * Who may connect, and where; replaces what was said before.
   *
   * @param addresses of this router, each of an interface that is up
   * @param listeners for whom; anybody else is hung up on
   */
  record Listen(SortedSet<IpAddress> addresses, List<Listener> listeners) implements BgpAction {
    /** At no address to nobody. */
    public static final Listen NOWHERE = new Listen(new TreeSet<>(), List.of());

    public Listen {
      addresses = Collections.unmodifiableSortedSet(new TreeSet<>(addresses));
      listeners = List.copyOf(listeners);
    }

    /** Who a connection from that address is for; null if it is not welcome. */
    public @Nullable Listener listenerFor(IpAddress remote) {
      return listeners.stream()
          .filter(listener -> listener.from().contains(remote))
          .max(Comparator.comparingInt(listener -> listener.from().length()))
          .orElse(null);
    }
  }

  /**
   * Open a TCP connection; answered by {@code TransportOpened} or {@code TransportFailed}.
   *
   * @param local source address, or null to let the system choose
   * @param sendHoldTime after which a peer that takes nothing is given up
   */
  record Connect(
      ConnectionId connection,
      @Nullable IpAddress local,
      Endpoint remote,
      @Nullable Secret md5Key,
      int ttl,
      Duration sendHoldTime)
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
