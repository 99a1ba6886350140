package dev.culvert.ospf;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.notice.Notice;
import dev.culvert.ospf.lsdb.DatabaseCopy;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.NeighborEvent;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.neighbor.NeighborStateMachine;
import dev.culvert.ospf.packet.LsaKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Carries out what the neighbor state machine decides (RFC 2328 §10.3). */
final class Adjacencies {
  /** On one interface: whoever makes up neighbors that vanish must not fill memory with them. */
  private static final int MOST_LOST = 64;

  private static final Duration LOST_AMONG_MANY = Duration.ofHours(1);

  private final OspfInstance instance;

  Adjacencies(OspfInstance instance) {
    this.instance = instance;
  }

  void fire(OspfInterface on, Neighbor neighbor, NeighborEvent event) {
    if (event == NeighborEvent.HELLO_RECEIVED) {
      restartInactivity(on, neighbor);
    }
    NeighborState before = neighbor.state;
    NeighborState after =
        NeighborStateMachine.next(
            before, event, on.wantsAdjacency(neighbor), !neighbor.requests.isEmpty());
    boolean restartsExchange =
        after == NeighborState.EX_START
            && (event == NeighborEvent.SEQ_NUMBER_MISMATCH || event == NeighborEvent.BAD_LS_REQ);
    if (before != after || restartsExchange) {
      enter(on, neighbor, after, event);
    }
  }

  /** A neighbor that may have been adjacent no more, or not wanted, is looked at again. */
  void reconsiderAll(OspfInterface on) {
    for (Neighbor neighbor : List.copyOf(on.neighbors.values())) {
      fire(on, neighbor, NeighborEvent.ADJ_OK);
    }
  }

  void killAll(OspfInterface on, NeighborEvent event) {
    for (Neighbor neighbor : List.copyOf(on.neighbors.values())) {
      fire(on, neighbor, event);
    }
  }

  /** Every assignment of a neighbor's state is this one. */
  private void enter(
      OspfInterface on, Neighbor neighbor, NeighborState state, NeighborEvent event) {
    NeighborState before = neighbor.state;
    instance.synchronizing -= neighbor.isSynchronizing() ? 1 : 0;
    neighbor.state = state;
    instance.synchronizing += neighbor.isSynchronizing() ? 1 : 0;
    neighbor.stateChanges++;
    instance.report(stateNotice(on, neighbor, before, event));
    if (!state.atLeast(NeighborState.EX_START) || state == NeighborState.EX_START) {
      forgetExchange(on, neighbor);
    }
    if (state == NeighborState.EX_START) {
      instance.exchange.start(on, neighbor);
    }
    if (state == NeighborState.EXCHANGE) {
      describeDatabase(on, neighbor);
    }
    if (before.atLeast(NeighborState.FULL) != state.atLeast(NeighborState.FULL)) {
      neighbor.fullSince = state == NeighborState.FULL ? instance.now : null;
      instance.topologyChanged();
    }
    if (state == NeighborState.DOWN) {
      remove(on, neighbor);
    }
    watch(on, neighbor, event);
    if (before.atLeast(NeighborState.TWO_WAY) != state.atLeast(NeighborState.TWO_WAY)) {
      instance.interfaceMachine.neighborChange(on);
    }
  }

  /** A hello is all it takes to come as far as ExStart, under as many names as one likes. */
  private static Notice stateNotice(
      OspfInterface on, Neighbor neighbor, NeighborState before, NeighborEvent event) {
    boolean exchanges =
        before.atLeast(NeighborState.EXCHANGE) || neighbor.state.atLeast(NeighborState.EXCHANGE);
    return exchanges
        ? Notice.of(
            Notice.Level.INFO,
            "OSPF_NBR_STATE",
            "neighbor",
            neighbor.routerId,
            "address",
            neighbor.address,
            "interface",
            on.name,
            "from",
            before.junosName(),
            "to",
            neighbor.state.junosName(),
            "event",
            event)
        : Notice.limited(
            Notice.Level.INFO,
            "OSPF_NBR_STATE",
            "interface",
            on.name,
            "neighbor",
            neighbor.routerId,
            "address",
            neighbor.address,
            "from",
            before.junosName(),
            "to",
            neighbor.state.junosName(),
            "event",
            event);
  }

  private void remove(OspfInterface on, Neighbor neighbor) {
    on.neighbors.remove(neighbor.routerId);
    instance.timers.stop(new OspfTimer.Inactivity(on.name, neighbor.routerId));
  }

