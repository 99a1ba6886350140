package dev.culvert.ospf;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Decoded;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.NeighborEvent;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import dev.culvert.ospf.packet.AreaId;
import dev.culvert.ospf.packet.DatabaseDescription;
import dev.culvert.ospf.packet.Hello;
import dev.culvert.ospf.packet.LinkStateAcknowledgment;
import dev.culvert.ospf.packet.LinkStateRequest;
import dev.culvert.ospf.packet.LinkStateUpdate;
import dev.culvert.ospf.packet.OspfPacket;
import dev.culvert.ospf.packet.PacketAuthentication;
import dev.culvert.ospf.packet.PacketAuthentication.Verdict;
import dev.culvert.ospf.packet.RawPacket;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides what becomes of a received packet (RFC 2328 §8.2) and reads hellos (§10.5). */
final class Reception {
  /** A LAN of that many OSPF routers is beyond use; the bound is against invented router ids. */
  private static final int MAX_NEIGHBORS = 512;

  /**
   * Of a point-to-multipoint interface: what a router-LSA has room for, whose length is of 16 bits
   * and which has a link of 12 octets for each of them, with some left for other interfaces.
   */
  private static final int MAX_POINT_TO_MULTIPOINT_NEIGHBORS = 4096;

  private final OspfInstance instance;

  Reception(OspfInstance instance) {
    this.instance = instance;
  }

  void received(OspfEvent.PacketReceived event) {
    OspfInterface on = instance.find(event.in());
    if (on == null || !on.isActive()) {
      instance.counters.error("packets on interfaces without OSPF");
      return;
    }
    switch (RawPacket.decode(event.payload())) {
      case Decoded.Malformed<RawPacket> malformed -> instance.counters.error("malformed packets");
      case Decoded.Ok<RawPacket>(RawPacket packet) -> {
        if (isForUs(on, event, packet)) {
          authenticate(on, event, packet);
        }
      }
    }
  }

  private boolean isForUs(OspfInterface on, OspfEvent.PacketReceived event, RawPacket packet) {
    if (packet.routerId().equals(instance.routerId())) {
      // Our own multicast comes back on some sockets; anything else under our id is a conflict.
      if (!event.source().equals(on.address)) {
        refuse(
            on,
            event.source(),
            packet.routerId(),
            "duplicate router id",
            "ours",
            event.source().toString());
      }
      return false;
    }
    if (!packet.area().equals(AreaId.BACKBONE)) {
      refuse(
          on,
          event.source(),
          packet.routerId(),
          "area",
          AreaId.BACKBONE.toString(),
          packet.area().toString());
      return false;
    }
    if (event.destination().equals(Transmitter.ALL_D_ROUTERS) && !on.state.isDesignated()) {
      instance.counters.error("packets to designated routers only");
      return false;
    }
    if (on.hasManyNeighbors() && on.subnet != null && !on.subnet.contains(event.source())) {
      refuse(
          on,
          event.source(),
          packet.routerId(),
          "subnet",
          on.subnet.toString(),
          event.source().toString());
      return false;
    }
    return true;
  }

  private void authenticate(OspfInterface on, OspfEvent.PacketReceived event, RawPacket packet) {
    @Nullable Neighbor neighbor = on.neighbors.get(packet.routerId());
    long least = neighbor == null ? 0 : neighbor.cryptographicSequence;
    switch (PacketAuthentication.verify(packet, on.config.authentication(), least)) {
      case Verdict.Rejected(String cause) -> {
        instance.counters.error(cause);
        warn(
            on,
            event.source(),
            packet.routerId(),
            "OSPF_AUTH_FAILED",
            "source",
            event.source(),
            "cause",
            cause);
      }
      case Verdict.Accepted(long sequence) -> {
        switch (OspfPacket.decode(packet)) {
          case Decoded.Malformed<OspfPacket> malformed ->
              instance.counters.error("malformed packets");
          case Decoded.Ok<OspfPacket>(OspfPacket body) -> {
            instance.counters.received(body.type());
            dispatch(on, event.source(), packet.routerId(), body);
            Neighbor known = on.neighbors.get(packet.routerId());
            if (known != null) {
              known.cryptographicSequence = Math.max(known.cryptographicSequence, sequence);
            }
          }
        }
      }
    }
  }

  private void dispatch(
      OspfInterface on, Ipv4Address source, RouterId routerId, OspfPacket packet) {
    if (packet instanceof Hello hello) {
      hello(on, source, routerId, hello);
      return;
    }
    Neighbor neighbor = on.neighbors.get(routerId);
    if (neighbor == null || (on.hasManyNeighbors() && !neighbor.address.equals(source))) {
      instance.counters.error("packets from unknown neighbors");
      return;
    }
    switch (packet) {
      case Hello hello -> hello(on, source, routerId, hello);
      case DatabaseDescription description -> instance.exchange.received(on, neighbor, description);
      case LinkStateRequest request -> instance.exchange.received(on, neighbor, request);
      case LinkStateUpdate update -> instance.flooding.received(on, neighbor, update);
      case LinkStateAcknowledgment ack -> instance.flooding.received(on, neighbor, ack);
    }
  }

