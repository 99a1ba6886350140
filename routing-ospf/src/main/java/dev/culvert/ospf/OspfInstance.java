package dev.culvert.ospf;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.lsdb.DatabaseCopy;
import dev.culvert.ospf.lsdb.LinkStateDatabase;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.NeighborEvent;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaKey;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of the protocol share, and the order in which an event is worked off: the event
 * itself, then our own LSAs, what must be flooded, and last the routing table.
 */
final class OspfInstance {
  private static final RouterId NO_ROUTER = new RouterId(0);

  final RandomGenerator random;
  final LongSupplier stopwatch;
  final TimerTable<OspfTimer> timers = new TimerTable<>();
  final LinkStateDatabase database;
  final Counters counters = new Counters();
  final Exports exports = new Exports();
  final Transmitter transmitter = new Transmitter(this);
  final Adjacencies adjacencies = new Adjacencies(this);
  final DatabaseExchange exchange = new DatabaseExchange(this);
  final Flooding flooding = new Flooding(this);
  final Origination origination = new Origination(this);
  final InterfaceMachine interfaceMachine = new InterfaceMachine(this);
  final Routing routing = new Routing(this);
  private final Reception reception = new Reception(this);
  private final Reconfiguration reconfiguration = new Reconfiguration(this);

  OspfConfig config = OspfConfig.NONE;
  final TreeMap<InterfaceName, InterfaceState> links = new TreeMap<>();
  final TreeMap<InterfaceName, OspfInterface> running = new TreeMap<>();

  /** Neighbors in Exchange or Loading. */
  int synchronizing;

  Instant now = Instant.EPOCH;
  private ActionSink<? super OspfAction> actions = action -> {};

  OspfInstance(RandomGenerator random, LongSupplier stopwatch, int mostLsas) {
    this.database = new LinkStateDatabase(mostLsas);
    this.random = random;
    this.stopwatch = stopwatch;
  }

  void handle(OspfEvent event, Instant at, ActionSink<? super OspfAction> sink) {
    now = at;
    actions = sink;
    switch (event) {
      case OspfEvent.ConfigurationCommitted(OspfConfig after) -> reconfiguration.apply(after);
      case OspfEvent.InterfaceChanged(InterfaceState state) -> {
        links.put(state.name(), state);
        reconfiguration.linkChanged(state.name());
      }
      case OspfEvent.InterfaceRemoved(InterfaceName name) -> {
        links.remove(name);
        reconfiguration.linkChanged(name);
      }
      case OspfEvent.PacketReceived packet -> reception.received(packet);
      case OspfEvent.LivenessLost(LivenessTarget target) -> livenessLost(target);
      case OspfEvent.LivenessUp(LivenessTarget target) -> livenessUp(target);
      case OspfEvent.RibChanged changed -> {
        if (exports.ribChanged(changed.deltas())) {
          topologyChanged();
        }
      }
    }
    settle();
  }

  void advance(Instant at, ActionSink<? super OspfAction> sink) {
    now = at;
    actions = sink;
    boolean fired = false;
    for (OspfTimer due = timers.pollDue(at); due != null; due = timers.pollDue(at)) {
      fire(due);
      fired = true;
    }
    if (fired) {
      settle();
    }
  }

  @Nullable Deadline nextDeadline() {
    return timers.next();
  }

  /** Zero while OSPF does not run. */
  RouterId routerId() {
    RouterId id = config.routerId();
    return id == null ? NO_ROUTER : id;
  }

  boolean isRunning() {
    return config.routerId() != null && !config.interfaces().isEmpty();
  }

  /** From the moment a policy is configured, so that the first route need not flag us first. */
  boolean isAsBoundaryRouter() {
    return !config.export().isEmpty() || exports.size() > 0;
  }

  Collection<OspfInterface> interfaces() {
    return running.values();
  }

  @Nullable OspfInterface find(InterfaceName name) {
    return running.get(name);
  }

  void act(OspfAction action) {
    actions.add(action);
  }

  void report(Notice notice) {
    act(new OspfAction.Report(notice));
  }

