package dev.culvert.bgp;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.operational.BgpSummary;
import dev.culvert.bgp.operational.PeerRoute;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.bgp.rib.NextHopState;
import dev.culvert.bgp.rib.TrackedNextHop;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.bgp.session.PeerSession;
import dev.culvert.bgp.session.SessionSurroundings;
import dev.culvert.bgp.session.TimerKey;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.notice.Notice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * BGP-4 (RFC 4271) of one router: sessions, Adj-RIBs-In, decision process, Adj-RIBs-Out.
 *
 * <p>This class routes events to the sessions and keeps the set of peers; {@link Routes} does the
 * rest at the end of every turn, once for all that happened in it. Confined to the thread that
 * calls it; the records it answers queries with may go anywhere.
 */
public final class BgpEngine implements ProtocolEngine<BgpEvent, BgpAction> {
  /** Who may connect from an allowed prefix is not known; each costs a session and two tables. */
  static final int MOST_DYNAMIC_PEERS = 4096;

  private final TurnActions turn = new TurnActions();
  private final SessionSurroundings surroundings;
  private final TreeMap<IpAddress, Peer> peers = new TreeMap<>();

  /** Those of them that are not configured. */
  private final TreeMap<IpAddress, Peer> dynamic = new TreeMap<>();

  private BgpConfig config = BgpConfig.NONE;
  private final Routes routes;
  private final Interfaces interfaces = new Interfaces();
  private BgpAction.Listen listening = BgpAction.Listen.NOWHERE;
  private int nextPeerIndex;
  private boolean shutDown;

  public BgpEngine(RandomGenerator random) {
    this(random, 0);
  }

  /**
   * @param lastConnection connections of ours get higher numbers: events of an earlier engine's may
   *     still be on their way
   */
  public BgpEngine(RandomGenerator random, long lastConnection) {
    surroundings = new SessionSurroundings(random, lastConnection, turn::emit);
    routes = new Routes(turn, peers, interfaces);
  }

  @Override
  public void handle(BgpEvent event, Instant now, ActionSink<? super BgpAction> actions) {
    surroundings.beginTurn(now);
    turn.begin(actions);
    dispatch(event);
    finishTurn();
  }

  @Override
  public void advance(Instant now, ActionSink<? super BgpAction> actions) {
    surroundings.beginTurn(now);
    turn.begin(actions);
    TimerKey due = surroundings.timers().pollDue(now);
    while (due != null) {
      Peer peer = peers.get(due.peer());
      if (peer != null) {
        peer.session.expired(due);
      }
      due = surroundings.timers().pollDue(now);
    }
    finishTurn();
  }

  private void finishTurn() {
    routes.finishTurn();
    for (Peer peer : List.copyOf(dynamic.values())) {
      if (peer.session.isAbandoned()) {
        forget(peer, BgpError.PEER_DECONFIGURED);
      }
    }
    turn.end();
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return surroundings.timers().next();
  }

  private void dispatch(BgpEvent event) {
    switch (event) {
      case BgpEvent.ConfigurationCommitted(BgpConfig after) -> reconfigure(after);
      case BgpEvent.TransportOpened opened -> transportOpened(opened);
      case BgpEvent.TransportFailed failed -> transportLost(failed.connection(), failed.reason());
      case BgpEvent.TransportClosed closed -> transportLost(closed.connection(), closed.reason());
      case BgpEvent.TransportWritable writable -> {
        PeerSession session = surroundings.ownerOf(writable.connection());
        if (session != null) {
          session.writable(writable.connection());
        }
      }
      case BgpEvent.MessageReceived received -> {
        PeerSession session = surroundings.ownerOf(received.connection());
        if (session != null) {
          session.messageReceived(received.connection(), received.message());
        }
      }
      case BgpEvent.RibChanged changed -> routes.ribChanged(changed.deltas());
      case BgpEvent.NextHopChanged(IpAddress nextHop, NextHopState state) -> {
        TrackedNextHop changed = routes.nextHops().update(nextHop, state);
        if (changed != null) {
          routes.locRib().nextHopChanged(changed);
        }
      }
      case BgpEvent.LivenessLost(LivenessTarget target) -> livenessLost(target);
      case BgpEvent.LivenessUp(LivenessTarget target) -> livenessUp(target);
      case BgpEvent.InterfacesChanged(InterfaceChanges changes) -> interfacesChanged(changes);
      case BgpEvent.ClearNeighbor clear -> clear(clear);
      case BgpEvent.ShutDown() -> shutDown();
    }
  }

