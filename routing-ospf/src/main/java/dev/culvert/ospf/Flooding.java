package dev.culvert.ospf;

import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.DecodeFault;
import dev.culvert.core.wire.Decoded;
import dev.culvert.ospf.lsdb.DatabaseCopy;
import dev.culvert.ospf.lsdb.DatabaseCopy.Origin;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.Neighbor.Unacknowledged;
import dev.culvert.ospf.neighbor.NeighborEvent;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import dev.culvert.ospf.packet.LinkStateAcknowledgment;
import dev.culvert.ospf.packet.LinkStateUpdate;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flooding procedure (RFC 2328 §13): every LSA to every router, exactly the latest instance.
 */
final class Flooding {
  static final Duration MIN_LS_ARRIVAL = Duration.ofSeconds(1);

  /** RFC 2328 §13.5 wants it below RxmtInterval and leaves the value open. */
  private static final Duration ACK_DELAY = Duration.ofSeconds(1);

  /** Updates one retransmission sends at most, so that a full list does not become a burst. */
  private static final int RETRANSMIT_PACKETS = 16;

  private final OspfInstance instance;

  Flooding(OspfInstance instance) {
    this.instance = instance;
  }

  void received(OspfInterface on, Neighbor neighbor, LinkStateUpdate update) {
    if (!neighbor.state.atLeast(NeighborState.EXCHANGE)) {
      return;
    }
    DirectAcks acks = new DirectAcks();
    for (Lsa lsa : update.lsas()) {
      receive(on, neighbor, lsa, acks);
      if (!neighbor.state.atLeast(NeighborState.EXCHANGE)) {
        break;
      }
    }
    acknowledge(on, neighbor, acks.taken);
    acknowledge(on, neighbor, acks.refused);
    requestsAnswered(on, neighbor);
  }

  /**
   * Headers to acknowledge at once. Those of refused LSAs go in packets of their own: a router that
   * finds one of them impossible drops the whole packet.
   */
  private static final class DirectAcks {
    final List<LsaHeader> taken = new ArrayList<>();
    final List<LsaHeader> refused = new ArrayList<>();
  }

  private void acknowledge(OspfInterface on, Neighbor neighbor, List<LsaHeader> headers) {
    for (LinkStateAcknowledgment ack : instance.transmitter.acknowledgments(on, headers)) {
      instance.transmitter.toNeighbor(on, neighbor, ack);
    }
  }

  /** One LSA of an update, by the steps of RFC 2328 §13. */
  private void receive(OspfInterface on, Neighbor neighbor, Lsa lsa, DirectAcks acks) {
    if (!lsa.checksumHolds()) {
      // Step 1.
      instance.counters.error("LSA checksum failures");
      return;
    }
    LsaKey key = lsa.key();
    LsaType type = LsaType.of(key.type());
    if (type == null) {
      // Step 2.
      instance.counters.error("LSAs of unknown type");
      return;
    }
    DatabaseCopy copy = instance.database.get(key);
    if (lsa.header().isMaxAge() && copy == null && instance.synchronizing == 0) {
      // Step 4: nothing to flush here, and nobody who might still ask for it.
      acks.taken.add(lsa.header());
      return;
    }
    int recency = copy == null ? 1 : lsa.header().compareRecency(copy.header(instance.now));
    if (copy == null || recency > 0) {
      switch (lsa.body(type)) {
        case Decoded.Ok<LsaBody>(LsaBody body) -> {
          if (copy == null && instance.database.isFull()) {
            turnAway(on, neighbor, lsa.header(), acks);
          } else {
            receiveNewer(on, neighbor, lsa, body, copy);
          }
        }
        case Decoded.Malformed<LsaBody>(DecodeFault fault) ->
            refuse(on, neighbor, lsa.header(), fault, acks);
      }
    } else if (neighbor.requests.containsKey(key)) {
      // Step 6: it described something newer than what it sends.
      instance.adjacencies.fire(on, neighbor, NeighborEvent.BAD_LS_REQ);
    } else if (recency == 0) {
      receiveSame(on, neighbor, lsa.header(), acks.taken);
    } else {
      sendBack(on, neighbor, copy);
    }
  }

