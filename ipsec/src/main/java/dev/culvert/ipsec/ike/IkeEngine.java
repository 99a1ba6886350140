package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * IKEv2 (RFC 7296) for all gateways of one router, as initiator and responder.
 *
 * <p>Confined to the thread that owns it. Key agreement is not done here but asked for by {@link
 * IkeAction.Compute}. This class turns events and timers into calls of the exchanges; {@link
 * Dispatcher} does so with messages.
 */
public final class IkeEngine implements ProtocolEngine<IkeEvent, IkeAction> {
  private static final Duration SHUT_DOWN_PATIENCE = Duration.ofSeconds(1);

  /** Tests open messages with its keys, and those of faults take things out of its tables. */
  final Core core;

  private final Configurator configurator;
  private boolean stopping;
  private boolean shutDown;

  /**
   * @param random nonces, SPIs, keys and jitter come from it: a {@link java.security.SecureRandom}
   *     in production
   * @param queues forwarding threads of each direction, 1 or more: with peers of RFC 9611 a tunnel
   *     has an SA pair for each, see {@link Spi#queue}
   */
  public IkeEngine(RandomGenerator random, int queues) {
    if (queues < 1) {
      throw new IllegalArgumentException(queues + " queues");
    }
    core = new Core(random, queues);
    configurator = new Configurator(core);
  }

  @Override
  public void handle(IkeEvent event, Instant now, ActionSink<? super IkeAction> actions) {
    if (shutDown || (stopping && !mayEndExchanges(event))) {
      return;
    }
    Turn turn = new Turn(now, actions);
    switch (event) {
      case IkeEvent.ConfigurationCommitted e -> configurator.commit(e.after(), turn);
      case IkeEvent.InterfacesChanged e -> configurator.interfaces(e.changes(), turn);
      case IkeEvent.DatagramReceived e ->
          core.dispatcher.received(e.local(), e.remote(), e.message(), turn);
      case IkeEvent.Computed e -> core.computed(e.id(), e.result(), turn);
      case IkeEvent.DataPath e -> dataPath(e.notice(), turn);
      case IkeEvent.Traffic e -> traffic(e.counters(), turn);
      case IkeEvent.ActivityRead e -> core.liveness.read(e, turn);
      case IkeEvent.ClearSecurityAssociations e -> clear(e.gateway(), turn);
      case IkeEvent.RekeyRequested e -> rekey(e.gateway(), e.ikeSa(), turn);
      case IkeEvent.ShutDown e -> shutDown(turn);
    }
    core.tell(turn);
    endShutDown(turn);
  }

  private static boolean mayEndExchanges(IkeEvent event) {
    return event instanceof IkeEvent.DatagramReceived || event instanceof IkeEvent.Computed;
  }

  private void dataPath(SaNotice notice, Turn turn) {
    switch (notice) {
      case SaNotice.OutboundSaMissing(InterfaceName tunnel) ->
          core.tunnels.values().stream()
              .filter(t -> t.vpn.bindInterface().equals(tunnel))
              .forEach(t -> core.keeper.wanted(t, turn));
      case SaNotice.InboundSaUsed(Spi spi) -> {
        ChildPair pair = core.children.get(spi);
        if (pair != null) {
          core.keeper.peerUses(pair, turn);
        }
      }
      case SaNotice.SoftLimitReached(Spi spi) -> {
        ChildPair pair = core.children.get(spi);
        if (pair != null) {
          core.createChild.softLimitReached(pair, turn);
        }
      }
      case SaNotice.HardLimitReached(Spi spi) -> {
        ChildPair pair = core.children.get(spi);
        if (pair != null) {
          usedUp(pair, turn);
        }
      }
      case SaNotice.PeerMoved(Spi spi, var from) -> {
        ChildPair pair = core.children.get(spi);
        if (pair != null && !pair.owner.remote.equals(from) && !pair.owner.localBehindNat) {
          core.dispatcher.move(pair.owner, from, turn);
        }
      }
      case SaNotice.InvalidSpi(Spi spi, var from) -> core.invalidSpis.received(spi, from, turn);
    }
  }