  private void restartInactivity(OspfInterface on, Neighbor neighbor) {
    Instant deadAt = instance.now.plus(on.config.deadInterval());
    neighbor.deadAt = deadAt;
    if (neighbor.upSince == null) {
      neighbor.upSince = instance.now;
    }
    instance.timers.start(new OspfTimer.Inactivity(on.name, neighbor.routerId), deadAt);
  }

  private void forgetExchange(OspfInterface on, Neighbor neighbor) {
    neighbor.unacknowledged.keySet().forEach(instance.database::released);
    neighbor.clearLists();
    instance.timers.stop(new OspfTimer.DescriptionRetransmit(on.name, neighbor.routerId));
    instance.timers.stop(new OspfTimer.RequestRetransmit(on.name, neighbor.routerId));
    instance.timers.stop(new OspfTimer.UpdateRetransmit(on.name, neighbor.routerId));
  }

  /** RFC 2328 §10.3, NegotiationDone: the whole database, but LSAs of MaxAge are flooded. */
  private void describeDatabase(OspfInterface on, Neighbor neighbor) {
    for (Map.Entry<LsaKey, DatabaseCopy> entry : instance.database.entries()) {
      DatabaseCopy copy = entry.getValue();
      if (copy.isMaxAge(instance.now)) {
        instance.flooding.addUnacknowledged(on, neighbor, copy.header(instance.now));
      } else {
        neighbor.summaries.add(copy.header(instance.now));
      }
    }
  }

  /** BFD watches a neighbor as long as it hears us, and one that was lost until it returns. */
  private void watch(OspfInterface on, Neighbor neighbor, NeighborEvent event) {
    LivenessConfig config = on.config.liveness();
    LivenessTarget watched = neighbor.watched;
    boolean wanted = config != null && neighbor.state.atLeast(NeighborState.TWO_WAY);
    if (wanted && config != null && watched == null) {
      LivenessTarget target = new LivenessTarget(on.name, on.address, neighbor.address);
      on.lost.remove(neighbor.address);
      if (!on.hasManyNeighbors()) {
        // There is one neighbor at the other end: this is who came instead.
        forgetLost(on);
      }
      neighbor.watched = target;
      instance.act(new OspfAction.WatchNeighbor(target, config));
    } else if (!wanted && watched != null) {
      neighbor.watched = null;
      if (config != null && wasLost(event) && on.lost.size() < MOST_LOST) {
        on.lost.put(neighbor.address, watched);
        expectReturn(on, neighbor.address);
      } else {
        instance.act(new OspfAction.UnwatchNeighbor(watched));
      }
    }
  }

  /** Not if it said that it leaves, or is not wanted any more. */
  private static boolean wasLost(NeighborEvent event) {
    return event == NeighborEvent.INACTIVITY_TIMER || event == NeighborEvent.LL_DOWN;
  }

  private void expectReturn(OspfInterface on, Ipv4Address neighbor) {
    if (on.hasManyNeighbors()) {
      instance.timers.start(
          new OspfTimer.Lost(on.name, neighbor), instance.now.plus(LOST_AMONG_MANY));
    }
  }

  /** A router that has left the network for good is not a failure for ever. */
  void lostForGood(OspfInterface on, Ipv4Address neighbor) {
    LivenessTarget watched = on.lost.remove(neighbor);
    if (watched != null && !isWatched(on, watched)) {
      instance.act(new OspfAction.UnwatchNeighbor(watched));
    }
  }

  private static boolean isWatched(OspfInterface on, LivenessTarget target) {
    return on.neighbors.values().stream().anyMatch(n -> target.equals(n.watched));
  }

  /** Nobody's return is expected: the interface is not what it was, or is not ours any more. */
  void forgetLost(OspfInterface on) {
    for (Ipv4Address neighbor : List.copyOf(on.lost.keySet())) {
      instance.timers.stop(new OspfTimer.Lost(on.name, neighbor));
      lostForGood(on, neighbor);
    }
  }

  /** After {@code bfd-liveness-detection} was edited under a living neighbor. */
  void rewatch(OspfInterface on) {
    forgetLost(on);
    for (Neighbor neighbor : on.neighbors.values()) {
      LivenessTarget watched = neighbor.watched;
      if (watched != null) {
        neighbor.watched = null;
        instance.act(new OspfAction.UnwatchNeighbor(watched));
      }
      watch(on, neighbor, NeighborEvent.ADJ_OK);
    }
  }
}
