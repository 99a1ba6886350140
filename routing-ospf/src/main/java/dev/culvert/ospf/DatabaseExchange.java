package dev.culvert.ospf;

import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.ospf.lsdb.DatabaseCopy;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.NeighborEvent;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.packet.DatabaseDescription;
import dev.culvert.ospf.packet.Hello;
import dev.culvert.ospf.packet.LinkStateRequest;
import dev.culvert.ospf.packet.LinkStateUpdate;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import java.util.ArrayList;
import java.util.List;

/** Brings two databases together: description, requests and their answers (RFC 2328 §10.6-10.9). */
final class DatabaseExchange {
  private final OspfInstance instance;

  DatabaseExchange(OspfInstance instance) {
    this.instance = instance;
  }

  /** ExStart: claim to be master until the router ids decide. */
  void start(OspfInterface on, Neighbor neighbor) {
    neighbor.ddSequenceNumber =
        neighbor.ddSequenceDrawn ? neighbor.ddSequenceNumber + 1 : instance.random.nextInt();
    neighbor.ddSequenceDrawn = true;
    neighbor.master = true;
    send(on, neighbor, description(on, neighbor, true, true, List.of()));
    startRetransmission(on, neighbor);
  }

  void received(OspfInterface on, Neighbor neighbor, DatabaseDescription packet) {
    if (!mtuFits(on, neighbor, packet)) {
      return;
    }
    if (neighbor.state == NeighborState.INIT) {
      // RFC 2328 §10.6: a neighbor that describes its database to us has heard our hello.
      instance.adjacencies.fire(on, neighbor, NeighborEvent.TWO_WAY_RECEIVED);
    }
    switch (neighbor.state) {
      case DOWN, ATTEMPT, INIT, TWO_WAY -> {}
      case EX_START -> negotiate(on, neighbor, packet);
      case EXCHANGE -> exchange(on, neighbor, packet);
      case LOADING, FULL -> {
        if (!isDuplicate(neighbor, packet)) {
          mismatch(on, neighbor, "description after the exchange");
        } else if (!neighbor.master) {
          repeatLast(on, neighbor);
        }
      }
    }
  }

  private boolean mtuFits(OspfInterface on, Neighbor neighbor, DatabaseDescription packet) {
    if (on.takesAnyMtu() || packet.interfaceMtu() <= on.mtu()) {
      return true;
    }
    instance.counters.error("mtu mismatches");
    instance.report(
        Notice.limited(
            Notice.Level.WARN,
            "OSPF_MTU_MISMATCH",
            "neighbor",
            neighbor.routerId,
            "interface",
            on.name,
            "neighbor-mtu",
            packet.interfaceMtu(),
            "our-mtu",
            on.mtu()));
    return false;
  }

  private void negotiate(OspfInterface on, Neighbor neighbor, DatabaseDescription packet) {
    RouterId self = instance.routerId();
    boolean claims =
        packet.init() && packet.more() && packet.master() && packet.headers().isEmpty();
    if (claims && neighbor.routerId.compareTo(self) > 0) {
      neighbor.master = false;
      neighbor.ddSequenceNumber = packet.ddSequenceNumber();
      neighbor.options = packet.options();
      neighbor.lastReceived = packet;
      instance.timers.stop(new OspfTimer.DescriptionRetransmit(on.name, neighbor.routerId));
      instance.adjacencies.fire(on, neighbor, NeighborEvent.NEGOTIATION_DONE);
      describeNext(on, neighbor);
      return;
    }
    boolean confirms =
        !packet.init()
            && !packet.master()
            && packet.ddSequenceNumber() == neighbor.ddSequenceNumber
            && neighbor.routerId.compareTo(self) < 0;
    if (confirms) {
      neighbor.master = true;
      neighbor.options = packet.options();
      instance.adjacencies.fire(on, neighbor, NeighborEvent.NEGOTIATION_DONE);
      accept(on, neighbor, packet);
    }
  }

  private void exchange(OspfInterface on, Neighbor neighbor, DatabaseDescription packet) {
    if (isDuplicate(neighbor, packet)) {
      if (!neighbor.master) {
        repeatLast(on, neighbor);
      }
    } else if (packet.master() == neighbor.master) {
      mismatch(on, neighbor, "master bit");
    } else if (packet.init()) {
      mismatch(on, neighbor, "init bit");
    } else if (packet.options() != neighbor.options) {
      mismatch(on, neighbor, "options");
    } else if (packet.ddSequenceNumber() != neighbor.ddSequenceNumber + (neighbor.master ? 0 : 1)) {
      mismatch(on, neighbor, "sequence number");
    } else {
      accept(on, neighbor, packet);
    }
  }

  /** The next description in sequence: note what we lack, then answer or ask on. */
  private void accept(OspfInterface on, Neighbor neighbor, DatabaseDescription packet) {
    neighbor.lastReceived = packet;
    for (LsaHeader header : packet.headers()) {
      if (LsaType.of(header.type()) == null) {
        mismatch(on, neighbor, "LS type");
        return;
      }
      DatabaseCopy copy = instance.database.get(header.key());
      if (copy == null && !hasRoomFor(neighbor)) {
        instance.flooding.noRoomFor(on, neighbor, header);
      } else if (copy == null || copy.header(instance.now).compareRecency(header) < 0) {
        neighbor.requests.put(header.key(), header);
      }
    }
    if (neighbor.master) {
      neighbor.ddSequenceNumber++;
      DatabaseDescription sent = neighbor.lastSent;
      if (sent != null && !sent.more() && !packet.more()) {
        exchangeDone(on, neighbor);
      } else {
        describeNext(on, neighbor);
        request(on, neighbor);
      }
    } else {
      neighbor.ddSequenceNumber = packet.ddSequenceNumber();
      describeNext(on, neighbor);
      DatabaseDescription sent = neighbor.lastSent;
      if (sent != null && !sent.more() && !packet.more()) {
        exchangeDone(on, neighbor);
      } else {
        request(on, neighbor);
      }
    }
  }

