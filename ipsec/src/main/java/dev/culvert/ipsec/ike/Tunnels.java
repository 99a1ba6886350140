package dev.culvert.ipsec.ike;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.sa.SaLifetime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each tunnel's SA pairs and its state: which pair carries the packets, whether there is one
 * at all, and when to try again if there is none.
 */
final class Tunnels {
  /** For packets of a deleted SA that are still on their way. */
  static final Duration DRAIN = Duration.ofSeconds(5);

  /**
   * A responder sends on a rekeyed SA after that, should the peer neither send on it nor delete the
   * old one before, nor repeat the request: then it did not get our response, and the time begins
   * anew. Longer than a peer of our kind pauses between two repetitions.
   */
  static final Duration USE_OUTBOUND_DELAY = Duration.ofSeconds(32);

  /** Never longer between two attempts. */
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  private static final Duration SUSPICION_INTERVAL = Duration.ofSeconds(10);

  private static final int LONGEST_PAUSE_SHIFT = 6;

  private final Core core;

  Tunnels(Core core) {
    this.core = core;
  }

  // Pairs.

  void install(ChildPair pair, boolean useNow, Turn turn) {
    pair.tunnel.pairs.add(pair);
    core.children.put(pair.inboundSpi(), pair);
    pair.owner.counters.childSasCreated++;
    turn.add(new IkeAction.InstallChildSa(pair.sa));
    core.timers.start(new IkeTimer.RekeyChild(pair.inboundSpi()), pair.rekeys);
    core.timers.start(new IkeTimer.ExpireChild(pair.inboundSpi()), pair.expires);
    if (useNow || pair.tunnel.inUse.isEmpty()) {
      use(pair, turn);
    } else {
      core.timers.start(
          new IkeTimer.UseOutbound(pair.inboundSpi()), turn.now().plus(USE_OUTBOUND_DELAY));
    }
  }

  /** The peer repeats a request: it may not know the pair that our response has made. */
  void peerRepeats(IkeSa ike, Turn turn) {
    List<ChildPair> pairs = ike.tunnel == null ? List.of() : ike.tunnel.pairs;
    for (ChildPair pair : pairs) {
      IkeTimer timer = new IkeTimer.UseOutbound(pair.inboundSpi());
      if (pair.owner == ike && core.timers.isRunning(timer)) {
        core.timers.start(timer, turn.now().plus(USE_OUTBOUND_DELAY));
      }
    }
  }

  void use(ChildPair pair, Turn turn) {
    core.timers.stop(new IkeTimer.UseOutbound(pair.inboundSpi()));
    Tunnel tunnel = pair.tunnel;
    if (!pair.isUsable() || tunnel.uses(pair)) {
      return;
    }
    tunnel.inUse.put(tunnel.queueOf(pair), pair);
    turn.add(new IkeAction.UseOutbound(pair.inboundSpi()));
    leaveDoubtful(tunnel, turn);
    tellRemote(tunnel, turn);
    if (!tunnel.up) {
      goUp(tunnel, pair, turn);
    }
  }

  /**
   * A tunnel that moves to another IKE SA leaves the pairs of an old one that the peer may have
   * lost. Their queues' packets go elsewhere at once; the peer is told, should it still be there.
   */
  void leaveDoubtful(Tunnel tunnel, Turn turn) {
    ChildPair leading = tunnel.leading();
    for (ChildPair pair : List.copyOf(tunnel.inUse.values())) {
      IkeSa ike = pair.owner;
      boolean isOld = leading != null && ike.index < leading.owner.index;
      if (isOld && ike.isEstablished() && !ike.confirmed) {
        retire(pair, DownReason.NONE, "", turn);
        ike.window.enqueue(new QueuedRequest.DeleteOrphan(pair.inboundSpi()));
        core.dispatcher.pump(ike, turn);
      }
    }
  }

  /** The peer uses, or must be using, this pair: so do we unless ours is newer. */
  void peerUses(ChildPair pair, Turn turn) {
    ChildPair current = pair.tunnel.inUse.get(pair.tunnel.queueOf(pair));
    boolean newer =
        current == null
            || !current.isUsable()
            || pair.tunnel.pairs.indexOf(pair) > pair.tunnel.pairs.indexOf(current);
    if (newer && pair.state == ChildPair.State.INSTALLED) {
      use(pair, turn);
    }
  }

