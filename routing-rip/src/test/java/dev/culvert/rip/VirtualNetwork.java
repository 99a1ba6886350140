package dev.culvert.rip;

import dev.culvert.core.engine.Deadline;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.RoutingTables;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.rip.config.RipConfig;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.rip.packet.RipMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Routers of RIP alone with routing tables of their own, on wires of a millisecond. */
final class VirtualNetwork {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration DELAY = Duration.ofMillis(1);

  private record Delivery(Instant at, long sequence, Runnable run) {}

  /** A datagram as it went out, for tests that look at the wire. */
  record Sent(Instant at, RipAction.SendDatagram datagram) {
    RipMessage message(RipFlavor flavor) {
      if (RipMessage.decode(flavor, datagram.payload()) instanceof Decoded.Ok<RipMessage>(var m)) {
        return m;
      }
      throw new IllegalStateException("we sent what is no message: " + datagram.payload());
    }
  }

  /** Whoever is attached hears whoever is attached, while it is not cut. */
  static final class Wire {
    final List<Port> ports = new ArrayList<>();
    boolean cut;

    /** If there is one, the others hear it alone. */
    @Nullable VirtualRouter hub;
  }

  record Port(VirtualRouter router, InterfaceName name) {}

  final class VirtualRouter {
    final String name;
    RipEngine engine;
    RipConfig config = RipConfig.NONE;
    final RoutingTables tables = new RoutingTables();
    final TreeMap<InterfaceName, InterfaceState> links = new TreeMap<>();
    final TreeMap<InterfaceName, Wire> wires = new TreeMap<>();
    final TreeSet<InterfaceName> open = new TreeSet<>();
    final List<LivenessTarget> watched = new ArrayList<>();
    final List<Notice> notices = new ArrayList<>();
    final List<Sent> sent = new ArrayList<>();
    private final List<RouteUpdate> pending = new ArrayList<>();

    private VirtualRouter(String name) {
      this.name = name;
      this.engine = new RipEngine(flavor, new Random(random.nextLong()));
    }

    void handle(RipEvent event) {
      engine.handle(event, now, this::carryOut);
      settle(List.of());
    }

    private void settle(List<RibDelta> news) {
      List<RibDelta> deltas = new ArrayList<>(news);
      while (!pending.isEmpty() || !deltas.isEmpty()) {
        List<RouteUpdate> updates = List.copyOf(pending);
        pending.clear();
        deltas.addAll(tables.apply(updates, now));
        List<RibDelta> own = deltas.stream().filter(d -> d.table().equals(flavor.table())).toList();
        deltas.clear();
        if (!own.isEmpty()) {
          engine.handle(new RipEvent.RibChanged(own), now, this::carryOut);
        }
      }
    }

    private void carryOut(RipAction action) {
      switch (action) {
        case RipAction.OpenInterface(InterfaceName on) -> open.add(on);
        case RipAction.CloseInterface(InterfaceName on) -> open.remove(on);
        case RipAction.SendDatagram datagram -> {
          sent.add(new Sent(now, datagram));
          transmit(this, datagram);
        }
        case RipAction.UpdateRoutes(var updates) -> {
          lastRouteChange = now;
          pending.addAll(updates);
        }
        case RipAction.WatchNeighbor(var target, var config) -> watched.add(target);
        case RipAction.UnwatchNeighbor(var target) -> watched.remove(target);
        case RipAction.Report(Notice notice) -> notices.add(notice);
      }
    }

    void commit(RipConfig after) {
      config = after;
      handle(new RipEvent.ConfigurationCommitted(after));
    }

    /** What other protocols and static routes put into the table. */
    void apply(RouteUpdate... updates) {
      settle(tables.apply(Arrays.asList(updates), now));
    }

    void setUp(String interfaceName, boolean up) {
      InterfaceState old = links.get(InterfaceName.of(interfaceName));
      tell(
          new InterfaceState(
              old.name(),
              old.index(),
              up,
              old.pointToPoint(),
              old.loopback(),
              old.mtu(),
              old.addresses()));
    }

    void tell(InterfaceState state) {
      links.put(state.name(), state);
      List<RibDelta> deltas =
          tables.interfacesChanged(new InterfaceChanges(List.of(state), List.of()), now);
      // As in a router: what comes of the event is applied behind what has come of the interface.
      engine.handle(new RipEvent.InterfaceChanged(state), now, this::carryOut);
      settle(deltas);
    }

    void liveness(LivenessTarget target, boolean up) {
      handle(new RipEvent.LivenessChanged(target, up));
    }

