package dev.culvert.bgp;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.PeerType;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.bgp.message.BgpFramer;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.rib.NextHopState;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** An engine with the least of a routing table around it: every next hop resolves. */
final class LabRouter {
  static final NextHop OUT = new NextHop.Via(InterfaceName.of("eth0.0"), null);

  final BgpEngine engine;
  final Ipv4Address address;
  final long asNumber;
  final List<BgpAction> actions = new ArrayList<>();
  final List<Notice> notices = new ArrayList<>();
  final TreeMap<IpPrefix, TreeMap<RouteSource, Route>> candidates = new TreeMap<>();
  private final TreeSet<IpAddress> unresolved = new TreeSet<>();
  final TreeMap<IpPrefix, ActiveRoute> table = new TreeMap<>();
  final TreeMap<IpAddress, Long> tracked = new TreeMap<>();
  long routeUpdates;

  private final BgpLab lab;
  private final String name;
  private final Map<ConnectionId, BgpFramer> framers = new TreeMap<>();
  private final ArrayDeque<BgpEvent> pending = new ArrayDeque<>();
  private BgpAction.Listen listening = BgpAction.Listen.NOWHERE;
  private final ArrayDeque<ConnectionId> unanswered = new ArrayDeque<>();
  private boolean busy;
  private boolean clogged;

  LabRouter(BgpLab lab, String name, String address, long asNumber, BgpEngine engine) {
    this.lab = lab;
    this.name = name;
    this.address = Ipv4Address.of(address);
    this.asNumber = asNumber;
    this.engine = engine;
    interfaceUp(true);
  }

  void interfaceUp(boolean up) {
    interfaces(up, new InterfaceAddress(address, 24));
  }

  /** All addresses there are. */
  void interfaces(InterfaceAddress... addresses) {
    interfaces(true, addresses);
  }

  private void interfaces(boolean up, InterfaceAddress... addresses) {
    InterfaceName name = InterfaceName.of("eth0.0");
    handle(
        new BgpEvent.InterfacesChanged(
            InterfaceChanges.of(
                List.of(new InterfaceState(name, 2, up, false, false, 1500, List.of(addresses))))));
  }

  BgpAction.Listen listening() {
    return listening;
  }

  /** A peer of this router as the configuration would describe it. */
  PeerConfig peer(LabRouter other) {
    return peer(other.address, other.asNumber);
  }

  PeerConfig peer(Ipv4Address otherAddress, long otherAs) {
    PeerType type = otherAs == asNumber ? PeerType.INTERNAL : PeerType.EXTERNAL;
    return PeerConfig.of("lab", otherAddress, SessionConfig.of(type, otherAs));
  }

  void configure(PeerConfig... peers) {
    configure(BgpLab.config(asNumber, address, peers));
  }

  void configure(BgpConfig config) {
    handle(new BgpEvent.ConfigurationCommitted(config));
  }

  BgpNeighbor neighbor(LabRouter other) {
    return engine.neighbors().stream()
        .filter(n -> n.address().equals(other.address))
        .findFirst()
        .orElseThrow();
  }

  /** Adds a static route to the table, as another protocol would. */
  void originate(String... prefixes) {
    for (String prefix : prefixes) {
      apply(
          new RouteUpdate.Announce(
              TableId.INET,
              new Route(
                  Ipv4Prefix.of(prefix),
                  new RouteSource(RouteProtocol.STATIC, "test"),
                  5,
                  0,
                  0,
                  List.of(new NextHop.Discard()),
                  new RouteDetail.Static(0))));
    }
  }

  void revoke(String prefix) {
    apply(
        new RouteUpdate.Withdraw(
            TableId.INET, Ipv4Prefix.of(prefix), new RouteSource(RouteProtocol.STATIC, "test")));
  }

  Route active(String prefix) {
    ActiveRoute active = table.get(Ipv4Prefix.of(prefix));
    return active == null ? null : active.route();
  }

  RouteDetail.Bgp detail(String prefix) {
    Route route = active(prefix);
    return route == null || !(route.detail() instanceof RouteDetail.Bgp bgp) ? null : bgp;
  }

  Route candidate(String prefix, LabRouter from) {
    TreeMap<RouteSource, Route> all =
        candidates.getOrDefault(Ipv4Prefix.of(prefix), new TreeMap<>());
    return all.get(new RouteSource(RouteProtocol.BGP, from.address.toString()));
  }

  void bytesArrived(ConnectionId id, Octets bytes) {
    BgpFramer framer = framers.computeIfAbsent(id, i -> new BgpFramer());
    // Chunks of seven octets: message boundaries are TCP's last concern.
    byte[] all = bytes.toByteArray();
    for (int at = 0; at < all.length; at += 7) {
      byte[] chunk = Arrays.copyOfRange(all, at, Math.min(all.length, at + 7));
      for (BgpFramer.Framed framed : framer.feed(Octets.wrap(chunk))) {
        handle(new BgpEvent.MessageReceived(id, framed.octets()));
      }
    }
  }