  /** Replaced by a rekey: it lives until it is deleted, but is never rekeyed again. */
  void markRekeyed(ChildPair pair) {
    if (pair.state == ChildPair.State.INSTALLED) {
      pair.state = ChildPair.State.REKEYED;
    }
    core.timers.stop(new IkeTimer.RekeyChild(pair.inboundSpi()));
  }

  /**
   * Both sides have deleted the pair. While another carries its queue it goes on receiving for a
   * moment; otherwise it is gone at once, and if no queue has any, the tunnel down.
   */
  void retire(ChildPair pair, DownReason reason, String text, Turn turn) {
    if (pair.state == ChildPair.State.DRAINING || pair.state == ChildPair.State.REMOVED) {
      return;
    }
    pair.owner.counters.childSasDeleted++;
    pair.state = ChildPair.State.DRAINING;
    stopTimers(pair);
    Tunnel tunnel = pair.tunnel;
    boolean carries = tunnel.uses(pair) && !usesAnother(pair, turn);
    if (carries) {
      remove(pair, turn);
    } else {
      core.timers.start(new IkeTimer.Drained(pair.inboundSpi()), turn.now().plus(DRAIN));
    }
    if (tunnel.inUse.isEmpty()) {
      goDown(tunnel, reason, text, turn);
    } else {
      tellRemote(tunnel, turn);
      core.additionalPairs.lost(tunnel, turn);
    }
    core.succession.pairEnded(pair, turn);
  }

  /** The queue of a pair in use moves on to another of its own, if there is one. */
  private boolean usesAnother(ChildPair pair, Turn turn) {
    Tunnel tunnel = pair.tunnel;
    int queue = tunnel.queueOf(pair);
    ChildPair next = tunnel.newestUsable(queue);
    if (next != null) {
      use(next, turn);
      return true;
    }
    tunnel.inUse.remove(queue);
    ChildPair last = tunnel.inUse.isEmpty() ? tunnel.newestUsable() : null;
    if (last != null) {
      // Whether the peer has it yet is uncertain, but no other is left.
      use(last, turn);
    }
    return false;
  }

  void remove(ChildPair pair, Turn turn) {
    pair.state = ChildPair.State.REMOVED;
    stopTimers(pair);
    pair.tunnel.pairs.remove(pair);
    core.children.remove(pair.inboundSpi());
    turn.add(new IkeAction.RemoveChildSa(pair.inboundSpi()));
  }

  private void stopTimers(ChildPair pair) {
    core.timers.stop(new IkeTimer.RekeyChild(pair.inboundSpi()));
    core.timers.stop(new IkeTimer.ExpireChild(pair.inboundSpi()));
    core.timers.stop(new IkeTimer.UseOutbound(pair.inboundSpi()));
    core.timers.stop(new IkeTimer.Drained(pair.inboundSpi()));
  }

  // Tunnels.

  private void goUp(Tunnel tunnel, ChildPair pair, Turn turn) {
    tunnel.up = true;
    tunnel.since = turn.now();
    tunnel.reason = DownReason.NONE;
    tunnel.failuresInARow = 0;
    core.timers.stop(new IkeTimer.Establish(tunnel.vpn.name()));
    tunnel.record(turn.now(), "IPSec SA negotiation successfully completed");
    turn.add(new IkeAction.TunnelChanged(tunnel.vpn.bindInterface(), true, ""));
    core.pathMtu.tunnelUp(tunnel, turn);
    turn.add(
        new IkeAction.Report(
            Notice.of(
                Level.INFO,
                "IKE_VPN_UP",
                "vpn",
                tunnel.vpn.name(),
                "gateway",
                tunnel.gateway.name(),
                "interface",
                tunnel.vpn.bindInterface(),
                "local",
                pair.sa.local(),
                "remote",
                pair.sa.remote(),
                "algorithm",
                pair.sa.algorithm().junosName())));
  }

  private void goDown(Tunnel tunnel, DownReason reason, String text, Turn turn) {
    if (!tunnel.up) {
      return;
    }
    tunnel.up = false;
    tunnel.flaps++;
    tunnel.since = turn.now();
    tunnel.reason = reason;
    tunnel.lastFailure = text;
    tunnel.remedies = Remedies.of(reason, tunnel.gateway, tunnel.vpn);
    tunnel.record(turn.now(), text);
    turn.add(new IkeAction.TunnelChanged(tunnel.vpn.bindInterface(), false, text));
    core.pathMtu.tunnelDown(tunnel);
    core.additionalPairs.forget(tunnel);
    turn.add(
        new IkeAction.Report(
            Notice.of(
                Level.WARN,
                "IKE_VPN_DOWN",
                "vpn",
                tunnel.vpn.name(),
                "gateway",
                tunnel.gateway.name(),
                "interface",
                tunnel.vpn.bindInterface(),
                "reason",
                reason.label(),
                "text",
                text)));
    tellRemote(tunnel, turn);
    // Half a second to one and a half: both sides lose a tunnel together, and need not collide.
    pause(tunnel, core.jittered(Duration.ofSeconds(1), 500, 1500), turn);
  }

