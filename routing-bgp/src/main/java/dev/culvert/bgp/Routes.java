package dev.culvert.bgp;

import com.google.common.collect.Interner;
import com.google.common.collect.Interners;
import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.PrefixLimit;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.message.UpdateMessage;
import dev.culvert.bgp.registry.BgpError;
import dev.culvert.bgp.rib.ExportProcess;
import dev.culvert.bgp.rib.ImportProcess;
import dev.culvert.bgp.rib.LocRib;
import dev.culvert.bgp.rib.NextHopTable;
import dev.culvert.bgp.rib.Path;
import dev.culvert.bgp.rib.PathSource;
import dev.culvert.bgp.rib.PrefixMap;
import dev.culvert.bgp.session.PeerSession;
import dev.culvert.bgp.session.SessionListener;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The routing side of the engine: the three phases of RFC 4271 §9.1 over all peers.
 *
 * <p>Within a turn events only note what they changed; {@link #finishTurn} decides and advertises
 * each touched prefix once.
 */
final class Routes implements SessionListener {
  private final TurnActions turn;
  private final Map<IpAddress, Peer> peers;
  private final Interner<PathAttributes> interner = Interners.newWeakInterner();
  private final NextHopTable nextHops;
  private final LocRib locRib;
  private final PrefixMap<ActiveRoute> activeRoutes = new PrefixMap<>();
  private final List<RouteUpdate> updates = new ArrayList<>();
  private Set<Ipv4Prefix> toExport = new LinkedHashSet<>();
  private final Interfaces interfaces;

  Routes(TurnActions turn, Map<IpAddress, Peer> peers, Interfaces interfaces) {
    this.turn = turn;
    this.peers = peers;
    this.interfaces = interfaces;
    this.nextHops = new NextHopTable(turn);
    this.locRib = new LocRib(nextHops);
  }

  // What sessions report

  @Override
  public void established(PeerSession session) {
    Peer peer = peerOf(session);
    PeerConfig config = session.config();
    OpenMessage open = session.peerOpen();
    RouterId peerId = open == null ? new RouterId(0) : open.bgpIdentifier();
    PathSource source =
        PathSource.of(
            config.address(), peerId, config.session().peerAs(), config.session().isExternal());
    peer.imports = imports(peer, source);
    peer.exports = new ExportProcess(config, self(session));
    peer.endOfRibSent = false;
    peer.endOfRibReceived = false;
    peer.overLimit = false;
    peer.need(Peer.ExportWork.COMPARE_ALL);
    watch(peer);
  }

  private ImportProcess imports(Peer peer, PathSource source) {
    InterfaceState in = interfaces.toward(peer.config().address());
    return new ImportProcess(peer.config(), source, interfaces, in == null ? null : in.name());
  }

  /** Our address of the session; a session over anything but IPv4 names us by our router id. */
  private static Ipv4Address self(PeerSession session) {
    Endpoint local = session.local();
    return local != null && local.address() instanceof Ipv4Address address
        ? address
        : new Ipv4Address(session.config().session().routerId().bits());
  }

  @Override
  public void down(PeerSession session) {
    Peer peer = peerOf(session);
    for (Ipv4Prefix prefix : peer.adjRibIn.prefixes()) {
      locRib.remove(prefix, peer.config().address(), updates::add);
    }
    peer.adjRibIn.clear();
    peer.adjRibOut.clear();
    peer.accepted = 0;
    peer.imports = null;
    peer.exports = null;
    peer.importAgain = false;
    peer.exportWork = Peer.ExportWork.CHANGES;
    unwatch(peer);
  }

  @Override
  public void refreshRequested(PeerSession session) {
    peerOf(session).need(Peer.ExportWork.SEND_ALL);
  }

  @Override
  public void update(PeerSession session, UpdateMessage update) {
    Peer peer = peerOf(session);
    if (update.isEndOfRib()) {
      peer.endOfRibReceived = true;
    }
    for (Ipv4Prefix prefix : update.withdrawn()) {
      peer.adjRibIn.remove(prefix);
      withdraw(peer, prefix);
    }
    for (UpdateMessage.Announcement announcement : update.announcements()) {
      PathAttributes attributes = interner.intern(announcement.attributes());
      for (Ipv4Prefix prefix : announcement.prefixes()) {
        PathAttributes before = peer.adjRibIn.put(prefix, attributes);
        if (!attributes.equals(before)) {
          receive(peer, prefix, attributes);
        }
      }
    }
  }

  private Peer peerOf(PeerSession session) {
    Peer peer = peers.get(session.config().address());
    if (peer == null) {
      throw new IllegalStateException("session of no peer");
    }
    return peer;
  }

  // Liveness

  private void watch(Peer peer) {
    LivenessConfig config = peer.config().liveness();
    InterfaceState out = interfaces.toward(peer.config().address());
    Endpoint local = peer.session.local();
    if (config == null || local == null) {
      return;
    }
    if (out == null) {
      turn.emit(
          new BgpAction.Report(
              Notice.of(
                  Notice.Level.WARN,
                  "BGP_BFD_UNAVAILABLE",
                  "neighbor",
                  peer.config().address(),
                  "reason",
                  "neighbor is on no connected subnet")));
      return;
    }
    LivenessTarget target =
        new LivenessTarget(out.name(), local.address(), peer.config().address());
    peer.watched = target;
    peer.livenessUp = false;
    turn.emit(new BgpAction.WatchNeighbor(target, config));
  }

  private void unwatch(Peer peer) {
    LivenessTarget target = peer.watched;
    if (target != null) {
      peer.watched = null;
      peer.livenessUp = false;
      turn.emit(new BgpAction.UnwatchNeighbor(target));
    }
  }

  // Phase 1

  private void receive(Peer peer, Ipv4Prefix prefix, PathAttributes received) {
    ImportProcess imports = peer.imports;
    if (imports == null) {
      return;
    }
    switch (imports.apply(prefix, received)) {
      case ImportProcess.Result.Accepted accepted ->
          install(peer, prefix, imports.source(), accepted);
      case ImportProcess.Result.Loop() -> {
        peer.session.statistics().loopRejected();
        withdraw(peer, prefix);
      }
      case ImportProcess.Result.UnusableNextHop() -> withdraw(peer, prefix);
      case ImportProcess.Result.RejectedByPolicy() -> withdraw(peer, prefix);
    }
  }

  private void install(
      Peer peer, Ipv4Prefix prefix, PathSource source, ImportProcess.Result.Accepted accepted) {
    PathAttributes attributes = interner.intern(accepted.attributes());
    boolean replaces =
        locRib.put(prefix, source, attributes, accepted.preference(), accepted.tag());
    if (!replaces) {
      peer.accepted++;
    }
  }

  private void withdraw(Peer peer, Ipv4Prefix prefix) {
    if (locRib.remove(prefix, peer.config().address(), updates::add)) {
      peer.accepted--;
    }
  }

  // What changes around

  /** Policies or other route settings of the peer changed; its session stands. */
  void configurationChanged(Peer peer, PeerConfig before) {
    ImportProcess imports = peer.imports;
    if (imports == null) {
      return;
    }
    peer.imports = imports(peer, imports.source());
    peer.exports = new ExportProcess(peer.config(), self(peer.session));
    peer.importAgain = true;
    peer.need(Peer.ExportWork.COMPARE_ALL);
    if (!Objects.equals(before.liveness(), peer.config().liveness())) {
      unwatch(peer);
      watch(peer);
    }
  }

  /**
   * IPv4 addresses of ours have come or gone: routes whose next hop may be usable no more, or
   * again, are looked at, and no others.
   *
   * @param beside peers in a subnet of which an interface has gained or lost an address: they may
   *     be connected to another interface
   */
  void addressesChanged(Collection<Ipv4Prefix> affected, Collection<Peer> beside) {
    for (Peer peer : beside) {
      ImportProcess imports = peer.imports;
      if (imports != null) {
        ImportProcess changed = imports(peer, imports.source());
        peer.imports = changed;
        peer.importAgain |= changed.importsByInterface(imports);
      }
    }
    for (Peer peer : peers.values()) {
      for (Ipv4Prefix subnet : affected) {
        receiveAgain(peer, peer.adjRibIn.via(subnet));
      }
    }
  }

  void ribChanged(List<RibDelta> deltas) {
    for (RibDelta delta : deltas) {
      if (delta.prefix() instanceof Ipv4Prefix prefix) {
        ActiveRoute after = delta.after();
        ActiveRoute before =
            after == null ? activeRoutes.remove(prefix) : activeRoutes.put(prefix, after);
        countActive(before, -1);
        countActive(after, 1);
        toExport.add(prefix);
      }
    }
  }

  private void countActive(@Nullable ActiveRoute route, int change) {
    if (route != null && route.route().detail() instanceof RouteDetail.Bgp detail) {
      Peer peer = peers.get(detail.peer());
      if (peer != null) {
        peer.active += change;
      }
    }
  }

  // The end of a turn

  void finishTurn() {
    for (Peer peer : peers.values()) {
      importAgain(peer);
    }
    for (Peer peer : List.copyOf(peers.values())) {
      enforceLimit(peer);
    }
    locRib.decide(updates::add, this::reexport);
    if (!updates.isEmpty()) {
      turn.emit(new BgpAction.UpdateRoutes(updates));
      updates.clear();
    }
    advertise();
  }

  private void importAgain(Peer peer) {
    if (!peer.importAgain) {
      return;
    }
    peer.importAgain = false;
    receiveAgain(peer, peer.adjRibIn.prefixes());
  }

  private void receiveAgain(Peer peer, List<Ipv4Prefix> prefixes) {
    for (Ipv4Prefix prefix : prefixes) {
      PathAttributes received = peer.adjRibIn.get(prefix);
      if (received != null) {
        receive(peer, prefix, received);
      }
    }
  }

  private void enforceLimit(Peer peer) {
    PrefixLimit limit = peer.config().routes().prefixLimit();
    boolean over = limit != null && peer.adjRibIn.size() > limit.maximum();
    if (over && !peer.overLimit && limit != null) {
      turn.emit(
          new BgpAction.Report(
              Notice.of(
                  Notice.Level.ERROR,
                  "BGP_PREFIX_LIMIT_EXCEEDED",
                  "neighbor",
                  peer.config().address(),
                  "limit",
                  limit.maximum(),
                  "received",
                  peer.adjRibIn.size())));
      if (limit.teardown()) {
        peer.session.resetFor(BgpError.MAXIMUM_PREFIXES_REACHED);
        return;
      }
    }
    peer.overLimit = over;
  }

  /** The routing table has the same route as before, yet attributes it cannot see may differ. */
  private void reexport(Ipv4Prefix prefix) {
    ActiveRoute active = activeRoutes.get(prefix);
    if (active != null && active.route().protocol() == RouteProtocol.BGP) {
      toExport.add(prefix);
    }
  }

  // Phase 3

  private void advertise() {
    Set<Ipv4Prefix> changed = toExport;
    toExport = new LinkedHashSet<>();
    for (Peer peer : peers.values()) {
      ExportProcess exports = peer.exports;
      if (exports == null) {
        continue;
      }
      switch (peer.exportWork) {
        case CHANGES -> changed.forEach(p -> export(peer, exports, p, false));
        case COMPARE_ALL -> exportAll(peer, exports, changed, false);
        case SEND_ALL -> exportAll(peer, exports, changed, true);
      }
      peer.exportWork = Peer.ExportWork.CHANGES;
      tell(peer);
    }
  }

  /** Sends what the peer is to be told as long as it takes it. */
  private void tell(Peer peer) {
    while (peer.session.hasRoom()) {
      Octets message =
          peer.adjRibOut.next(peer.session.fourOctetAs(), prefix -> reportTooLong(peer, prefix));
      if (message == null) {
        tellEndOfRib(peer);
        return;
      }
      peer.session.send(message);
    }
  }

  /** RFC 4724 §2 asks for it even from speakers that do not restart gracefully. */
  private static void tellEndOfRib(Peer peer) {
    if (!peer.endOfRibSent) {
      peer.endOfRibSent = true;
      peer.session.send(UpdateMessage.END_OF_RIB.encode());
    }
  }

  private void reportTooLong(Peer peer, Ipv4Prefix prefix) {
    turn.emit(
        new BgpAction.Report(
            Notice.limited(
                Notice.Level.WARN,
                "BGP_ROUTE_TOO_LONG",
                "neighbor",
                peer.config().address(),
                "prefix",
                prefix,
                "reason",
                "its attributes leave no room for it in a message of 4096 octets")));
  }

  private void exportAll(Peer peer, ExportProcess exports, Set<Ipv4Prefix> changed, boolean again) {
    for (Ipv4Prefix prefix : activeRoutes.prefixes()) {
      export(peer, exports, prefix, again);
    }
    for (Ipv4Prefix prefix : changed) {
      if (activeRoutes.get(prefix) == null) {
        peer.adjRibOut.set(prefix, null, false);
      }
    }
  }

  private void export(Peer peer, ExportProcess exports, Ipv4Prefix prefix, boolean again) {
    ActiveRoute active = activeRoutes.get(prefix);
    PathAttributes attributes =
        active == null ? null : exports.apply(active, pathOf(prefix, active));
    peer.adjRibOut.set(prefix, attributes == null ? null : interner.intern(attributes), again);
  }

  private @Nullable Path pathOf(Ipv4Prefix prefix, ActiveRoute active) {
    return active.route().detail() instanceof RouteDetail.Bgp detail
        ? locRib.find(prefix, detail.peer())
        : null;
  }

  NextHopTable nextHops() {
    return nextHops;
  }

  LocRib locRib() {
    return locRib;
  }

  @Nullable ActiveRoute active(Ipv4Prefix prefix) {
    return activeRoutes.get(prefix);
  }
}