  private void hello(OspfInterface on, Ipv4Address source, RouterId routerId, Hello hello) {
    if (!agrees(on, source, routerId, hello)) {
      return;
    }
    Neighbor neighbor = neighborFor(on, source, routerId);
    if (neighbor == null) {
      return;
    }
    boolean isFresh = neighbor.state == NeighborState.DOWN;
    Hello before = declaredBefore(neighbor);
    neighbor.address = source;
    neighbor.priority = hello.routerPriority();
    neighbor.designatedRouter = hello.designatedRouter();
    neighbor.backupDesignatedRouter = hello.backupDesignatedRouter();
    if (!neighbor.state.atLeast(NeighborState.EXCHANGE)) {
      neighbor.options = hello.options();
    }
    instance.adjacencies.fire(on, neighbor, NeighborEvent.HELLO_RECEIVED);
    if (!hello.neighbors().contains(instance.routerId())) {
      instance.adjacencies.fire(on, neighbor, NeighborEvent.ONE_WAY_RECEIVED);
      if (isFresh) {
        instance.interfaceMachine.answer(on);
      }
      return;
    }
    boolean wasTwoWay = neighbor.state.atLeast(NeighborState.TWO_WAY);
    instance.adjacencies.fire(on, neighbor, NeighborEvent.TWO_WAY_RECEIVED);
    if (isFresh) {
      instance.interfaceMachine.answer(on);
    }
    if (on.isBroadcast()) {
      considerElection(on, neighbor, wasTwoWay ? before : null);
    }
  }

  /** The parameters two routers must share to be neighbors, each refused under its own name. */
  private boolean agrees(OspfInterface on, Ipv4Address source, RouterId routerId, Hello hello) {
    if (on.hasManyNeighbors() && !hello.networkMask().equals(on.mask())) {
      return refuse(on, source, routerId, "mask", on.mask(), hello.networkMask());
    }
    long helloInterval = on.config.helloInterval().toSeconds();
    if (hello.helloInterval() != helloInterval) {
      return refuse(on, source, routerId, "hello interval", helloInterval, hello.helloInterval());
    }
    long deadInterval = on.config.deadInterval().toSeconds();
    if (hello.routerDeadInterval() != deadInterval) {
      return refuse(
          on, source, routerId, "dead interval", deadInterval, hello.routerDeadInterval());
    }
    if ((hello.options() & Hello.OPTION_EXTERNAL) == 0) {
      return refuse(on, source, routerId, "options", "not stub", "stub");
    }
    return true;
  }

  private @Nullable Neighbor neighborFor(OspfInterface on, Ipv4Address source, RouterId routerId) {
    Neighbor known = on.neighbors.get(routerId);
    if (known != null) {
      if (on.hasManyNeighbors() && !known.address.equals(source)) {
        refuse(on, source, routerId, "duplicate router id", known.address, source);
        return null;
      }
      return known;
    }
    for (Neighbor other : List.copyOf(on.neighbors.values())) {
      // The address speaks under another router id: that router was restarted.
      if (other.address.equals(source)) {
        instance.adjacencies.fire(on, other, NeighborEvent.KILL_NBR);
      }
    }
    if (on.neighbors.size() >= mostNeighbors(on)) {
      instance.counters.error("neighbors beyond the limit");
      return null;
    }
    Neighbor fresh = new Neighbor(routerId, source);
    on.neighbors.put(routerId, fresh);
    return fresh;
  }

  private static int mostNeighbors(OspfInterface on) {
    return on.isPointToMultipoint() ? MAX_POINT_TO_MULTIPOINT_NEIGHBORS : MAX_NEIGHBORS;
  }

  private static Hello declaredBefore(Neighbor neighbor) {
    return new Hello(
        Ipv4Address.ANY,
        0,
        0,
        neighbor.priority,
        0,
        neighbor.designatedRouter,
        neighbor.backupDesignatedRouter,
        List.of());
  }

  /** RFC 2328 §10.5: what a hello declares may end the waiting or call for an election. */
  private void considerElection(OspfInterface on, Neighbor neighbor, @Nullable Hello before) {
    Ipv4Address self = neighbor.address;
    boolean declaresDesignated = neighbor.designatedRouter.equals(self);
    boolean declaresBackup = neighbor.backupDesignatedRouter.equals(self);
    if (on.state == OspfInterfaceState.WAITING) {
      if (declaresBackup
          || (declaresDesignated && neighbor.backupDesignatedRouter.isUnspecified())) {
        instance.interfaceMachine.backupSeen(on);
      }
      return;
    }
    if (before != null
        && (before.routerPriority() != neighbor.priority
            || before.designatedRouter().equals(self) != declaresDesignated
            || before.backupDesignatedRouter().equals(self) != declaresBackup)) {
      instance.interfaceMachine.neighborChange(on);
    }
  }

  /** Counts and tells; always false, so that a check can end with it. */
  private boolean refuse(
      OspfInterface on,
      Ipv4Address source,
      RouterId neighbor,
      String what,
      Object ours,
      Object theirs) {
    instance.counters.error(what + " mismatches");
    warn(on, source, neighbor, "OSPF_MISMATCH", "parameter", what, "ours", ours, "theirs", theirs);
    return false;
  }

  /**
   * Tells what is wrong with a packet. A neighbor that has come far has lines of its own, so that
   * its failure is not hidden by others'; all else of an interface falls together, whatever router
   * ids it bears.
   */
  private void warn(
      OspfInterface on, Ipv4Address source, RouterId routerId, String tag, Object... details) {
    Neighbor neighbor = on.neighbors.get(routerId);
    boolean isOurs =
        neighbor != null
            && neighbor.address.equals(source)
            && neighbor.state.atLeast(NeighborState.EX_START);
    Object[] who =
        isOurs
            ? new Object[] {"neighbor", routerId, "interface", on.name}
            : new Object[] {"interface", on.name, "neighbor", routerId};
    Object[] all = Arrays.copyOf(who, who.length + details.length);
    System.arraycopy(details, 0, all, who.length, details.length);
    instance.report(Notice.limited(Notice.Level.WARN, tag, all));
  }
}