  /** What could not be stored is not asked for: as if it had come. */
  private boolean hasRoomFor(Neighbor neighbor) {
    return instance.database.size() + neighbor.requests.size() < instance.database.mostLsas();
  }

  private void exchangeDone(OspfInterface on, Neighbor neighbor) {
    instance.timers.stop(new OspfTimer.DescriptionRetransmit(on.name, neighbor.routerId));
    instance.adjacencies.fire(on, neighbor, NeighborEvent.EXCHANGE_DONE);
    request(on, neighbor);
  }

  private void describeNext(OspfInterface on, Neighbor neighbor) {
    int most =
        (instance.transmitter.room(on) - DatabaseDescription.FIXED_LENGTH) / LsaHeader.LENGTH;
    List<LsaHeader> headers = new ArrayList<>();
    while (headers.size() < most && !neighbor.summaries.isEmpty()) {
      headers.add(neighbor.summaries.removeFirst());
    }
    boolean more = !neighbor.summaries.isEmpty();
    send(on, neighbor, description(on, neighbor, false, more, headers));
    if (neighbor.master) {
      startRetransmission(on, neighbor);
    }
  }

  private DatabaseDescription description(
      OspfInterface on, Neighbor neighbor, boolean init, boolean more, List<LsaHeader> headers) {
    return new DatabaseDescription(
        Math.min(on.mtu(), 0xFFFF),
        Hello.OPTION_EXTERNAL,
        init,
        more,
        neighbor.master,
        neighbor.ddSequenceNumber,
        headers);
  }

  private void send(OspfInterface on, Neighbor neighbor, DatabaseDescription packet) {
    neighbor.lastSent = packet;
    instance.transmitter.toNeighbor(on, neighbor, packet);
  }

  /** The master repeats by itself, and so does either side while the roles are open. */
  void retransmit(OspfInterface on, Neighbor neighbor) {
    repeatLast(on, neighbor);
    startRetransmission(on, neighbor);
  }

  private void repeatLast(OspfInterface on, Neighbor neighbor) {
    DatabaseDescription last = neighbor.lastSent;
    if (last != null) {
      instance.counters.databaseDescriptionsRetransmitted++;
      instance.transmitter.toNeighbor(on, neighbor, last);
    }
  }

  private void startRetransmission(OspfInterface on, Neighbor neighbor) {
    instance.timers.start(
        new OspfTimer.DescriptionRetransmit(on.name, neighbor.routerId),
        instance.now.plus(on.config.retransmitInterval()));
  }

  private static boolean isDuplicate(Neighbor neighbor, DatabaseDescription packet) {
    DatabaseDescription last = neighbor.lastReceived;
    return last != null
        && last.init() == packet.init()
        && last.more() == packet.more()
        && last.master() == packet.master()
        && last.options() == packet.options()
        && last.ddSequenceNumber() == packet.ddSequenceNumber();
  }

  private void mismatch(OspfInterface on, Neighbor neighbor, String what) {
    instance.counters.error("database description mismatches");
    instance.report(
        Notice.limited(
            Notice.Level.WARN,
            "OSPF_DD_MISMATCH",
            "neighbor",
            neighbor.routerId,
            "interface",
            on.name,
            "cause",
            what));
    instance.adjacencies.fire(on, neighbor, NeighborEvent.SEQ_NUMBER_MISMATCH);
  }

  /** RFC 2328 §10.9: ask on once everything of the last request has come. */
  void request(OspfInterface on, Neighbor neighbor) {
    neighbor.asked.retainAll(neighbor.requests.keySet());
    if (neighbor.asked.isEmpty() && !neighbor.requests.isEmpty()) {
      repeatRequest(on, neighbor);
    } else if (neighbor.requests.isEmpty()) {
      instance.timers.stop(new OspfTimer.RequestRetransmit(on.name, neighbor.routerId));
    }
  }

  void repeatRequest(OspfInterface on, Neighbor neighbor) {
    if (neighbor.requests.isEmpty()) {
      return;
    }
    int most = instance.transmitter.room(on) / LinkStateRequest.REQUEST_LENGTH;
    List<LsaKey> keys = neighbor.requests.keySet().stream().limit(most).toList();
    neighbor.asked.clear();
    neighbor.asked.addAll(keys);
    instance.counters.lsasRequested += keys.size();
    instance.transmitter.toNeighbor(on, neighbor, new LinkStateRequest(keys));
    instance.timers.start(
        new OspfTimer.RequestRetransmit(on.name, neighbor.routerId),
        instance.now.plus(on.config.retransmitInterval()));
  }

  /** RFC 2328 §10.7: answer with the LSAs asked for, all of which we described. */
  void received(OspfInterface on, Neighbor neighbor, LinkStateRequest packet) {
    if (!neighbor.state.atLeast(NeighborState.EXCHANGE)) {
      return;
    }
    List<Lsa> found = new ArrayList<>();
    for (LsaKey key : packet.requests()) {
      DatabaseCopy copy = instance.database.get(key);
      if (copy == null) {
        instance.counters.error("bad link state requests");
        instance.adjacencies.fire(on, neighbor, NeighborEvent.BAD_LS_REQ);
        return;
      }
      found.add(copy.lsa(instance.now));
    }
    for (LinkStateUpdate update : instance.transmitter.updates(on, found)) {
      instance.transmitter.toNeighbor(on, neighbor, update);
    }
  }
}