  /**
   * RFC 2328 lets any LSA pass whose checksum holds and whose type is known. One with an impossible
   * body would then be stored, flooded and described to neighbors that do look at bodies, which
   * refuse it for ever and do not get past Loading. So it goes no further than this; but toward its
   * sender it counts as received. Without an acknowledgment it would come again every RxmtInterval,
   * and if it stayed on the request list, our side would not get past Loading.
   */
  private void refuse(
      OspfInterface on, Neighbor neighbor, LsaHeader header, DecodeFault fault, DirectAcks acks) {
    instance.counters.error("LSAs malformed");
    instance.report(
        Notice.limited(
            Notice.Level.WARN,
            "OSPF_LSA_MALFORMED",
            "neighbor",
            neighbor.routerId,
            "interface",
            on.name,
            "lsa",
            header.key(),
            "field",
            fault.field(),
            "cause",
            fault.reason()));
    neighbor.requests.remove(header.key());
    acks.refused.add(header);
    instance.origination.outbid(header);
  }

  /**
   * There is no room for it, so its routes are missing here; the operator is told. Toward its
   * sender it counts as received like one that is refused, for the same reasons: an adjacency that
   * did not get past Loading would take all other routes along. It is taken once there is room and
   * its originator refreshes it.
   */
  private void turnAway(OspfInterface on, Neighbor neighbor, LsaHeader header, DirectAcks acks) {
    noRoomFor(on, neighbor, header);
    neighbor.requests.remove(header.key());
    acks.taken.add(header);
  }

  /** Counts and tells that an LSA is not taken in because the database is full. */
  void noRoomFor(OspfInterface on, Neighbor neighbor, LsaHeader header) {
    instance.counters.error("LSAs beyond the database limit");
    instance.report(
        Notice.limited(
            Notice.Level.ERROR,
            "OSPF_DATABASE_FULL",
            "neighbor",
            neighbor.routerId,
            "interface",
            on.name,
            "lsa",
            header.key(),
            "most",
            instance.database.mostLsas()));
  }

  /** Step 5. */
  private void receiveNewer(
      OspfInterface on, Neighbor neighbor, Lsa lsa, LsaBody body, @Nullable DatabaseCopy copy) {
    if (copy != null
        && copy.origin() == Origin.FLOODED
        && !neighbor.requests.containsKey(lsa.key())
        && instance.now.isBefore(copy.installedAt().plus(MIN_LS_ARRIVAL))) {
      // Step 5(a): flooded faster than MinLSArrival; dropped without an acknowledgment. What came
      // by request is not held against its successor, and what was asked for is not flooded: that
      // is how a neighbor that restarts is believed at once.
      instance.counters.error("LSAs faster than MinLSArrival");
      return;
    }
    Origin origin = neighbor.requests.containsKey(lsa.key()) ? Origin.REQUESTED : Origin.FLOODED;
    boolean floodedBack = install(lsa, body, origin, on, neighbor);
    // RFC 2328 §13.5, table 19: the Backup acknowledges only what came from the DR, and nobody
    // acknowledges what went back out of the same interface.
    if (!floodedBack
        && (on.state != OspfInterfaceState.BACKUP || on.isDesignatedRouter(neighbor))) {
      acknowledgeLater(on, lsa.header());
    }
    instance.origination.receivedOwn(lsa.key());
  }

  /** Step 7: a duplicate, which may be an implied acknowledgment. */
  private void receiveSame(
      OspfInterface on, Neighbor neighbor, LsaHeader header, List<LsaHeader> directAcks) {
    Unacknowledged pending = neighbor.unacknowledged.remove(header.key());
    if (pending == null) {
      directAcks.add(header);
      return;
    }
    instance.database.released(header.key());
    if (on.state == OspfInterfaceState.BACKUP && on.isDesignatedRouter(neighbor)) {
      acknowledgeLater(on, header);
    }
  }

  /** Step 8: the neighbor has an old instance; give it ours. */
  private void sendBack(OspfInterface on, Neighbor neighbor, DatabaseCopy copy) {
    LsaHeader ours = copy.header(instance.now);
    boolean wrapping = ours.isMaxAge() && ours.sequenceNumber() == LsaHeader.MAX_SEQUENCE_NUMBER;
    if (!wrapping && copy.maySendBack(instance.now, MIN_LS_ARRIVAL)) {
      for (LinkStateUpdate update :
          instance.transmitter.updates(on, List.of(copy.lsa(instance.now)))) {
        instance.transmitter.toNeighbor(on, neighbor, update);
      }
    }
  }

