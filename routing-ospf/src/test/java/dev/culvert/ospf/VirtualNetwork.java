package dev.culvert.ospf;

import dev.culvert.core.engine.Deadline;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Octets;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.operational.OspfNeighborStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Routers of OSPF alone, joined by wires of one millisecond, in virtual time. */
final class VirtualNetwork {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration DELAY = Duration.ofMillis(1);
  private static final Ipv4Address ALL_D_ROUTERS = Ipv4Address.of("224.0.0.6");

  private record Delivery(Instant at, long sequence, Runnable run) {}

  /** One network: whoever is attached hears whoever is attached, while it is not cut. */
  static final class Wire {
    final List<Port> ports = new ArrayList<>();
    boolean cut;

    /** Of a star: who hears all, and whom alone the others hear. */
    @Nullable VirtualRouter center;

    boolean joins(VirtualRouter from, VirtualRouter to) {
      return from != to && (center == null || from == center || to == center);
    }
  }

  record Port(VirtualRouter router, InterfaceName name) {}

  final class VirtualRouter {
    final RouterId id;
    OspfEngine engine;
    OspfConfig config;
    final TreeMap<InterfaceName, InterfaceState> links = new TreeMap<>();
    final TreeMap<InterfaceName, Wire> wires = new TreeMap<>();
    final TreeSet<InterfaceName> open = new TreeSet<>();
    final TreeSet<InterfaceName> designated = new TreeSet<>();
    final TreeMap<IpPrefix, Route> rib = new TreeMap<>();
    final List<Notice> notices = new ArrayList<>();
    final TreeSet<String> watched = new TreeSet<>();
    final List<LivenessTarget> targets = new ArrayList<>();
    boolean alive = true;

    private VirtualRouter(RouterId id) {
      this.id = id;
      this.config = OspfConfig.of(id);
      this.engine = new OspfEngine(new Random(random.nextLong()));
    }

    void handle(OspfEvent event) {
      if (alive) {
        engine.handle(event, now, this::carryOut);
      }
    }

    private void carryOut(OspfAction action) {
      trace.add(now + " " + id + " " + action);
      switch (action) {
        case OspfAction.OpenInterface(InterfaceName name) -> open.add(name);
        case OspfAction.CloseInterface(InterfaceName name) -> open.remove(name);
        case OspfAction.JoinAllDRouters(InterfaceName name) -> designated.add(name);
        case OspfAction.LeaveAllDRouters(InterfaceName name) -> designated.remove(name);
        case OspfAction.SendPacket packet -> transmit(this, packet);
        case OspfAction.UpdateRoutes(List<RouteUpdate> updates) -> updates.forEach(this::update);
        case OspfAction.WatchNeighbor(var target, var ignored) -> {
          watched.add(target.toString());
          targets.add(target);
        }
        case OspfAction.UnwatchNeighbor(var target) -> {
          watched.remove(target.toString());
          targets.remove(target);
        }
        case OspfAction.Report(Notice notice) -> notices.add(notice);
      }
    }

    private void update(RouteUpdate update) {
      switch (update) {
        case RouteUpdate.Announce(TableId table, Route route) -> rib.put(route.prefix(), route);
        case RouteUpdate.Withhold withhold -> rib.remove(withhold.prefix());
        case RouteUpdate.Withdraw withdraw -> {
          Route held = rib.get(withdraw.prefix());
          if (held != null && held.source().equals(withdraw.source())) {
            rib.remove(withdraw.prefix());
          }
        }
      }
    }

    void commit(OspfConfig after) {
      config = after;
      handle(new OspfEvent.ConfigurationCommitted(after));
    }

    void export(Route... routes) {
      List<RibDelta> deltas = new ArrayList<>();
      for (Route route : routes) {
        deltas.add(
            new RibDelta(
                TableId.INET, route.prefix(), null, new ActiveRoute(route, route.nextHops(), now)));
      }
      handle(new OspfEvent.RibChanged(deltas));
    }

    void setUp(String name, boolean up) {
      InterfaceState old = links.get(InterfaceName.of(name));
      InterfaceState state =
          new InterfaceState(
              old.name(),
              old.index(),
              up,
              old.pointToPoint(),
              old.loopback(),
              old.mtu(),
              old.addresses());
      links.put(old.name(), state);
      handle(new OspfEvent.InterfaceChanged(state));
    }

    /** Loses all memory and says nothing: power off. */
    void crash() {
      alive = false;
      rib.clear();
      open.clear();
      designated.clear();
      watched.clear();
      targets.clear();
    }

    void restart() {
      alive = true;
      engine = new OspfEngine(new Random(random.nextLong()));
      handle(new OspfEvent.ConfigurationCommitted(config));
      links.values().forEach(l -> handle(new OspfEvent.InterfaceChanged(l)));
    }

    List<OspfNeighborStatus> neighbors() {
      return engine.neighbors(now);
    }

    long full() {
      return neighbors().stream().filter(n -> n.state() == NeighborState.FULL).count();
    }

    /** {@code prefix cost via interface/gateway, …} for every OSPF route. */
    Map<String, String> routes() {
      Map<String, String> printed = new LinkedHashMap<>();
      for (Route route : rib.values()) {
        List<String> hops = new ArrayList<>();
        for (NextHop hop : route.nextHops()) {
          NextHop.Via via = (NextHop.Via) hop;
          hops.add(via.out() + (via.gateway() == null ? "" : "/" + via.gateway()));
        }
        printed.put(route.prefix().toString(), route.metric() + " via " + String.join(", ", hops));
      }
      return printed;
    }

