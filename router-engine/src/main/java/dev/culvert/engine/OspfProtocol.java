package dev.culvert.engine;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
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
import dev.culvert.ospf.OspfAction;
import dev.culvert.ospf.OspfEngine;
import dev.culvert.ospf.OspfEvent;
import dev.culvert.ospf.config.OspfConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** OSPFv2 as one of the router's protocols. What it holds of its own are its sockets. */
final class OspfProtocol implements Protocol<OspfEngine, OspfEvent, OspfAction> {
  private final ProtocolIdentity identity;
  private final RandomGenerator random;
  private final LongSupplier stopwatch;
  private final ActionSink<RouterAction> outside;
  private final SortedSet<InterfaceName> open = new TreeSet<>();

  OspfProtocol(
      int rank, RandomGenerator random, LongSupplier stopwatch, ActionSink<RouterAction> outside) {
    this.identity =
        new ProtocolIdentity(
            "ospf",
            new LivenessClient(rank, "OSPF"),
            Set.of(TableId.INET),
            Set.of(RouteProtocol.OSPF_INTERNAL, RouteProtocol.OSPF_EXTERNAL));
    this.random = random;
    this.stopwatch = stopwatch;
    this.outside = outside;
  }

  @Override
  public ProtocolIdentity identity() {
    return identity;
  }

  @Override
  public OspfEngine engine() {
    return new OspfEngine(random, stopwatch);
  }

  @Override
  public RecordedEvent record(Instant at, OspfEvent event) {
    return RecordedEvents.ospf(at, event);
  }

  @Override
  public List<OspfEvent> configured(RouterConfig after) {
    return List.of(new OspfEvent.ConfigurationCommitted(after.ospf()));
  }

  @Override
  public List<OspfEvent> interfacesChanged(InterfaceChange change) {
    List<OspfEvent> events = new ArrayList<>();
    change.removed().forEach(name -> events.add(new OspfEvent.InterfaceRemoved(name)));
    change.changes().changed().forEach(state -> events.add(new OspfEvent.InterfaceChanged(state)));
    return events;
  }

  @Override
  public List<OspfEvent> routesChanged(List<RibDelta> deltas) {
    return List.of(new OspfEvent.RibChanged(deltas));
  }

  /** Never asked for. */
  @Override
  public List<OspfEvent> nextHopChanged(IpAddress nextHop, @Nullable ResolvedNextHop resolved) {
    return List.of();
  }

  /** Whether a neighbor is there OSPF's own Hellos say. */
  @Override
  public List<OspfEvent> livenessChanged(LivenessTarget target, boolean up) {
    return List.of(up ? new OspfEvent.LivenessUp(target) : new OspfEvent.LivenessLost(target));
  }

  @Override
  public List<OspfEvent> stopped() {
    return List.of(new OspfEvent.ConfigurationCommitted(OspfConfig.NONE));
  }

  @Override
  public void perform(OspfAction action, Requests requests) {
    switch (action) {
      case OspfAction.UpdateRoutes a -> requests.updateRoutes(a.updates());
      case OspfAction.WatchNeighbor a -> requests.watchNeighbor(a.target(), a.config());
      case OspfAction.UnwatchNeighbor a -> requests.unwatchNeighbor(a.target());
      case OspfAction.Report a -> requests.report(a.notice());
      case OspfAction.OpenInterface a -> {
        open.add(a.name());
        outside.add(new RouterAction.Ospf(a));
      }
      case OspfAction.CloseInterface a -> {
        open.remove(a.name());
        outside.add(new RouterAction.Ospf(a));
      }
      case OspfAction.JoinAllDRouters a -> outside.add(new RouterAction.Ospf(a));
      case OspfAction.LeaveAllDRouters a -> outside.add(new RouterAction.Ospf(a));
      case OspfAction.SendPacket a -> outside.add(new RouterAction.Ospf(a));
    }
  }

  @Override
  public void note(OspfEvent event) {}

  @Override
  public List<OspfAction> refused(OspfEvent event) {
    return List.of();
  }

  @Override
  public List<OspfAction> released() {
    List<OspfAction> actions = new ArrayList<>();
    open.forEach(name -> actions.add(new OspfAction.CloseInterface(name)));
    return actions;
  }
}