  // Configuration

  private void reconfigure(BgpConfig after) {
    config = after;
    Map<IpAddress, PeerConfig> wanted = new TreeMap<>();
    after.peers().forEach(p -> wanted.put(p.address(), p));
    for (Peer peer : List.copyOf(peers.values())) {
      Ipv4Address address = peer.config().address();
      PeerConfig own = wanted.get(address);
      PeerConfig changed =
          peer.configured || own != null ? own : after.dynamicPeer(address).orElse(null);
      if (changed == null || peer.configured != (own != null)) {
        forget(peer, BgpError.PEER_DECONFIGURED);
      } else {
        wanted.remove(address);
        reconfigure(peer, changed);
      }
    }
    wanted.values().forEach(peer -> add(peer, true));
    listen();
    permitSessions();
  }

  private Peer add(PeerConfig config, boolean configured) {
    Peer peer =
        new Peer(new PeerSession(config, surroundings, routes), nextPeerIndex++, configured);
    peers.put(config.address(), peer);
    if (!configured) {
      dynamic.put(config.address(), peer);
    }
    return peer;
  }

  private void forget(Peer peer, BgpError reason) {
    peer.session.shutDown(reason);
    peers.remove(peer.config().address());
    dynamic.remove(peer.config().address());
  }

  private void reconfigure(Peer peer, PeerConfig after) {
    PeerConfig before = peer.config();
    if (before.equals(after)) {
      return;
    }
    if (before.session().equals(after.session())) {
      peer.session.reconfigure(after);
      routes.configurationChanged(peer, before);
    } else {
      peer.session.restartWith(after);
    }
  }

  private void listen() {
    BgpConfig welcome = shutDown ? BgpConfig.NONE : config;
    List<Listener> listeners = new ArrayList<>();
    welcome.peers().forEach(p -> listeners.add(listener(IpPrefix.host(p.address()), p.session())));
    welcome.dynamic().forEach(d -> listeners.add(listener(d.allowed(), d.each().session())));
    BgpAction.Listen wanted =
        new BgpAction.Listen(ListenAddresses.of(welcome, interfaces.addresses()), listeners);
    if (!wanted.equals(listening)) {
      listening = wanted;
      turn.emit(wanted);
    }
  }

  private static Listener listener(IpPrefix from, SessionConfig session) {
    return new Listener(from, session.authenticationKey(), session.sendHoldTime());
  }

  private void permitSessions() {
    peers.values().forEach(this::permit);
  }

  private void permit(Peer peer) {
    peer.session.permit(reasonToStayIdle(peer.config()));
  }

  private @Nullable String reasonToStayIdle(PeerConfig config) {
    SessionConfig session = config.session();
    if (shutDown) {
      return "router is shutting down";
    }
    if (session.localAs() == 0 || session.routerId().bits() == 0) {
      return "no autonomous system or router id";
    }
    if (session.mustBeConnected() && interfaces.toward(config.address()) == null) {
      return "neighbor is on no connected subnet and multihop is not configured";
    }
    return null;
  }

  // Transport

  private void transportOpened(BgpEvent.TransportOpened opened) {
    ConnectionId connection = opened.connection();
    Endpoint local = opened.local();
    Endpoint remote = opened.remote();
    if (opened.incoming()) {
      Peer known = peers.get(remote.address());
      Peer peer = known != null ? known : admit(remote.address());
      if (peer == null || !peer.session.accept(connection, local, remote)) {
        turn.emit(new BgpAction.CloseTransport(connection));
      }
      return;
    }
    PeerSession session = surroundings.ownerOf(connection);
    if (session == null) {
      // Closed while the connection was being made.
      turn.emit(new BgpAction.CloseTransport(connection));
    } else {
      session.connected(connection, local, remote);
    }
  }