  /** From here on no transport of ours has room. */
  void clog() {
    clogged(true);
  }

  /** Whether transports that are asked from here on have no room. */
  void clogged(boolean value) {
    clogged = value;
  }

  /** All of them have taken what they were given. */
  void unclog() {
    clogged = false;
    while (!unanswered.isEmpty()) {
      handle(new BgpEvent.TransportWritable(unanswered.poll()));
    }
  }

  void handle(BgpEvent event) {
    pending.add(event);
    if (busy) {
      return;
    }
    busy = true;
    while (!pending.isEmpty()) {
      List<BgpAction> out = new ArrayList<>();
      engine.handle(pending.poll(), lab.now(), out::add);
      out.forEach(this::perform);
    }
    busy = false;
  }

  void advance() {
    List<BgpAction> out = new ArrayList<>();
    busy = true;
    engine.advance(lab.now(), out::add);
    out.forEach(this::perform);
    busy = false;
    while (!pending.isEmpty()) {
      handle(pending.poll());
    }
  }

  private void perform(BgpAction action) {
    actions.add(action);
    switch (action) {
      case BgpAction.Listen listen -> listening = listen;
      case BgpAction.Connect connect -> lab.connect(this, connect);
      case BgpAction.SendMessage send -> lab.send(this, send.connection(), send.message());
      case BgpAction.AwaitWritable await -> {
        if (clogged) {
          unanswered.add(await.connection());
        } else {
          handle(new BgpEvent.TransportWritable(await.connection()));
        }
      }
      case BgpAction.CloseTransport close -> lab.close(this, close.connection());
      case BgpAction.UpdateRoutes update -> {
        routeUpdates += update.updates().size();
        update.updates().forEach(this::apply);
      }
      case BgpAction.TrackNextHop track -> {
        tracked.put(track.nextHop(), 0L);
        boolean resolves = !unresolved.contains(track.nextHop());
        handle(new BgpEvent.NextHopChanged(track.nextHop(), resolves ? new NextHopState(0) : null));
      }
      case BgpAction.UntrackNextHop untrack -> tracked.remove(untrack.nextHop());
      case BgpAction.WatchNeighbor watch -> {}
      case BgpAction.UnwatchNeighbor unwatch -> {}
      case BgpAction.Report report -> notices.add(report.notice());
    }
  }

  private void apply(RouteUpdate update) {
    TreeMap<RouteSource, Route> routes =
        candidates.computeIfAbsent(update.prefix(), p -> new TreeMap<>());
    switch (update) {
      case RouteUpdate.Announce announce -> routes.put(announce.source(), announce.route());
      case RouteUpdate.Withhold withhold -> routes.remove(withhold.source());
      case RouteUpdate.Withdraw withdraw -> routes.remove(withdraw.source());
    }
    choose(update.prefix());
  }

  /** The table's word on a next hop; null where it does not resolve. */
  void resolve(IpAddress nextHop, @Nullable NextHopState state) {
    if (state == null) {
      unresolved.add(nextHop);
    } else {
      unresolved.remove(nextHop);
    }
    List.copyOf(candidates.keySet()).forEach(this::choose);
    handle(new BgpEvent.NextHopChanged(nextHop, state));
  }

  private void choose(IpPrefix prefix) {
    Route best =
        candidates.getOrDefault(prefix, new TreeMap<>()).values().stream()
            .filter(route ->
                route.nextHops().stream()
                    .noneMatch(hop ->
                        hop instanceof NextHop.Recursive(IpAddress address)
                            && unresolved.contains(address)))
            .min(Comparator.comparingLong(Route::preference).thenComparingInt(Route::rank))
            .orElse(null);
    ActiveRoute before = table.get(prefix);
    ActiveRoute after = best == null ? null : new ActiveRoute(best, List.of(OUT), lab.now());
    boolean same = Objects.equals(before == null ? null : before.route(), best);
    if (same) {
      return;
    }
    if (after == null) {
      table.remove(prefix);
    } else {
      table.put(prefix, after);
    }
    handle(
        new BgpEvent.RibChanged(
            List.of(new RibDelta(TableId.of(prefix.family()), prefix, before, after))));
  }

  boolean listensTo(LabRouter other, Secret key) {
    Listener listener = listening.listenerFor(other.address);
    return listening.addresses().contains(address)
        && listener != null
        && Objects.equals(listener.md5Key(), key);
  }

  @Override
  public String toString() {
    return name;
  }
}