  /** Installs an LSA of our own and floods it. */
  void originate(Lsa lsa, LsaBody body) {
    install(lsa, body, Origin.SELF, null, null);
  }

  /** Floods the database copy again as it is, which is how an LSA of MaxAge is flushed. */
  void reflood(LsaKey key) {
    DatabaseCopy copy = instance.database.get(key);
    if (copy != null) {
      removeFromRetransmission(key);
      flood(copy.lsa(instance.now), null, null);
    }
  }

  private boolean install(
      Lsa lsa,
      LsaBody body,
      Origin origin,
      @Nullable OspfInterface from,
      @Nullable Neighbor sender) {
    LsaKey key = lsa.key();
    removeFromRetransmission(key);
    boolean changed = instance.database.install(lsa, body, instance.now, origin);
    DatabaseCopy copy = instance.database.get(key);
    if (copy != null && !lsa.header().isMaxAge()) {
      instance.timers.start(new OspfTimer.Age(key), copy.maxAgeAt());
    } else {
      instance.timers.stop(new OspfTimer.Age(key));
    }
    if (changed) {
      instance.routing.databaseChanged();
    }
    return flood(lsa, from, sender);
  }

  /** RFC 2328 §13.3; true if the LSA goes back out of the interface it came from. */
  private boolean flood(Lsa lsa, @Nullable OspfInterface from, @Nullable Neighbor sender) {
    boolean floodedBack = false;
    for (OspfInterface out : instance.interfaces()) {
      boolean added = false;
      for (Neighbor neighbor : List.copyOf(out.neighbors.values())) {
        added |= offer(out, neighbor, lsa.header(), neighbor == sender);
      }
      boolean cameInHere = out == from;
      boolean fromDesignated =
          cameInHere && sender != null && (out.isDesignatedRouter(sender) || out.isBackup(sender));
      boolean othersTakeCare =
          out.isBroadcast()
              && cameInHere
              && (fromDesignated || out.state == OspfInterfaceState.BACKUP);
      if (added && !othersTakeCare) {
        out.pendingUpdates.put(lsa.key(), lsa);
        floodedBack |= cameInHere;
      }
    }
    return floodedBack;
  }

  /** Step 1 of RFC 2328 §13.3 for one neighbor; true if it is to acknowledge the LSA. */
  private boolean offer(OspfInterface out, Neighbor neighbor, LsaHeader header, boolean isSender) {
    if (!neighbor.state.atLeast(NeighborState.EXCHANGE)) {
      return false;
    }
    if (!neighbor.isAdjacent()) {
      LsaHeader wanted = neighbor.requests.get(header.key());
      if (wanted != null) {
        int recency = header.compareRecency(wanted);
        if (recency < 0) {
          return false;
        }
        neighbor.requests.remove(header.key());
        if (!isSender) {
          requestsAnswered(out, neighbor);
        }
        if (recency == 0) {
          return false;
        }
      }
    }
    if (isSender) {
      return false;
    }
    addUnacknowledged(out, neighbor, header);
    return true;
  }

  void addUnacknowledged(OspfInterface out, Neighbor neighbor, LsaHeader header) {
    neighbor.unacknowledged.put(header.key(), new Unacknowledged(header, instance.now));
    OspfTimer timer = new OspfTimer.UpdateRetransmit(out.name, neighbor.routerId);
    if (!instance.timers.isRunning(timer)) {
      instance.timers.start(timer, instance.now.plus(out.config.retransmitInterval()));
    }
  }

