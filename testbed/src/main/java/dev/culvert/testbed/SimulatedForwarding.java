package dev.culvert.testbed;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.Outcome;
import dev.culvert.firewall.path.PathStep;
import dev.culvert.firewall.path.PathVerdict;
import dev.culvert.firewall.path.PathWalk;
import dev.culvert.firewall.path.RouteAnswer;
import dev.culvert.firewall.path.RouteLookup;
import dev.culvert.firewall.path.Session;
import dev.culvert.firewall.path.SessionReview;
import dev.culvert.firewall.path.Sessions;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.testbed.SimulatedKernel.Drop;
import dev.culvert.testbed.packet.Ipv4Packet;
import dev.culvert.testbed.packet.PacketFlow;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The way of packets through a {@link SimulatedKernel}: to its sockets, out of its devices, and
 * from one to another, as far as the ruleset in force lets them. Of what it drops it tells nobody;
 * nor does a ruleset's {@code reject}.
 */
final class SimulatedForwarding {
  private static final InterfaceName LOOPBACK = InterfaceName.of("lo0.0");

  private final SimulatedKernel kernel;
  private final EventQueue time;
  private final SortedMap<Drop, Long> drops = new TreeMap<>();
  private Ruleset ruleset = Ruleset.EMPTY;
  private PathWalk walk = new PathWalk(ruleset);
  private final Sessions sessions = new Sessions(ruleset.flow());
  private SimulatedKernel.LocalDelivery sockets = (in, packet) -> false;
  private SimulatedKernel.TunnelReader tunnels = (tunnel, packet, nextHop) -> {};

  SimulatedForwarding(SimulatedKernel kernel, EventQueue time) {
    this.kernel = kernel;
    this.time = time;
  }

  void setSockets(SimulatedKernel.LocalDelivery delivery) {
    sockets = delivery;
  }

  void setTunnelReader(SimulatedKernel.TunnelReader reader) {
    tunnels = reader;
  }

  /** From the next packet on; sessions stay. */
  void enforce(Ruleset after) {
    ruleset = after;
    walk = new PathWalk(after);
    sessions.configured(after.flow());
  }

  void review(SessionReview review) {
    sessions.review(review, this::route, time.now());
  }

  List<Session> sessions() {
    return sessions.all(time.now());
  }

  // --- Of this node's own ------------------------------------------------------------------------

  /** Sends a packet of this node's own, wherever it is routed. */
  void send(Ipv4Packet packet) {
    PathVerdict verdict = look(null, packet, this::route);
    keep(verdict);
    switch (verdict.outcome()) {
      case Outcome.Delivered delivered -> deliver(LOOPBACK, packet);
      case Outcome.Forwarded(Flow flow, RouteAnswer.Out out) ->
          transmit((FibEntry.Hop) out.why(), PacketFlow.withFlow(packet, flow));
      case Outcome.Denied denied -> countDenied(verdict);
    }
  }

  /** Sends out of one device, as a socket bound to it does. */
  void sendOut(InterfaceName device, Ipv4Packet packet) {
    FibEntry.Hop hop = new FibEntry.Hop(device, null);
    PathVerdict verdict =
        look(null, packet, flow -> new RouteAnswer.Out(device, kernel.primary(device), hop));
    keep(verdict);
    switch (verdict.outcome()) {
      case Outcome.Forwarded(Flow flow, RouteAnswer.Out out) ->
          transmit(hop, PacketFlow.withFlow(packet, flow));
      case Outcome.Delivered delivered -> throw new IllegalStateException("routed out");
      case Outcome.Denied denied -> countDenied(verdict);
    }
  }

  // --- Of others ---------------------------------------------------------------------------------

  /** Takes a packet that came in by a device that is up. */
  void receive(InterfaceName in, Ipv4Packet packet) {
    PathVerdict verdict = look(in, packet, this::route);
    if (verdict.outcome() instanceof Outcome.Forwarded && !mayGoOn(packet)) {
      return;
    }
    keep(verdict);
    switch (verdict.outcome()) {
      case Outcome.Delivered(Flow flow) -> deliver(in, PacketFlow.withFlow(packet, flow));
      case Outcome.Forwarded(Flow flow, RouteAnswer.Out out) ->
          transmit(
              (FibEntry.Hop) out.why(),
              PacketFlow.withFlow(packet.withTtl(packet.ttl() - 1), flow));
      case Outcome.Denied denied -> countDenied(verdict);
    }
  }

  private boolean mayGoOn(Ipv4Packet packet) {
    Integer forwarding = kernel.readSwitch(SimulatedKernel.FORWARDING);
    if (forwarding == null || forwarding == 0) {
      count(Drop.NOT_FORWARDED);
      return false;
    }
    if (packet.ttl() <= 1) {
      count(Drop.TTL_EXCEEDED);
      return false;
    }
    return true;
  }

  private PathVerdict look(@Nullable InterfaceName in, Ipv4Packet packet, RouteLookup routes) {
    return walk.walk(PacketFlow.headers(in, packet), routes, sessions, time.now());
  }

  /** Without a table of ours nobody asks the kernel to keep track of connections. */
  private void keep(PathVerdict verdict) {
    if (!ruleset.isEmpty()) {
      sessions.accept(verdict, time.now());
    }
  }

  private RouteAnswer route(Flow flow) {
    Ipv4Address destination = (Ipv4Address) flow.destination();
    if (destination.isMulticast() || kernel.isLocal(destination)) {
      return new RouteAnswer.Local("its own address");
    }
    int hash = flow.source().hashCode() * 31 + destination.bits();
    FibEntry.Hop hop = kernel.lookup(destination, hash ^ hash >>> 16);
    return hop == null
        ? new RouteAnswer.Unreachable("counted")
        : new RouteAnswer.Out(hop.out(), kernel.primary(hop.out()), hop);
  }

  private void deliver(InterfaceName in, Ipv4Packet packet) {
    if (!sockets.deliver(in, packet)) {
      count(Drop.NOBODY_LISTENS);
    }
  }

  private void transmit(FibEntry.Hop hop, Ipv4Packet packet) {
    IpAddress gateway = hop.gateway();
    Ipv4Address destination = packet.destination();
    Ipv4Address nextHop =
        gateway != null ? (Ipv4Address) gateway : destination.isMulticast() ? null : destination;
    SimulatedDevice device = kernel.find(hop.out());
    if (device == null || !device.isUp()) {
      count(Drop.DEVICE_DOWN);
    } else if (device.medium != null) {
      device.medium.transmit(kernel, nextHop, packet);
    } else if (hop.out().isSecureTunnel()) {
      tunnels.read(hop.out(), packet, device.multipoint ? device.nextHop(nextHop) : null);
    }
  }

  /** What has no route was counted where it was looked up. */
  private void countDenied(PathVerdict verdict) {
    boolean unroutable =
        verdict.steps().getLast() instanceof PathStep.Routed(RouteAnswer answer)
            && answer instanceof RouteAnswer.Unreachable;
    if (!unroutable) {
      count(Drop.FIREWALL);
    }
  }

  void count(Drop cause) {
    drops.merge(cause, 1L, Long::sum);
  }

  long drops(Drop cause) {
    return drops.getOrDefault(cause, 0L);
  }
}
