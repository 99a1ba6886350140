package dev.culvert.engine;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.ConnectionId;
import dev.culvert.core.net.IpAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The connections BGP has and the next hops it tracks, known beside it so that they can be let go
 * when it cannot do so itself. Confined to the routing thread.
 */
final class BgpHoldings {
  private final SortedSet<ConnectionId> connections = new TreeSet<>();
  private final SortedMap<IpAddress, Integer> nextHops = new TreeMap<>();
  private long lastConnection;
  private boolean listening;

  void note(BgpEvent event) {
    switch (event) {
      case BgpEvent.TransportOpened e -> connections.add(e.connection());
      case BgpEvent.TransportFailed e -> connections.remove(e.connection());
      case BgpEvent.TransportClosed e -> connections.remove(e.connection());
      case BgpEvent.ConfigurationCommitted e -> {}
      case BgpEvent.TransportWritable e -> {}
      case BgpEvent.MessageReceived e -> {}
      case BgpEvent.RibChanged e -> {}
      case BgpEvent.NextHopChanged e -> {}
      case BgpEvent.LivenessLost e -> {}
      case BgpEvent.LivenessUp e -> {}
      case BgpEvent.InterfacesChanged e -> {}
      case BgpEvent.ClearNeighbor e -> {}
      case BgpEvent.ShutDown e -> {}
    }
  }

  void note(BgpAction action) {
    switch (action) {
      case BgpAction.Listen a -> listening = !a.listeners().isEmpty();
      case BgpAction.Connect a -> {
        connections.add(a.connection());
        lastConnection = Math.max(lastConnection, a.connection().value());
      }
      case BgpAction.CloseTransport a -> connections.remove(a.connection());
      case BgpAction.TrackNextHop a -> nextHops.merge(a.nextHop(), 1, Integer::sum);
      case BgpAction.UntrackNextHop a ->
          nextHops.computeIfPresent(a.nextHop(), (hop, count) -> count == 1 ? null : count - 1);
      case BgpAction.SendMessage a -> {}
      case BgpAction.AwaitWritable a -> {}
      case BgpAction.UpdateRoutes a -> {}
      case BgpAction.WatchNeighbor a -> {}
      case BgpAction.UnwatchNeighbor a -> {}
      case BgpAction.Report a -> {}
    }
  }

  /** What BGP would ask for if it let go of everything. */
  List<BgpAction> release() {
    List<BgpAction> release = new ArrayList<>();
    if (listening) {
      release.add(new BgpAction.Listen(List.of()));
    }
    connections.forEach(c -> release.add(new BgpAction.CloseTransport(c)));
    nextHops.forEach((hop, count) ->
        release.addAll(Collections.nCopies(count, new BgpAction.UntrackNextHop(hop))));
    return release;
  }

  /** The highest number BGP has given a connection of its own. */
  long lastConnection() {
    return lastConnection;
  }
}