  /** Tells where the packets go, if it is elsewhere than told before. */
  void tellRemote(Tunnel tunnel, Turn turn) {
    ChildPair leading = tunnel.leading();
    IpAddress remote = leading == null ? null : leading.owner.remote.address();
    if (!Objects.equals(remote, tunnel.toldRemote)) {
      tunnel.toldRemote = remote;
      turn.add(new IkeAction.TunnelRemoteChanged(tunnel.vpn.bindInterface(), remote));
    }
  }

  /** An attempt failed, ours or the peer's: keeps and tells why. */
  void failed(Tunnel tunnel, DownReason reason, String text, Turn turn) {
    failed(tunnel, reason, text, Remedies.of(reason, tunnel.gateway, tunnel.vpn), turn);
  }

  /** The same, where it is known what to change. */
  void failed(Tunnel tunnel, DownReason reason, String text, List<String> remedies, Turn turn) {
    tunnel.remedies = remedies;
    count(tunnel, reason);
    tunnel.lastFailure = text;
    tunnel.record(turn.now(), text);
    if (!tunnel.up) {
      tunnel.reason = reason;
    }
    reportFailure(tunnel, reason, text, turn);
  }

  /** An attempt failed that is worth no more words. */
  void count(Tunnel tunnel, DownReason reason) {
    tunnel.failures++;
    core.statistics.failed(reason);
  }

  /**
   * The same of a message that proves nothing (RFC 7296 §2.21.1): now and then only, and it does
   * not hide what is known for certain.
   */
  void suspected(Tunnel tunnel, DownReason reason, String text, List<String> remedies, Turn turn) {
    if (!maySuspect(tunnel, turn)) {
      return;
    }
    tunnel.suspicionsFrom = turn.now().plus(SUSPICION_INTERVAL);
    DownReason known = tunnel.reason;
    String knownText = tunnel.lastFailure;
    List<String> knownRemedies = tunnel.remedies;
    failed(tunnel, reason, text, remedies, turn);
    if (known.isCertain()) {
      tunnel.reason = known;
      tunnel.lastFailure = knownText;
      tunnel.remedies = knownRemedies;
    }
  }

  /** The next suspicion would be told. */
  static boolean maySuspect(Tunnel tunnel, Turn turn) {
    return !turn.now().isBefore(tunnel.suspicionsFrom);
  }

  static void reportFailure(Tunnel tunnel, DownReason reason, String text, Turn turn) {
    turn.add(
        new IkeAction.Report(
            Notice.limited(
                Level.WARN,
                "IKE_NEGOTIATION_FAILED",
                "vpn",
                tunnel.vpn.name(),
                "gateway",
                tunnel.gateway.name(),
                "reason",
                reason.label(),
                "text",
                text)));
  }

  /** The same for an attempt that we made: after a pause that grows, another one. */
  void attemptFailed(IkeSa ike, DownReason reason, String text, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    List<String> remedies =
        tunnel == null ? List.of() : Remedies.of(reason, tunnel.gateway, tunnel.vpn);
    attemptFailed(ike, reason, text, remedies, turn);
  }

  void attemptFailed(IkeSa ike, DownReason reason, String text, List<String> remedies, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    close(ike, reason, text, turn);
    if (tunnel == null) {
      return;
    }
    if (reason == DownReason.NO_RESPONSE) {
      if (!ike.silenceTold) {
        failed(tunnel, reason, text, remedies, turn);
      }
      // Silence has already been waited for, with pauses that grew.
      pause(tunnel, core.jittered(Duration.ofSeconds(1), 200, 1000), turn);
      return;
    }
    failed(tunnel, reason, text, remedies, turn);
    tunnel.failuresInARow++;
    pauseAfterFailures(tunnel, turn);
  }

  /** 1, 2, 4 … 60 seconds. */
  void pauseAfterFailures(Tunnel tunnel, Turn turn) {
    int shift = Math.clamp(tunnel.failuresInARow - 1, 0, LONGEST_PAUSE_SHIFT);
    Duration pause = Duration.ofSeconds(1L << shift);
    Duration bounded = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    pause(tunnel, core.jittered(bounded, 700, 1000), turn);
  }