  private void traffic(SortedMap<Spi, SaTraffic> counters, Turn turn) {
    Set<Tunnel> busy = new LinkedHashSet<>();
    for (Map.Entry<Spi, SaTraffic> entry : counters.entrySet()) {
      ChildPair pair = core.children.get(entry.getKey());
      if (pair != null) {
        if (entry.getValue().outboundPackets() > pair.traffic.outboundPackets()) {
          busy.add(pair.tunnel);
        }
        pair.traffic = entry.getValue();
        // The data path says so itself, unless its notice was lost in a full queue.
        if (pair.sa.lifetime().isHardReached(pair.traffic)) {
          usedUp(pair, turn);
        } else if (pair.sa.lifetime().isSoftReached(pair.traffic)) {
          core.createChild.softLimitReached(pair, turn);
        }
      }
    }
    for (Tunnel tunnel : core.tunnels.values()) {
      core.pathMtu.traffic(tunnel, busy.contains(tunnel), turn);
    }
  }

  private void clear(@Nullable String gateway, Turn turn) {
    for (Tunnel tunnel : List.copyOf(core.tunnels.values())) {
      if (gateway == null || tunnel.gateway.name().equals(gateway)) {
        for (IkeSa ike : core.keeper.ofTunnel(tunnel)) {
          core.keeper.delete(
              ike,
              DownReason.CLEARED,
              "User cleared IKE SA from CLI, corresponding IPSec SAs cleared",
              turn);
        }
        core.keeper.tryAtOnce(tunnel, turn);
      }
    }
  }

  private void rekey(String gateway, boolean ikeSa, Turn turn) {
    for (Tunnel tunnel : core.tunnels.values()) {
      if (!tunnel.gateway.name().equals(gateway)) {
        continue;
      }
      if (ikeSa) {
        core.keeper.current(tunnel).ifPresent(i -> core.rekeyIke.rekey(i, turn));
      } else {
        for (int queue = 0; queue < core.queues; queue++) {
          // A queue's pair may still wait for the peer's first packet before it is sent by.
          ChildPair inUse = tunnel.inUse.get(queue);
          ChildPair pair = inUse == null ? tunnel.newestUsable(queue) : inUse;
          if (pair != null) {
            core.createChild.rekey(pair, turn);
          }
        }
      }
    }
  }

  private void shutDown(Turn turn) {
    for (Tunnel tunnel : core.tunnels.values()) {
      configurator.drop(tunnel, true, DownReason.SHUT_DOWN, "IKE is shut down", turn);
    }
    core.tunnels.clear();
    core.callers.changed();
    stopping = true;
    core.timers.start(new IkeTimer.EndOfShutDown(), turn.now().plus(SHUT_DOWN_PATIENCE));
  }

  /** A delete waits for the exchange before it (RFC 7296 §2.3): is any still to be sent? */
  private void endShutDown(Turn turn) {
    if (!stopping || shutDown) {
      return;
    }
    boolean waits = core.ikeSas.values().stream().anyMatch(IkeEngine::isToBeDeleted);
    boolean overdue = !core.timers.isRunning(new IkeTimer.EndOfShutDown());
    if (overdue || !waits) {
      shutDown = true;
      erase();
      turn.add(new IkeAction.ShutDownComplete());
    }
  }

  /** The engine does nothing more, by its own decision or by a fault: nor can what it knew. */
  public void erase() {
    core.ikeSas.values().forEach(IkeSa::erase);
  }

