package dev.culvert.engine;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEngine;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.rib.NextHopState;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.ResolvedNextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.barrier.RecordedEvent;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.instance.InterfaceChange;
import dev.culvert.engine.instance.LivenessClient;
import dev.culvert.engine.instance.Protocol;
import dev.culvert.engine.instance.ProtocolIdentity;
import dev.culvert.engine.instance.Requests;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** BGP as one of the router's protocols. What it holds of its own are its connections. */
final class BgpProtocol implements Protocol<BgpEngine, BgpEvent, BgpAction> {
  private final ProtocolIdentity identity;
  private final RandomGenerator random;
  private final ActionSink<RouterAction> outside;
  private final SortedSet<ConnectionId> connections = new TreeSet<>();

  /** The highest number BGP has given a connection of its own. */
  private long lastConnection;

  private boolean listening;

  BgpProtocol(int rank, RandomGenerator random, ActionSink<RouterAction> outside) {
    this.identity =
        new ProtocolIdentity(
            "bgp",
            new LivenessClient(rank, "BGP"),
            Set.of(TableId.INET),
            Set.of(RouteProtocol.BGP));
    this.random = random;
    this.outside = outside;
  }

  @Override
  public ProtocolIdentity identity() {
    return identity;
  }

  @Override
  public BgpEngine engine() {
    return new BgpEngine(random, lastConnection);
  }

  @Override
  public RecordedEvent record(Instant at, BgpEvent event) {
    return RecordedEvents.bgp(at, event);
  }

  @Override
  public List<BgpEvent> configured(RouterConfig after) {
    return List.of(new BgpEvent.ConfigurationCommitted(after.bgp()));
  }

  @Override
  public List<BgpEvent> interfacesChanged(InterfaceChange change) {
    return List.of(new BgpEvent.InterfacesChanged(change.changes()));
  }

  @Override
  public List<BgpEvent> routesChanged(List<RibDelta> deltas) {
    return List.of(new BgpEvent.RibChanged(deltas));
  }

  @Override
  public List<BgpEvent> nextHopChanged(IpAddress nextHop, @Nullable ResolvedNextHop resolved) {
    NextHopState state = resolved == null ? null : new NextHopState(resolved.metric());
    return List.of(new BgpEvent.NextHopChanged(nextHop, state));
  }

  @Override
  public List<BgpEvent> livenessChanged(LivenessTarget target, boolean up) {
    return List.of(up ? new BgpEvent.LivenessUp(target) : new BgpEvent.LivenessLost(target));
  }

  @Override
  public List<BgpEvent> stopped() {
    return List.of(new BgpEvent.ShutDown());
  }

  @Override
  public void perform(BgpAction action, Requests requests) {
    switch (action) {
      case BgpAction.UpdateRoutes a -> requests.updateRoutes(a.updates());
      case BgpAction.TrackNextHop a -> requests.trackNextHop(a.nextHop());
      case BgpAction.UntrackNextHop a -> requests.untrackNextHop(a.nextHop());
      case BgpAction.WatchNeighbor a -> requests.watchNeighbor(a.target(), a.config());
      case BgpAction.UnwatchNeighbor a -> requests.unwatchNeighbor(a.target());
      case BgpAction.Report a -> requests.report(a.notice());
      case BgpAction.Listen a -> {
        listening = !a.listeners().isEmpty();
        outside.add(new RouterAction.Bgp(a));
      }
      case BgpAction.Connect a -> {
        connections.add(a.connection());
        lastConnection = Math.max(lastConnection, a.connection().value());
        outside.add(new RouterAction.Bgp(a));
      }
      case BgpAction.CloseTransport a -> {
        connections.remove(a.connection());
        outside.add(new RouterAction.Bgp(a));
      }
      case BgpAction.SendMessage a -> outside.add(new RouterAction.Bgp(a));
      case BgpAction.AwaitWritable a -> outside.add(new RouterAction.Bgp(a));
    }
  }

  @Override
  public void note(BgpEvent event) {
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

  /** A connection that an engine asked for which is gone, or let in before the listener closed. */
  @Override
  public List<BgpAction> refused(BgpEvent event) {
    return event instanceof BgpEvent.TransportOpened late
        ? List.of(new BgpAction.CloseTransport(late.connection()))
        : List.of();
  }

  @Override
  public List<BgpAction> released() {
    List<BgpAction> actions = new ArrayList<>();
    if (listening) {
      actions.add(BgpAction.Listen.NOWHERE);
    }
    connections.forEach(connection -> actions.add(new BgpAction.CloseTransport(connection)));
    return actions;
  }
}