    /** Key, sequence number and checksum of every LSA. */
    List<String> database() {
      return engine.database(now).stream()
          .map(e ->
              e.header().key()
                  + " seq "
                  + Integer.toHexString(e.header().sequenceNumber())
                  + " sum "
                  + e.header().checksum()
                  + (e.header().isMaxAge() ? " MaxAge" : ""))
          .toList();
    }
  }

  final Random random;
  final List<String> trace = new ArrayList<>();
  final Map<String, VirtualRouter> routers = new LinkedHashMap<>();
  Instant now = START;
  double loss;
  private long sequence;
  private final PriorityQueue<Delivery> deliveries =
      new PriorityQueue<>(
          java.util.Comparator.comparing(Delivery::at).thenComparingLong(Delivery::sequence));

  VirtualNetwork(long seed) {
    this.random = new Random(seed);
  }

  VirtualRouter router(String id) {
    return routers.computeIfAbsent(id, i -> new VirtualRouter(RouterId.of(i)));
  }

  /** A tunnel between two routers; the address is null on an unnumbered one. */
  Wire pointToPoint(
      OspfInterfaceConfig a,
      VirtualRouter ra,
      String addressA,
      OspfInterfaceConfig b,
      VirtualRouter rb,
      String addressB) {
    Wire wire = new Wire();
    attach(ra, wire, a, true, addressA);
    attach(rb, wire, b, true, addressB);
    return wire;
  }

  Wire pointToPoint(
      VirtualRouter a,
      String nameA,
      String addressA,
      VirtualRouter b,
      String nameB,
      String addressB) {
    return pointToPoint(
        OspfInterfaceConfig.of(InterfaceName.of(nameA)),
        a,
        addressA,
        OspfInterfaceConfig.of(InterfaceName.of(nameB)),
        b,
        addressB);
  }

  void attach(
      VirtualRouter router,
      Wire wire,
      OspfInterfaceConfig config,
      boolean pointToPoint,
      String address) {
    wire.ports.add(new Port(router, config.name()));
    router.wires.put(config.name(), wire);
    device(router, config, pointToPoint, false, address);
  }

  void device(
      VirtualRouter router,
      OspfInterfaceConfig config,
      boolean pointToPoint,
      boolean loopback,
      String address) {
    TreeMap<InterfaceName, OspfInterfaceConfig> configured =
        new TreeMap<>(router.config.interfaces());
    configured.put(config.name(), config);
    router.config = router.config.withInterfaces(configured);
    router.links.put(
        config.name(),
        new InterfaceState(
            config.name(),
            router.links.size() + 1,
            true,
            pointToPoint,
            loopback,
            1500,
            address == null ? List.of() : List.of(InterfaceAddress.of(address))));
  }

  void loopback(VirtualRouter router, String address) {
    device(router, OspfInterfaceConfig.of(InterfaceName.of("lo0.0")), false, true, address);
  }

  /** Everybody's configuration and devices, at once. */
  void start() {
    routers.values().forEach(r -> r.commit(r.config));
    routers
        .values()
        .forEach(r -> r.links.values().forEach(l -> r.handle(new OspfEvent.InterfaceChanged(l))));
  }

  void run(Duration time) {
    Instant end = now.plus(time);
    while (true) {
      Instant next = end;
      VirtualRouter due = null;
      Delivery delivery = deliveries.peek();
      if (delivery != null && delivery.at().isBefore(next)) {
        next = delivery.at();
      } else {
        delivery = null;
      }
      for (VirtualRouter router : routers.values()) {
        Deadline deadline = router.alive ? router.engine.nextDeadline() : null;
        if (deadline != null && deadline.at().isBefore(next)) {
          next = deadline.at();
          due = router;
        }
      }
      if (next.equals(end)) {
        now = end;
        return;
      }
      now = next.isAfter(now) ? next : now;
      if (due != null) {
        due.engine.advance(now, due::carryOut);
      } else if (delivery != null) {
        deliveries.remove();
        delivery.run().run();
      }
    }
  }

  void runSeconds(long seconds) {
    run(Duration.ofSeconds(seconds));
  }

  private void transmit(VirtualRouter from, OspfAction.SendPacket packet) {
    Wire wire = from.wires.get(packet.out());
    if (wire == null || wire.cut) {
      return;
    }
    for (Port port : wire.ports) {
      if (wire.joins(from, port.router()) && random.nextDouble() >= loss) {
        Octets payload = packet.payload();
        deliveries.add(
            new Delivery(
                now.plus(DELAY),
                sequence++,
                () -> deliver(wire, port, packet.source(), packet.destination(), payload)));
      }
    }
  }

  private static void deliver(
      Wire wire, Port port, Ipv4Address source, Ipv4Address destination, Octets payload) {
    VirtualRouter to = port.router();
    InterfaceState link = to.links.get(port.name());
    boolean isUnicast = link.addresses().stream().anyMatch(a -> a.address().equals(destination));
    boolean listens =
        destination.equals(ALL_D_ROUTERS) ? to.designated.contains(port.name()) : true;
    if (!wire.cut
        && link.up()
        && to.open.contains(port.name())
        && (isUnicast || (destination.isMulticast() && listens))) {
      to.handle(new OspfEvent.PacketReceived(port.name(), source, destination, payload));
    }
  }
}