  private static boolean isToBeDeleted(IkeSa ike) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    boolean told = outstanding != null && outstanding.request() instanceof PendingRequest.DeleteIke;
    return !told && (ike.state == IkeSa.State.DELETING || ike.state == IkeSa.State.AUTHENTICATING);
  }

  @Override
  public void advance(Instant now, ActionSink<? super IkeAction> actions) {
    Turn turn = new Turn(now, actions);
    IkeTimer due = shutDown ? null : core.timers.pollDue(now);
    while (due != null) {
      fire(due, turn);
      due = core.timers.pollDue(now);
    }
    core.tell(turn);
    endShutDown(turn);
  }

  private void fire(IkeTimer timer, Turn turn) {
    switch (timer) {
      case IkeTimer.Establish(String vpn) -> {
        Tunnel tunnel = core.tunnels.get(vpn);
        if (tunnel != null) {
          core.keeper.pauseOver(tunnel, turn);
        }
      }
      case IkeTimer.AdditionalPair(String vpn) -> {
        Tunnel tunnel = core.tunnels.get(vpn);
        if (tunnel != null) {
          core.additionalPairs.ask(tunnel, turn);
        }
      }
      case IkeTimer.Retransmit(long spi) -> core.dispatcher.retransmit(ike(spi), turn);
      case IkeTimer.HalfOpen(long spi) -> halfOpenEnded(ike(spi), turn);
      case IkeTimer.Probe(long spi) -> core.liveness.due(ike(spi), turn);
      case IkeTimer.PathMtu(String vpn) -> {
        Tunnel tunnel = core.tunnels.get(vpn);
        if (tunnel != null) {
          core.pathMtu.due(tunnel, turn);
        }
      }
      case IkeTimer.NatKeepalive(long spi) -> core.informational.keepaliveDue(ike(spi), turn);
      case IkeTimer.RekeyIke(long spi) -> core.rekeyIke.rekey(ike(spi), turn);
      case IkeTimer.ExpireIke(long spi) ->
          core.keeper.delete(
              ike(spi), DownReason.LIFETIME_EXPIRED, "IKE SA life-time expired", turn);
      case IkeTimer.Redundant(long spi) -> core.ikeAuth.redundantDue(ike(spi), turn);
      case IkeTimer.RekeyChild(Spi spi) -> rekeyDue(child(spi), turn);
      case IkeTimer.ExpireChild(Spi spi) -> expired(child(spi), turn);
      case IkeTimer.UseOutbound(Spi spi) -> core.keeper.peerUses(child(spi), turn);
      case IkeTimer.Drained(Spi spi) -> core.keeper.remove(child(spi), turn);
      case IkeTimer.EndOfShutDown end -> {
        // Its being over is what counts: see endShutDown.
      }
    }
  }

  /** Timers of an SA are stopped with it. */
  private IkeSa ike(long spi) {
    return IkeSa.present(core.ikeSas.get(spi));
  }

  private ChildPair child(Spi spi) {
    return IkeSa.present(core.children.get(spi));
  }

  private void halfOpenEnded(IkeSa ike, Turn turn) {
    if (Tunnels.isAttemptOfOurs(ike)) {
      core.keeper.attemptFailed(
          ike, DownReason.PROTOCOL_ERROR, "key agreement took too long", turn);
    } else {
      core.keeper.close(ike, DownReason.NONE, "", turn);
    }
  }

  private void rekeyDue(ChildPair pair, Turn turn) {
    pair.tunnel.record(turn.now(), "IPSEC SA rekey initiated because soft life timer expired");
    core.createChild.rekey(pair, turn);
  }

  /** It carries nothing more that way; what replaced it may long be in use. */
  private void usedUp(ChildPair pair, Turn turn) {
    if (pair.state == ChildPair.State.INSTALLED || pair.state == ChildPair.State.REKEYED) {
      expired(pair, turn);
    }
  }

  private void expired(ChildPair pair, Turn turn) {
    if (pair.handedOver) {
      core.informational.deletedByPeer(pair, turn);
      return;
    }
    pair.tunnel.record(
        turn.now(),
        "IPSec SA is deleted because IPSec SA hard life-time expired, sent DEL notification");
    if (pair.owner.isEstablished() && pair.state != ChildPair.State.DELETING) {
      core.informational.deleteChild(pair, turn);
    } else {
      core.keeper.retire(
          pair, DownReason.LIFETIME_EXPIRED, "IPSec SA hard life-time expired", turn);
    }
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return shutDown ? null : core.timers.next();
  }

  /** Every IKE SA, half-open ones included, by index. */
  public List<IkeSaView> ikeSas(Instant now) {
    List<ChildPair> children = List.copyOf(core.children.values());
    return core.ikeSas.values().stream()
        .filter(i -> i.state != IkeSa.State.CLOSED)
        .sorted(Comparator.comparingInt(i -> i.index))
        .map(i -> Views.of(i, children, now))
        .toList();
  }

  /** Every SA pair, by tunnel and age. */
  public List<IpsecSaView> ipsecSas(Instant now) {
    return core.tunnels.values().stream()
        .flatMap(t -> t.pairs.stream())
        .map(p -> Views.of(p, core.queues, now))
        .toList();
  }

  /** Every configured VPN, in the order of the configuration. */
  public List<VpnStateView> vpns() {
    return core.tunnels.values().stream().map(Tunnel::view).toList();
  }

  public IkeStatistics statistics() {
    return core.statistics.view(core.table.halfOpen());
  }
}
