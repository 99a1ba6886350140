package dev.culvert.engine.instance;

import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.NextHopChange;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.barrier.InstanceStatus;
import dev.culvert.engine.config.RouterConfig;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One protocol of a router behind its barrier, with what it holds outside of itself: routes,
 * tracked next hops, watched neighbors, sockets. When it fails all of that is taken back, and after
 * a pause a fresh engine is told what it has to know.
 *
 * <p>Confined to the routing thread.
 */
public final class ProtocolInstance<N extends ProtocolEngine<E, A>, E, A> {
  /**
   * What a fresh engine is told, in the order in which a router that starts tells it.
   *
   * @param config null before the first commit
   * @param activeRoutes of the instance's tables, as if each had just become active
   */
  public record Briefing(
      @Nullable RouterConfig config,
      List<InterfaceState> interfaces,
      List<RibDelta> activeRoutes) {}

  private final Protocol<N, E, A> protocol;
  private final ProtocolIdentity identity;
  private final Surroundings surroundings;
  private final InstanceBarrier<N, E, A> barrier;
  private final TrackedNextHops nextHops;
  private final Requests requests = new CommonRequests();

  /**
   * @param access what calls of the engine go through: a place for a test to break it
   */
  public ProtocolInstance(
      Protocol<N, E, A> protocol,
      FaultPolicy policy,
      Surroundings surroundings,
      UnaryOperator<ProtocolEngine<E, A>> access) {
    this.protocol = protocol;
    this.identity = protocol.identity();
    this.surroundings = surroundings;
    this.nextHops = new TrackedNextHops(surroundings, identity.tables());
    this.barrier =
        new InstanceBarrier<>(
            identity.name(),
            policy,
            new EventRecorder<>(protocol::record),
            protocol::engine,
            access);
  }

  /** The engine, for queries; one that knows nothing while the instance is down. */
  public N engine() {
    return barrier.engine();
  }

  public InstanceStatus status() {
    return barrier.status();
  }

  public Protocol<N, E, A> protocol() {
    return protocol;
  }

  /** Something that happens to this protocol alone. */
  public void handle(E event, Instant now) {
    protocol.note(event);
    if (barrier.isDown()) {
      protocol.refused(event).forEach(this::perform);
    }
    over(barrier.handle(event, now, this::perform));
  }

  private void handleAll(List<E> events, Instant now) {
    events.forEach(event -> handle(event, now));
  }

  public void configured(RouterConfig after, Instant now) {
    handleAll(protocol.configured(after), now);
  }

  public void interfacesChanged(InterfaceChange change, Instant now) {
    handleAll(protocol.interfacesChanged(change), now);
  }

  /**
   * @param deltas of any table
   */
  public void routesChanged(List<RibDelta> deltas, Instant now) {
    List<RibDelta> own =
        deltas.stream().filter(delta -> identity.tables().contains(delta.table())).toList();
    if (!own.isEmpty()) {
      handleAll(protocol.routesChanged(own), now);
    }
  }

  /**
   * @param target as this protocol named it
   */
  public void livenessChanged(LivenessTarget target, boolean up, Instant now) {
    handleAll(protocol.livenessChanged(target, up), now);
  }

  /** Keeps the news for {@link #tellNextHops}, if this instance tracks the address. */
  public void nextHopChanged(NextHopChange change) {
    nextHops.changed(change);
  }

  public boolean hasNextHopNews() {
    return nextHops.hasNews();
  }

  public void tellNextHops(Instant now) {
    nextHops
        .takeNews()
        .forEach((nextHop, resolved) ->
            handleAll(protocol.nextHopChanged(nextHop, resolved.orElse(null)), now));
  }

  /** The router stops: an instance that is down stays so. */
  public void stop(Instant now) {
    barrier.stayDown();
    handleAll(protocol.stopped(), now);
  }

  /** Runs the timers that are due, after a fresh engine was told what it has to know. */
  public void advance(Instant now, Supplier<Briefing> briefing) {
    if (barrier.restart(now)) {
      surroundings.report(
          Notice.of(Notice.Level.WARN, "INSTANCE_RESTARTED", "instance", identity.name()));
      brief(briefing.get(), now);
    }
    over(barrier.advance(now, this::perform));
  }

  private void brief(Briefing briefing, Instant now) {
    if (briefing.config() != null) {
      configured(briefing.config(), now);
    }
    interfacesChanged(InterfaceChange.of(briefing.interfaces()), now);
    routesChanged(briefing.activeRoutes(), now);
  }

  public @Nullable Deadline nextDeadline() {
    return barrier.nextDeadline();
  }

  private void perform(A action) {
    protocol.perform(action, requests);
  }

  /** After a call of the engine: takes back all it held if it failed. */
  private void over(@Nullable InstanceFault fault) {
    if (fault == null) {
      return;
    }
    protocol.released().forEach(this::perform);
    nextHops.untrackAll();
    surroundings.unwatchAll(identity.livenessClient());
    surroundings.withdrawAll(identity.tables(), identity.routes());
    surroundings.failed(fault);
  }

  /** What the protocol asks, in this instance's name. */
  private final class CommonRequests implements Requests {
    @Override
    public void updateRoutes(List<RouteUpdate> updates) {
      surroundings.updateRoutes(updates);
    }

    @Override
    public void trackNextHop(IpAddress nextHop) {
      nextHops.track(nextHop);
    }

    @Override
    public void untrackNextHop(IpAddress nextHop) {
      nextHops.untrack(nextHop);
    }

    @Override
    public void watchNeighbor(LivenessTarget target, LivenessConfig config) {
      surroundings.watchNeighbor(identity.livenessClient(), target, config);
    }

    @Override
    public void unwatchNeighbor(LivenessTarget target) {
      surroundings.unwatchNeighbor(identity.livenessClient(), target);
    }

    @Override
    public void report(Notice notice) {
      surroundings.report(notice);
    }
  }
}
