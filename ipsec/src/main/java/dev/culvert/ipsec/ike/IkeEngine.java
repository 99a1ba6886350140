package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy.Strangers;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.exchange.SaInitResponder;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.ShortcutView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.Shortcut;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.ike.sa.VpnMember;
import dev.culvert.ipsec.ike.sa.VpnTable;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
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
  final EngineParts parts;

  /** What was told last of who may begin an IKE SA. */
  private @Nullable AdmissionPolicy toldPolicy;

  /** Likewise of where configured peers are. */
  private Set<IpAddress> toldPeers = Set.of();

  private boolean stopping;
  private boolean shutDown;

  /**
   * @param random nonces, SPIs, keys and jitter come from it: a {@link java.security.SecureRandom}
   *     in production
   * @param queues forwarding threads of each direction, 1 or more: with peers of RFC 9611 a tunnel
   *     has an SA pair for each, see {@link Spi#queue}
   * @param crashSecret what tokens of Quick Crash Detection are made of (RFC 6290): the same for
   *     each engine of this router, also after a restart; not erased here
   */
  public IkeEngine(RandomGenerator random, int queues, Secret crashSecret) {
    if (queues < 1) {
      throw new IllegalArgumentException(queues + " queues");
    }
    parts = new EngineParts(random, queues, crashSecret);
  }

  @Override
  public void handle(IkeEvent event, Instant now, ActionSink<? super IkeAction> actions) {
    if (shutDown && event instanceof IkeEvent.Computed(long id, ComputationResult result)) {
      result.erase();
    }
    if (shutDown || (stopping && !mayEndExchanges(event))) {
      return;
    }
    Step step = parts.step(now, actions);
    switch (event) {
      case IkeEvent.ConfigurationCommitted e -> {
        parts.invalidSpis.answersPerIkeSa = e.after().badSpiResponses();
        parts.configurator.commit(e.after(), step);
      }
      case IkeEvent.InterfacesChanged e -> parts.configurator.interfaces(e.changes(), step);
      case IkeEvent.PortsRefused e -> parts.configurator.portsRefused(e.local(), e.refused(), step);
      case IkeEvent.DatagramReceived e ->
          parts.dispatcher.received(e.local(), e.remote(), e.message(), step);
      case IkeEvent.Computed e -> parts.computations.computed(e.id(), e.result(), step);
      case IkeEvent.DataPath e -> dataPath(e.notice(), step);
      case IkeEvent.Traffic e -> traffic(e.counters(), step);
      case IkeEvent.ActivityRead e -> parts.liveness.read(e.ikeSpi(), e.activity(), step);
      case IkeEvent.ClearSecurityAssociations e -> clear(e.gateway(), step);
      case IkeEvent.ClearIpsecSas e -> clearPairs(e.vpn(), step);
      case IkeEvent.RekeyRequested e -> rekey(e.gateway(), e.ikeSa(), step);
      case IkeEvent.LookedUp e -> {
        Vpn vpn = parts.tables.vpns.get(e.vpn());
        if (vpn != null) {
          parts.establishing.lookedUp(vpn, e.name(), e.addresses(), step);
        }
      }
      case IkeEvent.RoutesFound e ->
          parts.suggester.suggest(e.one(), e.other(), e.ofOne(), e.ofOther(), step);
      case IkeEvent.PathFailed e -> {
        VpnMember member = parts.tables.vpns.member(e.vpn());
        if (member != null) {
          parts.pairs.endAll(member, DownReason.MONITOR_FAILED, e.text(), step);
          parts.establishing.renew(member, step);
        }
      }
      case IkeEvent.ShutDown e -> shutDown(step);
    }
    tell(now, actions);
    endShutDown(actions);
  }

  /** Tells whoever receives for us what has changed for strangers and peers. Ends every step. */
  @SuppressWarnings("ReferenceEquality") // The peers are another set whenever they change.
  private void tell(Instant now, ActionSink<? super IkeAction> actions) {
    IkeSaTable ikeSas = parts.tables.ikeSas;
    IkeSa changed = ikeSas.pollChanged();
    while (changed != null) {
      actions.add(
          ikeSas.holds(changed)
              ? new IkeAction.IkeSaKnown(
                  changed.localSpi,
                  changed.remoteSpi,
                  changed.initiator,
                  ikeSas.isHalfOpen(changed))
              : new IkeAction.IkeSaForgotten(changed.localSpi));
      changed = ikeSas.pollChanged();
    }
    AdmissionPolicy policy = new AdmissionPolicy(strangers(), parts.cookies.secrets(now));
    if (!policy.equals(toldPolicy)) {
      toldPolicy = policy;
      actions.add(new IkeAction.AdmissionChanged(policy));
    }
    Set<IpAddress> peers = parts.tables.vpns.peers();
    if (peers != toldPeers) {
      toldPeers = peers;
      actions.add(new IkeAction.PeersChanged(peers));
    }
  }

  private Strangers strangers() {
    if (parts.tables.vpns.isEmpty()) {
      return Strangers.REFUSED;
    }
    return parts.tables.ikeSas.halfOpen().count() < SaInitResponder.COOKIE_THRESHOLD
        ? Strangers.WELCOME
        : Strangers.WITH_COOKIE;
  }

  private static boolean mayEndExchanges(IkeEvent event) {
    return event instanceof IkeEvent.DatagramReceived || event instanceof IkeEvent.Computed;
  }

  private void dataPath(SaNotice notice, Step step) {
    switch (notice) {
      case SaNotice.OutboundSaMissing(
              InterfaceName unit,
              int peer,
              TrafficSelector source,
              TrafficSelector destination) -> {
        for (Vpn vpn : parts.tables.vpns.boundTo(unit)) {
          if ((peer == SaNotice.ANY_PEER || peer == vpn.id)
              && vpn.waitsFor(unit, source, destination)) {
            parts.establishing.wanted(vpn, step);
          }
        }
      }
      case SaNotice.NextHopTunnelMissing(InterfaceName unit, IpAddress destination) ->
          step.add(
              new Effect.Report(
                  Notice.limited(
                      Notice.Level.WARN,
                      "NO_NEXT_HOP_TUNNEL",
                      "interface",
                      unit,
                      "destination",
                      destination)));
      case SaNotice.PeerAddressLearned(InterfaceName unit, int peer, IpAddress address) ->
          step.add(
              new Effect.PeerAddressFound(unit, peer, address, TunnelAddressSource.FIRST_PACKET));
      case SaNotice.PeersTalk(
              InterfaceName unit,
              int from,
              int to,
              IpAddress source,
              IpAddress destination) ->
          parts.suggester.talk(unit, from, to, destination, step);
      case SaNotice.InboundSaUsed(Spi spi) -> {
        ChildPair pair = parts.tables.pairs.get(spi);
        if (pair != null) {
          parts.pairs.peerUses(pair, step);
        }
      }
      case SaNotice.SoftLimitReached(Spi spi) -> {
        ChildPair pair = parts.tables.pairs.get(spi);
        if (pair != null) {
          parts.createChild.softLimitReached(pair, step);
        }
      }
      case SaNotice.HardLimitReached(Spi spi) -> {
        ChildPair pair = parts.tables.pairs.get(spi);
        if (pair != null) {
          usedUp(pair, step);
        }
      }
      case SaNotice.PeerMoved(Spi spi, var from) -> {
        ChildPair pair = parts.tables.pairs.get(spi);
        if (pair != null && !pair.owner.remote.equals(from) && !pair.owner.localBehindNat) {
          parts.dispatcher.move(pair.owner, from, step);
        }
      }
      case SaNotice.InvalidSpi(Spi spi, var local, var from) ->
          parts.invalidSpis.received(spi, local, from, step);
    }
  }

  private void traffic(SortedMap<Spi, SaTraffic> counters, Step step) {
    Set<Vpn> busy = new LinkedHashSet<>();
    Map<Vpn, Long> ofShortcuts = new LinkedHashMap<>();
    for (Map.Entry<Spi, SaTraffic> entry : counters.entrySet()) {
      ChildPair pair = parts.tables.pairs.get(entry.getKey());
      if (pair != null) {
        if (entry.getValue().outboundLarge() > pair.traffic.outboundLarge()) {
          busy.add(pair.vpn);
        }
        if (pair.vpn.shortcut != null) {
          ofShortcuts.merge(pair.vpn, packetsSince(pair, entry.getValue()), Long::sum);
        }
        pair.traffic = entry.getValue();
        // The data path says so itself, unless its notice was lost in a full queue.
        if (pair.sa.lifetime().isHardReached(pair.traffic)) {
          usedUp(pair, step);
        } else if (pair.sa.lifetime().isSoftReached(pair.traffic)) {
          parts.createChild.softLimitReached(pair, step);
        }
      }
    }
    for (Vpn vpn : parts.tables.vpns.each()) {
      parts.pathMtu.traffic(vpn, busy.contains(vpn), step);
    }
    ofShortcuts.forEach((vpn, packets) -> parts.partner.carried(vpn, packets, step));
  }

  private static long packetsSince(ChildPair pair, SaTraffic after) {
    SaTraffic before = pair.traffic;
    return after.inboundPackets()
        - before.inboundPackets()
        + after.outboundPackets()
        - before.outboundPackets();
  }

  private void clear(@Nullable String gateway, Step step) {
    VpnTable vpns = parts.tables.vpns;
    for (Vpn vpn : gateway == null ? vpns.each() : vpns.towards(gateway)) {
      for (IkeSa ike : IkeSaTable.of(vpn)) {
        parts.lifecycle.delete(
            ike,
            DownReason.CLEARED,
            "User cleared IKE SA from CLI, corresponding IPSec SAs cleared",
            step);
      }
      parts.establishing.tryAtOnce(vpn, step);
    }
  }

  /** Of a VPN of many peers those of each; the VPN itself has none. */
  private void clearPairs(@Nullable String name, Step step) {
    for (Vpn vpn : parts.tables.vpns.each()) {
      for (VpnMember member : vpn.members) {
        boolean isMeant = name == null || member.config.name().equals(name);
        if (isMeant && !vpn.isGroup()) {
          parts.pairs.endAll(member, DownReason.CLEARED, "User cleared IPSec SAs from CLI", step);
          parts.establishing.renew(member, step);
        }
      }
    }
  }

  private void rekey(String gateway, boolean ikeSa, Step step) {
    for (Vpn vpn : parts.tables.vpns.towards(gateway)) {
      if (ikeSa) {
        IkeSaTable.current(vpn).ifPresent(i -> parts.rekeyIke.rekey(i, step));
      } else {
        vpn.policies.forEach(policy -> rekey(policy, step));
      }
    }
  }

  private void rekey(ChildPolicy policy, Step step) {
    for (int queue = 0; queue < parts.queues; queue++) {
      // A queue's pair may still wait for the peer's first packet before it is sent by.
      ChildPair inUse = policy.inUse.get(queue);
      ChildPair pair = inUse == null ? policy.newestUsable(queue) : inUse;
      if (pair != null) {
        parts.createChild.rekey(pair, step);
      }
    }
  }

  private void shutDown(Step step) {
    for (Vpn vpn : parts.tables.vpns.each()) {
      parts.configurator.drop(vpn, true, DownReason.SHUT_DOWN, "IKE is shut down", step);
    }
    parts.tables.vpns.replace(List.of());
    stopping = true;
    parts.timers.start(new IkeTimer.EndOfShutDown(), step.now().plus(SHUT_DOWN_PATIENCE));
  }

  /** A delete waits for the exchange before it (RFC 7296 §2.3): is any still to be sent? */
  private void endShutDown(ActionSink<? super IkeAction> actions) {
    if (!stopping || shutDown) {
      return;
    }
    boolean waits = parts.tables.ikeSas.all().values().stream().anyMatch(IkeEngine::isToBeDeleted);
    boolean overdue = !parts.timers.isRunning(new IkeTimer.EndOfShutDown());
    if (overdue || !waits) {
      shutDown = true;
      erase();
      actions.add(new IkeAction.ShutDownComplete());
    }
  }

  /** The engine does nothing more, by its own decision or by a fault: nor can what it knew. */
  public void erase() {
    parts.tables.ikeSas.all().values().forEach(IkeSa::erase);
    parts.computations.eraseAll();
  }

  private static boolean isToBeDeleted(IkeSa ike) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    boolean told = outstanding != null && outstanding.request() instanceof PendingRequest.DeleteIke;
    return !told && (ike.state == IkeSa.State.DELETING || ike.state == IkeSa.State.AUTHENTICATING);
  }

  @Override
  public void advance(Instant now, ActionSink<? super IkeAction> actions) {
    Step step = parts.step(now, actions);
    IkeTimer due = shutDown ? null : parts.timers.pollDue(now);
    while (due != null) {
      fire(due, step);
      due = parts.timers.pollDue(now);
    }
    tell(now, actions);
    endShutDown(actions);
  }

  private void fire(IkeTimer timer, Step step) {
    switch (timer) {
      case IkeTimer.Establish(String name) -> {
        Vpn vpn = parts.tables.vpns.get(name);
        if (vpn != null) {
          parts.establishing.pauseOver(vpn, step);
        }
      }
      case IkeTimer.MissingPolicy(String name) -> {
        Vpn vpn = parts.tables.vpns.get(name);
        if (vpn != null) {
          parts.missingPolicies.ask(vpn, step);
        }
      }
      case IkeTimer.AdditionalPair(String name) -> {
        Vpn vpn = parts.tables.vpns.get(name);
        if (vpn != null) {
          parts.additionalPairs.ask(vpn, step);
        }
      }
      case IkeTimer.ShortcutDue(String name) -> {
        Vpn vpn = parts.tables.vpns.get(name);
        if (vpn != null) {
          parts.partner.due(vpn, step);
        }
      }
      case IkeTimer.Retransmit(long spi) -> parts.ownRequests.retransmit(ike(spi), step);
      case IkeTimer.HalfOpen(long spi) -> halfOpenEnded(ike(spi), step);
      case IkeTimer.Probe(long spi) -> parts.liveness.due(ike(spi), step);
      case IkeTimer.PathMtu(String name) -> {
        Vpn vpn = parts.tables.vpns.get(name);
        if (vpn != null) {
          parts.pathMtu.due(vpn, step);
        }
      }
      case IkeTimer.NatKeepalive(long spi) -> parts.keepalives.due(ike(spi), step);
      case IkeTimer.RekeyIke(long spi) -> parts.rekeyIke.rekey(ike(spi), step);
      case IkeTimer.ExpireIke(long spi) ->
          parts.lifecycle.delete(
              ike(spi), DownReason.LIFETIME_EXPIRED, "IKE SA life-time expired", step);
      case IkeTimer.Redundant(long spi) -> parts.duplicates.redundantDue(ike(spi), step);
      case IkeTimer.RekeyChild(Spi spi) -> rekeyDue(child(spi), step);
      case IkeTimer.ExpireChild(Spi spi) -> expired(child(spi), step);
      case IkeTimer.UseOutbound(Spi spi) -> parts.pairs.peerUses(child(spi), step);
      case IkeTimer.Drained(Spi spi) -> {
        ChildPair drained = child(spi);
        parts.pairs.remove(drained, step);
        step.add(new Effect.ReviewPeer(drained.vpn));
      }
      case IkeTimer.UnitUp(String tunnel, String name) -> {
        Vpn vpn = parts.tables.vpns.get(tunnel);
        if (vpn != null) {
          vpn.members.stream()
              .filter(member -> member.config.name().equals(name))
              .forEach(member -> parts.pairs.unitUp(member, step));
        }
      }
      case IkeTimer.EndOfShutDown end -> {
        // Its being over is what counts: see endShutDown.
      }
    }
  }

  /** Timers of an SA are stopped with it. */
  private IkeSa ike(long spi) {
    return IkeSa.present(parts.tables.ikeSas.get(spi));
  }

  private ChildPair child(Spi spi) {
    return IkeSa.present(parts.tables.pairs.get(spi));
  }

  private void halfOpenEnded(IkeSa ike, Step step) {
    if (ike.isAttemptOfOurs()) {
      parts.establishing.attemptFailed(
          ike, DownReason.PROTOCOL_ERROR, "key agreement took too long", step);
    } else {
      parts.lifecycle.close(ike, DownReason.NONE, "", step);
    }
  }

  private void rekeyDue(ChildPair pair, Step step) {
    pair.vpn.record(step.now(), "IPSEC SA rekey initiated because soft life timer expired");
    parts.createChild.rekey(pair, step);
  }

  /** It carries nothing more that way; what replaced it may long be in use. */
  private void usedUp(ChildPair pair, Step step) {
    if (pair.state == ChildPair.State.INSTALLED || pair.state == ChildPair.State.REKEYED) {
      expired(pair, step);
    }
  }

  private void expired(ChildPair pair, Step step) {
    if (pair.handedOver) {
      step.add(Effect.RetirePair.deletedByPeer(pair));
      return;
    }
    pair.vpn.record(
        step.now(),
        "IPSec SA is deleted because IPSec SA hard life-time expired, sent DEL notification");
    if (pair.owner.isEstablished() && pair.state != ChildPair.State.DELETING) {
      parts.informational.deleteChild(pair, step);
    } else {
      parts.pairs.retire(
          pair, DownReason.LIFETIME_EXPIRED, "IPSec SA hard life-time expired", step);
    }
  }

  @Override
  public @Nullable Deadline nextDeadline() {
    return shutDown ? null : parts.timers.next();
  }

  /** Every IKE SA, half-open ones included, by index. */
  public List<IkeSaView> ikeSas(Instant now) {
    return parts.tables.ikeSas.all().values().stream()
        .filter(i -> i.state != IkeSa.State.CLOSED)
        .sorted(Comparator.comparingInt(i -> i.index))
        .map(i -> Views.of(i, now))
        .toList();
  }

  /** Every SA pair, by tunnel and age. */
  public List<IpsecSaView> ipsecSas(Instant now) {
    return parts.tables.vpns.all().values().stream()
        // What has ended only waits for packets that are on their way.
        .filter(t -> t.shortcut == null || t.shortcut.state != Shortcut.State.ENDED)
        .flatMap(t -> t.pairs.stream())
        .map(p -> Views.of(p, parts.queues, now))
        .toList();
  }

  /** Every configured VPN, in the order of the configuration. */
  public List<VpnStateView> vpns() {
    return parts.tables.vpns.each().stream()
        .filter(vpn -> vpn.shortcut == null)
        // What stands for many is shown while none has come.
        .filter(vpn -> !vpn.isGroup() || parts.tables.vpns.peersOf(vpn).isEmpty())
        .flatMap(vpn -> vpn.views().stream())
        .toList();
  }

  /** The shortcuts that there are, and the last that have gone or failed. */
  public List<ShortcutView> shortcuts() {
    return parts.partner.views();
  }

  public IkeStatistics statistics() {
    return parts.statistics.view(parts.tables.ikeSas.halfOpen().count());
  }
}