  /** An adjacency, an interface or an exported route changed: our LSAs and routes may, too. */
  void topologyChanged() {
    origination.changed();
    routing.databaseChanged();
  }

  private void livenessLost(LivenessTarget target) {
    OspfInterface on = find(target.interfaceName());
    if (on == null) {
      return;
    }
    for (Neighbor neighbor : List.copyOf(on.neighbors.values())) {
      if (target.equals(neighbor.watched)) {
        adjacencies.fire(on, neighbor, NeighborEvent.INACTIVITY_TIMER);
      }
    }
  }

  /** Who was lost is there again: without a hello both would wait for up to a HelloInterval. */
  private void livenessUp(LivenessTarget target) {
    OspfInterface on = find(target.interfaceName());
    if (on != null && on.lost.containsValue(target)) {
      interfaceMachine.answer(on);
    }
  }

  private void fire(OspfTimer timer) {
    switch (timer) {
      case OspfTimer.Hello(InterfaceName on) -> with(on, interfaceMachine::helloDue);
      case OspfTimer.Wait(InterfaceName on) -> with(on, interfaceMachine::waitTimer);
      case OspfTimer.DelayedAck(InterfaceName on) -> with(on, flooding::sendDelayedAcks);
      case OspfTimer.Inactivity(InterfaceName on, RouterId neighbor) ->
          with(on, neighbor, (i, n) -> adjacencies.fire(i, n, NeighborEvent.INACTIVITY_TIMER));
      case OspfTimer.Lost(InterfaceName on, Ipv4Address neighbor) ->
          with(on, i -> adjacencies.lostForGood(i, neighbor));
      case OspfTimer.DescriptionRetransmit(InterfaceName on, RouterId neighbor) ->
          with(on, neighbor, exchange::retransmit);
      case OspfTimer.RequestRetransmit(InterfaceName on, RouterId neighbor) ->
          with(on, neighbor, exchange::repeatRequest);
      case OspfTimer.UpdateRetransmit(InterfaceName on, RouterId neighbor) ->
          with(on, neighbor, flooding::retransmit);
      case OspfTimer.Originate originate -> origination.changed();
      case OspfTimer.Refresh(LsaKey key) -> origination.refresh(key);
      case OspfTimer.Age(LsaKey key) -> expire(key);
      case OspfTimer.Forget(LsaKey key) -> origination.forget(key);
      case OspfTimer.Spf spf -> routing.databaseChanged();
    }
  }

  private void with(InterfaceName name, Consumer<OspfInterface> action) {
    OspfInterface on = find(name);
    if (on != null) {
      action.accept(on);
    }
  }

  private void with(InterfaceName name, RouterId id, BiConsumer<OspfInterface, Neighbor> action) {
    OspfInterface on = find(name);
    Neighbor neighbor = on == null ? null : on.neighbors.get(id);
    if (on != null && neighbor != null) {
      action.accept(on, neighbor);
    }
  }

  /** RFC 2328 §14: an LSA that nobody refreshed is flooded once more, to be flushed everywhere. */
  private void expire(LsaKey key) {
    DatabaseCopy copy = database.get(key);
    if (copy != null && copy.isMaxAge(now)) {
      database.expire(key);
      flooding.reflood(key);
      routing.databaseChanged();
    }
  }

  private void settle() {
    if (!isRunning()) {
      return;
    }
    if (origination.isDirty()) {
      originate();
    }
    flooding.removeExpired();
    if (origination.isDirty()) {
      originate();
    }
    flooding.sendPending();
    routing.settle();
  }

  /** Compares what we advertise with what we should. */
  void originate() {
    SortedMap<LsaKey, LsaBody> wanted =
        Advertisement.topology(routerId(), interfaces(), isAsBoundaryRouter());
    for (Ipv4Prefix prefix : exports.advertise(routerId(), wanted)) {
      report(
          Notice.limited(
              Notice.Level.WARN,
              "OSPF_EXPORT_CONFLICT",
              "prefix",
              prefix,
              "cause",
              "no free Link State ID"));
    }
    origination.settle(wanted);
  }
}