  /** Whoever connects from an allowed prefix is a peer; null if it may not be one. */
  private @Nullable Peer admit(IpAddress remote) {
    PeerConfig wanted =
        remote instanceof Ipv4Address address && !interfaces.isOurs(address)
            ? config.dynamicPeer(address).orElse(null)
            : null;
    if (wanted == null) {
      return null;
    }
    String refusal =
        dynamic.size() < MOST_DYNAMIC_PEERS
            ? reasonToStayIdle(wanted)
            : "there are " + MOST_DYNAMIC_PEERS + " unconfigured peers";
    if (refusal != null) {
      turn.emit(
          new BgpAction.Report(
              Notice.limited(
                  Notice.Level.WARN,
                  "BGP_DYNAMIC_PEER_REFUSED",
                  "group",
                  wanted.group(),
                  "neighbor",
                  remote,
                  "reason",
                  refusal)));
      return null;
    }
    Peer peer = add(wanted, false);
    permit(peer);
    return peer;
  }

  private void transportLost(ConnectionId connection, String reason) {
    PeerSession session = surroundings.ownerOf(connection);
    if (session != null) {
      session.transportLost(connection, reason);
    }
  }

  // Surroundings

  private void interfacesChanged(InterfaceChanges changes) {
    Interfaces.Effect effect = interfaces.apply(changes);
    if (effect == Interfaces.Effect.ADDRESSES) {
      Collection<Peer> beside = beside(interfaces.moved());
      routes.addressesChanged(interfaces.affected(), beside);
      beside.forEach(this::permit);
      if (ListenAddresses.concern(config, interfaces.moved())) {
        listen();
      }
    }
  }

  /** The peers in subnets of these addresses: no other's connection can be another than before. */
  private Collection<Peer> beside(List<InterfaceAddress> own) {
    SortedMap<IpAddress, Peer> beside = new TreeMap<>();
    for (InterfaceAddress address : own) {
      if (address.prefix() instanceof Ipv4Prefix subnet) {
        beside.putAll(peers.subMap(subnet.network(), true, subnet.last(), true));
      }
    }
    return beside.values();
  }

  private void livenessLost(LivenessTarget target) {
    Peer peer = peers.get(target.neighbor());
    if (peer != null && target.equals(peer.watched)) {
      peer.session.resetFor(BgpError.BFD_DOWN);
    }
  }

  private void livenessUp(LivenessTarget target) {
    Peer peer = peers.get(target.neighbor());
    if (peer != null && target.equals(peer.watched)) {
      peer.livenessUp = true;
    }
  }

  private void clear(BgpEvent.ClearNeighbor clear) {
    for (Peer peer : peers.values()) {
      if (clear.neighbor() == null || clear.neighbor().equals(peer.config().address())) {
        if (clear.soft()) {
          peer.session.requestRefresh();
          peer.importAgain = true;
          peer.need(Peer.ExportWork.SEND_ALL);
        } else {
          peer.session.restart(BgpError.ADMINISTRATIVE_RESET);
        }
      }
    }
  }

  private void shutDown() {
    shutDown = true;
    for (Peer peer : peers.values()) {
      peer.session.shutDown(BgpError.ADMINISTRATIVE_SHUTDOWN);
    }
    listen();
  }

  /** Connections that sessions hold. */
  int connections() {
    return surroundings.connections();
  }

  // Queries

  /** {@code show bgp summary}. */
  public BgpSummary summary() {
    return views().summary();
  }

  /** {@code show bgp neighbor}, ascending by address. */
  public List<BgpNeighbor> neighbors() {
    return views().neighbors();
  }

  /** {@code show route receive-protocol bgp}: what the peer sent, before policy. */
  public List<PeerRoute> receivedRoutes(IpAddress peer) {
    return views().receivedRoutes(peer);
  }

  /** {@code show route advertising-protocol bgp}: what the peer was sent. */
  public List<PeerRoute> advertisedRoutes(IpAddress peer) {
    return views().advertisedRoutes(peer);
  }

  private Views views() {
    return new Views(peers, routes, interfaces);
  }
}