    /** A datagram that no router of this network has sent. */
    void receives(String on, String from, int port, int hopLimit, Octets payload) {
      handle(
          new RipEvent.DatagramReceived(
              InterfaceName.of(on), IpAddress.parse(from).orElseThrow(), port, hopLimit, payload));
    }

    /** The active route, or null. */
    @Nullable Route route(String prefix) {
      return route(IpPrefix.parse(prefix).orElseThrow());
    }

    @Nullable Route route(IpPrefix prefix) {
      RouteEntry entry = tables.table(flavor.table()).entry(prefix);
      return entry == null
          ? null
          : entry.candidates().stream()
              .filter(RouteEntry.Candidate::active)
              .map(RouteEntry.Candidate::route)
              .findFirst()
              .orElse(null);
    }

    /** Metrics of the routes that RIP has learned and that are active. */
    Map<IpPrefix, Long> learned() {
      Map<IpPrefix, Long> learned = new TreeMap<>();
      tables
          .table(flavor.table())
          .forEachActive(active -> {
            if (active.route().protocol() == flavor.protocol()) {
              learned.put(active.prefix(), active.route().metric());
            }
          });
      return learned;
    }

    /** What went out since the last call. */
    List<Sent> takeSent() {
      List<Sent> taken = List.copyOf(sent);
      sent.clear();
      return taken;
    }
  }

  final RipFlavor flavor;
  final Random random;
  final List<VirtualRouter> routers = new ArrayList<>();
  Instant now = START;
  Instant lastRouteChange = START;
  private final PriorityQueue<Delivery> deliveries =
      new PriorityQueue<>((a, b) -> {
        int byTime = a.at().compareTo(b.at());
        return byTime != 0 ? byTime : Long.compare(a.sequence(), b.sequence());
      });
  private long sequence;

  VirtualNetwork(RipFlavor flavor, long seed) {
    this.flavor = flavor;
    this.random = new Random(seed);
  }

  VirtualRouter router(String name) {
    VirtualRouter router = new VirtualRouter(name);
    routers.add(router);
    return router;
  }

  /** Gives a router an interface on a wire of its own, or on that wire. */
  Wire attach(
      VirtualRouter router,
      @Nullable Wire to,
      String name,
      boolean pointToPoint,
      String... addresses) {
    Wire wire = to == null ? new Wire() : to;
    InterfaceName on = InterfaceName.of(name);
    wire.ports.add(new Port(router, on));
    router.wires.put(on, wire);
    router.tell(
        new InterfaceState(
            on,
            router.links.size() + 2,
            true,
            pointToPoint,
            false,
            1500,
            Arrays.stream(addresses).map(InterfaceAddress::of).toList()));
    return wire;
  }

  private void transmit(VirtualRouter from, RipAction.SendDatagram datagram) {
    Wire wire = from.wires.get(datagram.out());
    if (wire == null) {
      return;
    }
    for (Port port : wire.ports) {
      boolean isHeard = wire.hub == null || from == wire.hub || port.router() == wire.hub;
      if (port.router() != from && isHeard) {
        deliveries.add(
            new Delivery(now.plus(DELAY), sequence++, () -> deliver(wire, port, datagram)));
      }
    }
  }

  private void deliver(Wire wire, Port to, RipAction.SendDatagram datagram) {
    InterfaceState link = to.router().links.get(to.name());
    boolean isForIt =
        datagram.destination().isMulticast()
            || link.addresses().stream()
                .anyMatch(a ->
                    a.address().equals(datagram.destination())
                        || a.reserved().contains(datagram.destination()));
    if (!wire.cut
        && link.up()
        && to.router().open.contains(to.name())
        && isForIt
        && datagram.destinationPort() == flavor.port()) {
      to.router()
          .handle(
              new RipEvent.DatagramReceived(
                  to.name(), datagram.source(), flavor.port(), 255, datagram.payload()));
    }
  }

  void run(Duration time) {
    Instant end = now.plus(time);
    while (true) {
      Instant next = end;
      Delivery delivery = deliveries.peek();
      if (delivery != null && delivery.at().isBefore(next)) {
        next = delivery.at();
      }
      for (VirtualRouter router : routers) {
        Deadline deadline = router.engine.nextDeadline();
        if (deadline != null && deadline.at().isBefore(next)) {
          next = deadline.at();
        }
      }
      if (!next.isBefore(end)) {
        now = end;
        return;
      }
      now = next.isBefore(now) ? now : next;
      while (!deliveries.isEmpty() && !deliveries.peek().at().isAfter(now)) {
        deliveries.poll().run().run();
      }
      for (VirtualRouter router : routers) {
        router.engine.advance(now, router::carryOut);
        router.settle(List.of());
      }
    }
  }
}