  void pause(Tunnel tunnel, Duration pause, Turn turn) {
    core.timers.start(new IkeTimer.Establish(tunnel.vpn.name()), turn.now().plus(pause));
  }

  /** The pause is over. A tunnel that waits for traffic goes on waiting for it, once it is down. */
  void pauseOver(Tunnel tunnel, Turn turn) {
    if (tunnel.up || tunnel.vpn.establishTunnels() == EstablishTunnels.IMMEDIATELY) {
      ensure(tunnel, turn);
    }
  }

  /** An operator has cleared what there was: no failure of before is waited for. */
  void tryAtOnce(Tunnel tunnel, Turn turn) {
    core.timers.stop(new IkeTimer.Establish(tunnel.vpn.name()));
    tunnel.failuresInARow = 0;
    tunnel.relapses = 0;
    pauseOver(tunnel, turn);
  }

  /** A packet waits for the tunnel. */
  void wanted(Tunnel tunnel, Turn turn) {
    if (!core.timers.isRunning(new IkeTimer.Establish(tunnel.vpn.name()))) {
      ensure(tunnel, turn);
    }
  }

  /**
   * Begins what is missing, a pair or a fresh IKE SA in the place of one that gives nothing more,
   * unless it is ours to wait or something is under way.
   */
  void ensure(Tunnel tunnel, Turn turn) {
    Optional<IkeSa> current = current(tunnel);
    boolean isSpent = current.isPresent() && current.get().spent;
    if ((tunnel.up && !isSpent) || !mayBegin(tunnel)) {
      return;
    }
    if (tunnel.localAddress == null) {
      tunnel.reason = DownReason.NO_LOCAL_ADDRESS;
      tunnel.lastFailure =
          "NO_LOCAL_ADDRESS: " + tunnel.gateway.externalInterface() + " has no usable address";
      tunnel.remedies = Remedies.of(tunnel.reason, tunnel.gateway, tunnel.vpn);
      return;
    }
    if (current.isPresent() && !isSpent) {
      current.get().window.enqueue(new QueuedRequest.CreateChild(null));
      core.dispatcher.pump(current.get(), turn);
    } else if (ofTunnel(tunnel).stream().noneMatch(Tunnels::isAttemptOfOurs)) {
      tunnel.negotiations++;
      // Why it went down, or failed before, stays what operators see until it is up.
      if (tunnel.reason == DownReason.NOT_STARTED || tunnel.reason == DownReason.NO_LOCAL_ADDRESS) {
        tunnel.reason = DownReason.NEGOTIATING;
      }
      core.saInit.begin(tunnel, tunnel.localAddress, turn);
    }
  }

  /** It is configured, and we need not wait for the peer. */
  private boolean mayBegin(Tunnel tunnel) {
    return tunnel.vpn.establishTunnels() != EstablishTunnels.RESPONDER_ONLY
        && !tunnel.gateway.isDynamic()
        && core.tunnels.get(tunnel.vpn.name()) == tunnel;
  }

  /** Gives an attempt of ours up for another one at once. */
  void restart(IkeSa ike, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    close(ike, DownReason.NONE, "", turn);
    if (tunnel != null) {
      ensure(tunnel, turn);
    }
  }

  static boolean isAttemptOfOurs(IkeSa ike) {
    return ike.state == IkeSa.State.INITIATING || ike.state == IkeSa.State.AUTHENTICATING;
  }

  List<IkeSa> ofTunnel(Tunnel tunnel) {
    return core.ikeSas.values().stream().filter(i -> i.tunnel == tunnel).toList();
  }

  /** The IKE SA that new child SAs belong to: the owner of the pair in use, or the youngest. */
  Optional<IkeSa> current(Tunnel tunnel) {
    ChildPair leading = tunnel.leading();
    if (leading != null && leading.owner.isEstablished()) {
      return Optional.of(leading.owner);
    }
    return ofTunnel(tunnel).stream()
        .filter(IkeSa::isEstablished)
        .max(Comparator.comparingInt(i -> i.index));
  }

  // IKE SAs.

