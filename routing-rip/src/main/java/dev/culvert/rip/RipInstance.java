package dev.culvert.rip;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.rip.config.RipConfig;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of the protocol share, and the order in which an event is worked off: the event
 * itself, then the routes it has changed, and last what neighbors are to hear of it.
 */
final class RipInstance {
  final RipFlavor flavor;
  final RandomGenerator random;
  final TimerTable<RipTimer> timers = new TimerTable<>();
  final TreeMap<InterfaceName, InterfaceState> links = new TreeMap<>();
  final TreeMap<InterfaceName, RipNeighbor> running = new TreeMap<>();
  final RouteTable table;
  final Transmitter transmitter;
  final Exports exports;
  final Peers peers;
  final Reception reception;
  private final Reconfiguration reconfiguration;

  /** Our own addresses, with the number of interfaces that have them. */
  private final TreeMap<IpAddress, Integer> own = new TreeMap<>();

  RipConfig config = RipConfig.NONE;
  Instant now = Instant.EPOCH;
  private ActionSink<? super RipAction> actions = action -> {};

  RipInstance(RipFlavor flavor, RandomGenerator random) {
    this.flavor = flavor;
    this.random = random;
    this.table = new RouteTable(this);
    this.transmitter = new Transmitter(this);
    this.exports = new Exports(this, transmitter::changed);
    this.peers = new Peers(this);
    this.reception = new Reception(this);
    this.reconfiguration = new Reconfiguration(this);
  }

  void handle(RipEvent event, Instant at, ActionSink<? super RipAction> sink) {
    now = at;
    actions = sink;
    switch (event) {
      case RipEvent.ConfigurationCommitted(RipConfig after) -> reconfiguration.apply(after);
      case RipEvent.InterfaceChanged(InterfaceState state) -> linkChanged(state.name(), state);
      case RipEvent.InterfaceRemoved(InterfaceName name) -> linkChanged(name, null);
      case RipEvent.DatagramReceived datagram -> reception.received(datagram);
      case RipEvent.LivenessChanged(var target, boolean up) -> peers.livenessChanged(target, up);
      case RipEvent.RibChanged(var deltas) -> exports.ribChanged(deltas);
      case RipEvent.ClearStatistics(InterfaceName neighbor) -> clearStatistics(neighbor);
    }
    settle();
  }

  void advance(Instant at, ActionSink<? super RipAction> sink) {
    now = at;
    actions = sink;
    boolean fired = false;
    for (RipTimer due = timers.pollDue(at); due != null; due = timers.pollDue(at)) {
      fire(due);
      fired = true;
    }
    if (fired) {
      settle();
    }
  }

  private void fire(RipTimer timer) {
    switch (timer) {
      case RipTimer.Update(InterfaceName on) -> with(on, transmitter::periodicUpdate);
      case RipTimer.Triggered(InterfaceName on) -> with(on, transmitter::triggeredUpdate);
      case RipTimer.RouteTimeout(IpPrefix prefix, RouteTable.From from) ->
          table.withdraw(prefix, from);
      case RipTimer.HoldDown(IpPrefix prefix) -> table.holdDownOver(prefix);
      case RipTimer.Garbage(String group, IpPrefix prefix) -> exports.garbageDue(group, prefix);
      case RipTimer.Silence(InterfaceName on, IpAddress peer) ->
          with(on, neighbor -> peers.silent(neighbor, peer));
    }
  }

  private void with(InterfaceName name, Consumer<RipNeighbor> action) {
    RipNeighbor on = running.get(name);
    if (on != null) {
      action.accept(on);
    }
  }

  private void settle() {
    table.settle();
    transmitter.settle();
  }

  private void linkChanged(InterfaceName name, @Nullable InterfaceState after) {
    InterfaceState before = after == null ? links.remove(name) : links.put(name, after);
    if (before != null) {
      addresses(before).forEach(a -> own.computeIfPresent(a, (k, n) -> n == 1 ? null : n - 1));
    }
    if (after != null) {
      addresses(after).forEach(a -> own.merge(a, 1, Integer::sum));
    }
    reconfiguration.linkChanged(name);
  }

  private List<IpAddress> addresses(InterfaceState link) {
    return RipNeighbor.addresses(flavor, link).stream().map(InterfaceAddress::address).toList();
  }

  boolean isOwn(IpAddress address) {
    return own.containsKey(address);
  }

  private void clearStatistics(@Nullable InterfaceName neighbor) {
    for (RipNeighbor on : running.values()) {
      if (neighbor == null || on.name.equals(neighbor)) {
        on.counters = new Counters();
      }
    }
    if (neighbor == null) {
      reception.clearStatistics();
    }
  }

  void act(RipAction action) {
    actions.add(action);
  }

  void report(Notice notice) {
    act(new RipAction.Report(notice));
  }
}