  /** Sends again what has waited a whole RxmtInterval for its acknowledgment. */
  void retransmit(OspfInterface on, Neighbor neighbor) {
    Duration interval = on.config.retransmitInterval();
    List<Lsa> due = new ArrayList<>();
    int room = RETRANSMIT_PACKETS * instance.transmitter.room(on);
    @Nullable Instant next = null;
    for (Map.Entry<LsaKey, Unacknowledged> entry : neighbor.unacknowledged.entrySet()) {
      Instant dueAt = entry.getValue().sentAt().plus(interval);
      DatabaseCopy copy = instance.database.get(entry.getKey());
      if (!dueAt.isAfter(instance.now) && copy != null && room > 0) {
        Lsa lsa = copy.lsa(instance.now);
        room -= lsa.length();
        due.add(lsa);
        entry.setValue(new Unacknowledged(entry.getValue().header(), instance.now));
        dueAt = instance.now.plus(interval);
      }
      next = next == null || dueAt.isBefore(next) ? dueAt : next;
    }
    instance.counters.lsasRetransmitted += due.size();
    for (LinkStateUpdate update : instance.transmitter.updates(on, due)) {
      instance.transmitter.toNeighbor(on, neighbor, update);
    }
    if (next != null) {
      // What found no room is due already: it goes out after a second, not in a busy loop.
      Instant soonest = instance.now.plusSeconds(1);
      instance.timers.start(
          new OspfTimer.UpdateRetransmit(on.name, neighbor.routerId),
          next.isBefore(soonest) ? soonest : next);
    }
  }

  /** RFC 2328 §13.7. */
  void received(OspfInterface on, Neighbor neighbor, LinkStateAcknowledgment ack) {
    if (!neighbor.state.atLeast(NeighborState.EXCHANGE)) {
      return;
    }
    for (LsaHeader header : ack.headers()) {
      Unacknowledged pending = neighbor.unacknowledged.get(header.key());
      if (pending != null && pending.header().compareRecency(header) == 0) {
        neighbor.unacknowledged.remove(header.key());
        instance.database.released(header.key());
        instance.counters.lsasAcknowledged++;
      }
    }
  }

  void sendDelayedAcks(OspfInterface on) {
    for (LinkStateAcknowledgment ack :
        instance.transmitter.acknowledgments(on, on.delayedAcks.values())) {
      instance.transmitter.flood(on, ack);
    }
    on.delayedAcks.clear();
  }

  /** Sends what the event at hand has queued, many LSAs to a packet. */
  void sendPending() {
    for (OspfInterface out : instance.interfaces()) {
      for (LinkStateUpdate update :
          instance.transmitter.updates(out, out.pendingUpdates.values())) {
        instance.counters.lsasFlooded += update.lsas().size();
        instance.transmitter.flood(out, update);
      }
      out.pendingUpdates.clear();
    }
  }

  /**
   * RFC 2328 §14: an LSA of MaxAge goes when all have it and nobody may still ask for it. Whichever
   * is still waited for comes up again when it is released.
   */
  void removeExpired() {
    if (!instance.database.hasReleased() || instance.synchronizing > 0) {
      return;
    }
    for (LsaKey key : instance.database.takeReleased()) {
      DatabaseCopy copy = instance.database.get(key);
      if (copy != null && !isAwaited(key)) {
        instance.database.remove(key);
        instance.timers.stop(new OspfTimer.Age(key));
        instance.origination.removed(copy.header(instance.now));
      }
    }
  }

  private boolean isAwaited(LsaKey key) {
    for (OspfInterface out : instance.interfaces()) {
      for (Neighbor neighbor : out.neighbors.values()) {
        if (neighbor.unacknowledged.containsKey(key)) {
          return true;
        }
      }
    }
    return false;
  }

  private void requestsAnswered(OspfInterface on, Neighbor neighbor) {
    if (neighbor.state == NeighborState.LOADING && neighbor.requests.isEmpty()) {
      instance.adjacencies.fire(on, neighbor, NeighborEvent.LOADING_DONE);
    }
    if (neighbor.isSynchronizing() || neighbor.isAdjacent()) {
      instance.exchange.request(on, neighbor);
    }
  }

  private void acknowledgeLater(OspfInterface on, LsaHeader header) {
    on.delayedAcks.put(header.key(), header);
    OspfTimer timer = new OspfTimer.DelayedAck(on.name);
    if (!instance.timers.isRunning(timer)) {
      instance.timers.start(timer, instance.now.plus(ACK_DELAY));
    }
  }

  private void removeFromRetransmission(LsaKey key) {
    for (OspfInterface out : instance.interfaces()) {
      for (Neighbor neighbor : out.neighbors.values()) {
        neighbor.unacknowledged.remove(key);
      }
    }
    instance.database.released(key);
  }
}