  void established(IkeSa ike, Turn turn) {
    Tunnel tunnel = IkeSa.present(ike.tunnel);
    ike.state = IkeSa.State.ESTABLISHED;
    ike.established = turn.now();
    core.table.established(ike);
    core.contacts.established(ike);
    tunnel.preferredGroup = null;
    core.timers.stop(new IkeTimer.HalfOpen(ike.localSpi));
    Duration lifetime = IkeSa.present(ike.proposal).lifetime();
    ike.expires = turn.now().plus(lifetime);
    ike.rekeys = softEnd(turn.now(), lifetime, ike.initiator);
    core.timers.start(new IkeTimer.RekeyIke(ike.localSpi), ike.rekeys);
    core.timers.start(new IkeTimer.ExpireIke(ike.localSpi), ike.expires);
    core.liveness.arm(ike, turn);
    core.informational.armKeepalive(ike, turn);
  }

  /**
   * When to rekey: the side that made an SA comes first, so that the two seldom collide; both
   * jittered.
   */
  Instant softEnd(Instant from, Duration lifetime, boolean madeByUs) {
    Duration margin =
        madeByUs ? core.jittered(lifetime, 100, 150) : core.jittered(lifetime, 40, 80);
    return from.plus(lifetime).minus(margin);
  }

  /** Likewise what it may carry: the margin is for the rekey, and for what is sent meanwhile. */
  SaLifetime lifetime(EspProposal proposal, boolean madeByUs) {
    long octets = orUnlimited(proposal.lifetimeKilobytes() * 1024);
    long packets = orUnlimited(proposal.lifetimePackets());
    return new SaLifetime(softEnd(octets, madeByUs), octets, softEnd(packets, madeByUs), packets);
  }

  private static long orUnlimited(long count) {
    return count == 0 ? Long.MAX_VALUE : count;
  }

  private long softEnd(long count, boolean madeByUs) {
    if (count == Long.MAX_VALUE) {
      return count;
    }
    return count - (madeByUs ? core.jittered(count, 100, 150) : core.jittered(count, 40, 80));
  }

  /** Forgets an IKE SA, and its children with it. */
  void close(IkeSa ike, DownReason reason, String text, Turn turn) {
    forget(ike);
    for (ChildPair pair : List.copyOf(core.children.values())) {
      if (pair.owner == ike) {
        retire(pair, reason, text, turn);
      }
    }
    tryAgain(ike.tunnel, turn);
  }

  /** It has given no sign for as long as a living one would not. */
  void peerDead(IkeSa ike, Turn turn) {
    core.statistics.deadPeers++;
    String text = "PEER_DEAD: no response from " + ike.remote + " to " + ike.window.attempts();
    close(ike, DownReason.PEER_DEAD, text + " requests", turn);
  }

  /**
   * An IKE SA has ended. If it carried no pair its end is no change of the tunnel, but what was to
   * be made on it, a child SA or itself, has to be begun again all the same.
   */
  private void tryAgain(@Nullable Tunnel tunnel, Turn turn) {
    // One on traffic waits for a packet, and for nothing else.
    if (tunnel != null
        && !tunnel.up
        && tunnel.vpn.establishTunnels() == EstablishTunnels.IMMEDIATELY
        && mayBegin(tunnel)
        && !core.timers.isRunning(new IkeTimer.Establish(tunnel.vpn.name()))) {
      pause(tunnel, core.jittered(Duration.ofSeconds(1), 500, 1500), turn);
    }
  }

  private void forget(IkeSa ike) {
    ike.state = IkeSa.State.CLOSED;
    core.table.remove(ike);
    core.forgetComputations(ike);
    ike.erase();
    core.timers.stop(new IkeTimer.Retransmit(ike.localSpi));
    core.timers.stop(new IkeTimer.HalfOpen(ike.localSpi));
    core.timers.stop(new IkeTimer.Probe(ike.localSpi));
    core.timers.stop(new IkeTimer.NatKeepalive(ike.localSpi));
    core.timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    core.timers.stop(new IkeTimer.ExpireIke(ike.localSpi));
    core.timers.stop(new IkeTimer.Redundant(ike.localSpi));
  }

  /** Tells the peer by a delete, as soon as the window allows; its children are gone at once. */
  void delete(IkeSa ike, DownReason reason, String text, Turn turn) {
    if (ike.outbound == null || ike.state == IkeSa.State.CLOSED) {
      close(ike, reason, text, turn);
      return;
    }
    ike.state = IkeSa.State.DELETING;
    core.timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    core.timers.stop(new IkeTimer.Redundant(ike.localSpi));
    ike.window.enqueueOnly(new QueuedRequest.DeleteIke());
    for (ChildPair pair : List.copyOf(core.children.values())) {
      if (pair.owner == ike) {
        retire(pair, reason, text, turn);
      }
    }
    tryAgain(ike.tunnel, turn);
    core.dispatcher.pump(ike, turn);
  }
}
