package dev.culvert.engine;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.ResolvedNextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.barrier.RecordedEvent;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.instance.InterfaceChange;
import dev.culvert.engine.instance.LivenessClient;
import dev.culvert.engine.instance.Protocol;
import dev.culvert.engine.instance.ProtocolIdentity;
import dev.culvert.engine.instance.Requests;
import dev.culvert.rip.RipAction;
import dev.culvert.rip.RipEngine;
import dev.culvert.rip.RipEvent;
import dev.culvert.rip.config.RipConfig;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * RIP or RIPng as one of the router's protocols. What it holds of its own are its sockets. It is
 * told of active routes while it is configured only: a full table is not kept for nothing.
 */
final class RipProtocol implements Protocol<RipEngine, RipEvent, RipAction> {
  private final RipFlavor flavor;
  private final ProtocolIdentity identity;
  private final RandomGenerator random;
  private final ActionSink<RouterAction> outside;
  private final Function<TableId, List<RibDelta>> activeRoutes;
  private final SortedSet<InterfaceName> open = new TreeSet<>();
  private boolean configured;

  /**
   * @param activeRoutes of a table, as if each had just become active
   */
  RipProtocol(
      RipFlavor flavor,
      int rank,
      RandomGenerator random,
      ActionSink<RouterAction> outside,
      Function<TableId, List<RibDelta>> activeRoutes) {
    this.flavor = flavor;
    this.identity =
        new ProtocolIdentity(
            flavor.keyword(),
            new LivenessClient(rank, flavor.keyword().toUpperCase(Locale.ROOT)),
            Set.of(flavor.table()),
            Set.of(flavor.protocol()));
    this.random = random;
    this.outside = outside;
    this.activeRoutes = activeRoutes;
  }

  @Override
  public ProtocolIdentity identity() {
    return identity;
  }

  @Override
  public RipEngine engine() {
    configured = false;
    return new RipEngine(flavor, random);
  }

  @Override
  public RecordedEvent record(Instant at, RipEvent event) {
    return RecordedEvents.rip(at, flavor, event);
  }

  @Override
  public List<RipEvent> configured(RouterConfig after) {
    RipConfig config = flavor == RipFlavor.RIP ? after.rip() : after.ripng();
    List<RipEvent> events = new ArrayList<>();
    if (!configured && !config.isEmpty()) {
      events.add(new RipEvent.RibChanged(activeRoutes.apply(flavor.table())));
    }
    configured = !config.isEmpty();
    events.add(new RipEvent.ConfigurationCommitted(config));
    return events;
  }

  @Override
  public List<RipEvent> interfacesChanged(InterfaceChange change) {
    List<RipEvent> events = new ArrayList<>();
    change.removed().forEach(name -> events.add(new RipEvent.InterfaceRemoved(name)));
    change.changes().changed().forEach(state -> events.add(new RipEvent.InterfaceChanged(state)));
    return events;
  }

  @Override
  public List<RipEvent> routesChanged(List<RibDelta> deltas) {
    return configured ? List.of(new RipEvent.RibChanged(deltas)) : List.of();
  }

  /** Never asked for. */
  @Override
  public List<RipEvent> nextHopChanged(IpAddress nextHop, @Nullable ResolvedNextHop resolved) {
    return List.of();
  }

  @Override
  public List<RipEvent> livenessChanged(LivenessTarget target, boolean up) {
    return List.of(new RipEvent.LivenessChanged(target, up));
  }

  @Override
  public List<RipEvent> stopped() {
    configured = false;
    return List.of(new RipEvent.ConfigurationCommitted(RipConfig.NONE));
  }

  @Override
  public void perform(RipAction action, Requests requests) {
    switch (action) {
      case RipAction.UpdateRoutes a -> requests.updateRoutes(a.updates());
      case RipAction.WatchNeighbor a -> requests.watchNeighbor(a.target(), a.config());
      case RipAction.UnwatchNeighbor a -> requests.unwatchNeighbor(a.target());
      case RipAction.Report a -> requests.report(a.notice());
      case RipAction.OpenInterface a -> {
        open.add(a.name());
        outside.add(new RouterAction.Rip(flavor, a));
      }
      case RipAction.CloseInterface a -> {
        open.remove(a.name());
        outside.add(new RouterAction.Rip(flavor, a));
      }
      case RipAction.SendDatagram a -> outside.add(new RouterAction.Rip(flavor, a));
    }
  }

  @Override
  public void note(RipEvent event) {}

  @Override
  public List<RipAction> refused(RipEvent event) {
    return List.of();
  }

  @Override
  public List<RipAction> released() {
    List<RipAction> actions = new ArrayList<>();
    open.forEach(name -> actions.add(new RipAction.CloseInterface(name)));
    return actions;
  }
}
