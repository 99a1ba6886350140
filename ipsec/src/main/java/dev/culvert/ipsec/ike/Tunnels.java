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

  private final EngineParts parts;

  Tunnels(EngineParts parts) {
    this.parts = parts;
  }

  // Pairs.

  void install(ChildPair pair, boolean useNow, Step step) {
    pair.vpn.pairs.add(pair);
    parts.children.put(pair.inboundSpi(), pair);
    pair.owner.counters.childSasCreated++;
    step.add(new IkeAction.InstallChildSa(pair.sa));
    parts.timers.start(new IkeTimer.RekeyChild(pair.inboundSpi()), pair.rekeys);
    parts.timers.start(new IkeTimer.ExpireChild(pair.inboundSpi()), pair.expires);
    if (useNow || pair.vpn.inUse.isEmpty()) {
      use(pair, step);
    } else {
      parts.timers.start(
          new IkeTimer.UseOutbound(pair.inboundSpi()), step.now().plus(USE_OUTBOUND_DELAY));
    }
  }

  /** The peer repeats a request: it may not know the pair that our response has made. */
  void peerRepeats(IkeSa ike, Step step) {
    List<ChildPair> pairs = ike.vpn == null ? List.of() : ike.vpn.pairs;
    for (ChildPair pair : pairs) {
      IkeTimer timer = new IkeTimer.UseOutbound(pair.inboundSpi());
      if (pair.owner == ike && parts.timers.isRunning(timer)) {
        parts.timers.start(timer, step.now().plus(USE_OUTBOUND_DELAY));
      }
    }
  }

  void use(ChildPair pair, Step step) {
    parts.timers.stop(new IkeTimer.UseOutbound(pair.inboundSpi()));
    Vpn vpn = pair.vpn;
    if (!pair.isUsable() || vpn.uses(pair)) {
      return;
    }
    vpn.inUse.put(vpn.queueOf(pair), pair);
    step.add(new IkeAction.UseOutbound(pair.inboundSpi()));
    leaveDoubtful(vpn, step);
    tellRemote(vpn, step);
    if (!vpn.up) {
      goUp(vpn, pair, step);
    }
  }

  /**
   * A tunnel that moves to another IKE SA leaves the pairs of an old one that the peer may have
   * lost. Their queues' packets go elsewhere at once; the peer is told, should it still be there.
   */
  void leaveDoubtful(Vpn vpn, Step step) {
    ChildPair leading = vpn.leading();
    for (ChildPair pair : List.copyOf(vpn.inUse.values())) {
      IkeSa ike = pair.owner;
      boolean isOld = leading != null && ike.index < leading.owner.index;
      if (isOld && ike.isEstablished() && !ike.confirmed) {
        retire(pair, DownReason.NONE, "", step);
        ike.window.enqueue(new QueuedRequest.DeleteOrphan(pair.inboundSpi()));
        parts.dispatcher.pump(ike, step);
      }
    }
  }

  /** The peer uses, or must be using, this pair: so do we unless ours is newer. */
  void peerUses(ChildPair pair, Step step) {
    ChildPair current = pair.vpn.inUse.get(pair.vpn.queueOf(pair));
    boolean newer =
        current == null
            || !current.isUsable()
            || pair.vpn.pairs.indexOf(pair) > pair.vpn.pairs.indexOf(current);
    if (newer && pair.state == ChildPair.State.INSTALLED) {
      use(pair, step);
    }
  }

  /** Replaced by a rekey: it lives until it is deleted, but is never rekeyed again. */
  void markRekeyed(ChildPair pair) {
    if (pair.state == ChildPair.State.INSTALLED) {
      pair.state = ChildPair.State.REKEYED;
    }
    parts.timers.stop(new IkeTimer.RekeyChild(pair.inboundSpi()));
  }

  /**
   * Both sides have deleted the pair. While another carries its queue it goes on receiving for a
   * moment; otherwise it is gone at once, and if no queue has any, the tunnel down.
   */
  void retire(ChildPair pair, DownReason reason, String text, Step step) {
    if (pair.state == ChildPair.State.DRAINING || pair.state == ChildPair.State.REMOVED) {
      return;
    }
    pair.owner.counters.childSasDeleted++;
    pair.state = ChildPair.State.DRAINING;
    stopTimers(pair);
    Vpn vpn = pair.vpn;
    boolean carries = vpn.uses(pair) && !usesAnother(pair, step);
    if (carries) {
      remove(pair, step);
    } else {
      parts.timers.start(new IkeTimer.Drained(pair.inboundSpi()), step.now().plus(DRAIN));
    }
    if (vpn.inUse.isEmpty()) {
      goDown(vpn, reason, text, step);
    } else {
      tellRemote(vpn, step);
      parts.additionalPairs.lost(vpn, step);
    }
    parts.succession.pairEnded(pair, step);
  }

  /** The queue of a pair in use moves on to another of its own, if there is one. */
  private boolean usesAnother(ChildPair pair, Step step) {
    Vpn vpn = pair.vpn;
    int queue = vpn.queueOf(pair);
    ChildPair next = vpn.newestUsable(queue);
    if (next != null) {
      use(next, step);
      return true;
    }
    vpn.inUse.remove(queue);
    ChildPair last = vpn.inUse.isEmpty() ? vpn.newestUsable() : null;
    if (last != null) {
      // Whether the peer has it yet is uncertain, but no other is left.
      use(last, step);
    }
    return false;
  }

  void remove(ChildPair pair, Step step) {
    pair.state = ChildPair.State.REMOVED;
    stopTimers(pair);
    pair.vpn.pairs.remove(pair);
    parts.children.remove(pair.inboundSpi());
    step.add(new IkeAction.RemoveChildSa(pair.inboundSpi()));
  }

  private void stopTimers(ChildPair pair) {
    parts.timers.stop(new IkeTimer.RekeyChild(pair.inboundSpi()));
    parts.timers.stop(new IkeTimer.ExpireChild(pair.inboundSpi()));
    parts.timers.stop(new IkeTimer.UseOutbound(pair.inboundSpi()));
    parts.timers.stop(new IkeTimer.Drained(pair.inboundSpi()));
  }

  // Tunnels.

  private void goUp(Vpn vpn, ChildPair pair, Step step) {
    vpn.up = true;
    vpn.since = step.now();
    vpn.reason = DownReason.NONE;
    vpn.failuresInARow = 0;
    parts.timers.stop(new IkeTimer.Establish(vpn.config.name()));
    vpn.record(step.now(), "IPSec SA negotiation successfully completed");
    step.add(new IkeAction.TunnelChanged(vpn.config.bindInterface(), true, ""));
    parts.pathMtu.tunnelUp(vpn, step);
    step.add(
        new IkeAction.Report(
            Notice.of(
                Level.INFO,
                "IKE_VPN_UP",
                "vpn",
                vpn.config.name(),
                "gateway",
                vpn.gateway.name(),
                "interface",
                vpn.config.bindInterface(),
                "local",
                pair.sa.local(),
                "remote",
                pair.sa.remote(),
                "algorithm",
                pair.sa.algorithm().junosName())));
  }

  private void goDown(Vpn vpn, DownReason reason, String text, Step step) {
    if (!vpn.up) {
      return;
    }
    vpn.up = false;
    vpn.flaps++;
    vpn.since = step.now();
    vpn.reason = reason;
    vpn.lastFailure = text;
    vpn.remedies = Remedies.of(reason, vpn.gateway, vpn.config);
    vpn.record(step.now(), text);
    step.add(new IkeAction.TunnelChanged(vpn.config.bindInterface(), false, text));
    parts.pathMtu.tunnelDown(vpn);
    parts.additionalPairs.forget(vpn);
    step.add(
        new IkeAction.Report(
            Notice.of(
                Level.WARN,
                "IKE_VPN_DOWN",
                "vpn",
                vpn.config.name(),
                "gateway",
                vpn.gateway.name(),
                "interface",
                vpn.config.bindInterface(),
                "reason",
                reason.label(),
                "text",
                text)));
    tellRemote(vpn, step);
    // Half a second to one and a half: both sides lose a tunnel together, and need not collide.
    pause(vpn, parts.jittered(Duration.ofSeconds(1), 500, 1500), step);
  }

  /** Tells where the packets go, if it is elsewhere than told before. */
  void tellRemote(Vpn vpn, Step step) {
    ChildPair leading = vpn.leading();
    IpAddress remote = leading == null ? null : leading.owner.remote.address();
    if (!Objects.equals(remote, vpn.toldRemote)) {
      vpn.toldRemote = remote;
      step.add(new IkeAction.TunnelRemoteChanged(vpn.config.bindInterface(), remote));
    }
  }

  /** An attempt failed, ours or the peer's: keeps and tells why. */
  void failed(Vpn vpn, DownReason reason, String text, Step step) {
    failed(vpn, reason, text, Remedies.of(reason, vpn.gateway, vpn.config), step);
  }

  /** The same, where it is known what to change. */
  void failed(Vpn vpn, DownReason reason, String text, List<String> remedies, Step step) {
    vpn.remedies = remedies;
    count(vpn, reason);
    vpn.lastFailure = text;
    vpn.record(step.now(), text);
    if (!vpn.up) {
      vpn.reason = reason;
    }
    reportFailure(vpn, reason, text, step);
  }

  /** An attempt failed that is worth no more words. */
  void count(Vpn vpn, DownReason reason) {
    vpn.failures++;
    parts.statistics.failed(reason);
  }

  /**
   * The same of a message that proves nothing (RFC 7296 §2.21.1): now and then only, and it does
   * not hide what is known for certain.
   */
  void suspected(Vpn vpn, DownReason reason, String text, List<String> remedies, Step step) {
    if (!maySuspect(vpn, step)) {
      return;
    }
    vpn.suspicionsFrom = step.now().plus(SUSPICION_INTERVAL);
    DownReason known = vpn.reason;
    String knownText = vpn.lastFailure;
    List<String> knownRemedies = vpn.remedies;
    failed(vpn, reason, text, remedies, step);
    if (known.isCertain()) {
      vpn.reason = known;
      vpn.lastFailure = knownText;
      vpn.remedies = knownRemedies;
    }
  }

  /** The next suspicion would be told. */
  static boolean maySuspect(Vpn vpn, Step step) {
    return !step.now().isBefore(vpn.suspicionsFrom);
  }

  static void reportFailure(Vpn vpn, DownReason reason, String text, Step step) {
    step.add(
        new IkeAction.Report(
            Notice.limited(
                Level.WARN,
                "IKE_NEGOTIATION_FAILED",
                "vpn",
                vpn.config.name(),
                "gateway",
                vpn.gateway.name(),
                "reason",
                reason.label(),
                "text",
                text)));
  }

  /** The same for an attempt that we made: after a pause that grows, another one. */
  void attemptFailed(IkeSa ike, DownReason reason, String text, Step step) {
    Vpn vpn = ike.vpn;
    List<String> remedies = vpn == null ? List.of() : Remedies.of(reason, vpn.gateway, vpn.config);
    attemptFailed(ike, reason, text, remedies, step);
  }

  void attemptFailed(IkeSa ike, DownReason reason, String text, List<String> remedies, Step step) {
    Vpn vpn = ike.vpn;
    close(ike, reason, text, step);
    if (vpn == null) {
      return;
    }
    if (reason == DownReason.NO_RESPONSE) {
      if (!ike.silenceTold) {
        failed(vpn, reason, text, remedies, step);
      }
      // Silence has already been waited for, with pauses that grew.
      pause(vpn, parts.jittered(Duration.ofSeconds(1), 200, 1000), step);
      return;
    }
    failed(vpn, reason, text, remedies, step);
    vpn.failuresInARow++;
    pauseAfterFailures(vpn, step);
  }

  /** 1, 2, 4 … 60 seconds. */
  void pauseAfterFailures(Vpn vpn, Step step) {
    int shift = Math.clamp(vpn.failuresInARow - 1, 0, LONGEST_PAUSE_SHIFT);
    Duration pause = Duration.ofSeconds(1L << shift);
    Duration bounded = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    pause(vpn, parts.jittered(bounded, 700, 1000), step);
  }

  void pause(Vpn vpn, Duration pause, Step step) {
    parts.timers.start(new IkeTimer.Establish(vpn.config.name()), step.now().plus(pause));
  }

  /** The pause is over. A tunnel that waits for traffic goes on waiting for it, once it is down. */
  void pauseOver(Vpn vpn, Step step) {
    if (vpn.up || vpn.config.establishTunnels() == EstablishTunnels.IMMEDIATELY) {
      ensure(vpn, step);
    }
  }

  /** An operator has cleared what there was: no failure of before is waited for. */
  void tryAtOnce(Vpn vpn, Step step) {
    parts.timers.stop(new IkeTimer.Establish(vpn.config.name()));
    vpn.failuresInARow = 0;
    vpn.relapses = 0;
    pauseOver(vpn, step);
  }

  /** A packet waits for the tunnel. */
  void wanted(Vpn vpn, Step step) {
    if (!parts.timers.isRunning(new IkeTimer.Establish(vpn.config.name()))) {
      ensure(vpn, step);
    }
  }

  /**
   * Begins what is missing, a pair or a fresh IKE SA in the place of one that gives nothing more,
   * unless it is ours to wait or something is under way.
   */
  void ensure(Vpn vpn, Step step) {
    Optional<IkeSa> current = current(vpn);
    boolean isSpent = current.isPresent() && current.get().spent;
    if ((vpn.up && !isSpent) || !mayBegin(vpn)) {
      return;
    }
    if (vpn.localAddress == null) {
      vpn.reason = DownReason.NO_LOCAL_ADDRESS;
      vpn.lastFailure =
          "NO_LOCAL_ADDRESS: " + vpn.gateway.externalInterface() + " has no usable address";
      vpn.remedies = Remedies.of(vpn.reason, vpn.gateway, vpn.config);
      return;
    }
    if (current.isPresent() && !isSpent) {
      current.get().window.enqueue(new QueuedRequest.CreateChild(null));
      parts.dispatcher.pump(current.get(), step);
    } else if (ofTunnel(vpn).stream().noneMatch(Tunnels::isAttemptOfOurs)) {
      vpn.negotiations++;
      // Why it went down, or failed before, stays what operators see until it is up.
      if (vpn.reason == DownReason.NOT_STARTED || vpn.reason == DownReason.NO_LOCAL_ADDRESS) {
        vpn.reason = DownReason.NEGOTIATING;
      }
      parts.saInit.begin(vpn, vpn.localAddress, step);
    }
  }

  /** It is configured, and we need not wait for the peer. */
  private boolean mayBegin(Vpn vpn) {
    return vpn.config.establishTunnels() != EstablishTunnels.RESPONDER_ONLY
        && !vpn.gateway.isDynamic()
        && parts.vpns.get(vpn.config.name()) == vpn;
  }

  /** Gives an attempt of ours up for another one at once. */
  void restart(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    close(ike, DownReason.NONE, "", step);
    if (vpn != null) {
      ensure(vpn, step);
    }
  }

  static boolean isAttemptOfOurs(IkeSa ike) {
    return ike.state == IkeSa.State.INITIATING || ike.state == IkeSa.State.AUTHENTICATING;
  }

  List<IkeSa> ofTunnel(Vpn vpn) {
    return parts.ikeSas.values().stream().filter(i -> i.vpn == vpn).toList();
  }

  /** The IKE SA that new child SAs belong to: the owner of the pair in use, or the youngest. */
  Optional<IkeSa> current(Vpn vpn) {
    ChildPair leading = vpn.leading();
    if (leading != null && leading.owner.isEstablished()) {
      return Optional.of(leading.owner);
    }
    return ofTunnel(vpn).stream()
        .filter(IkeSa::isEstablished)
        .max(Comparator.comparingInt(i -> i.index));
  }

  // IKE SAs.

  void established(IkeSa ike, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    ike.state = IkeSa.State.ESTABLISHED;
    ike.established = step.now();
    parts.table.established(ike);
    parts.contacts.established(ike);
    vpn.preferredGroup = null;
    parts.timers.stop(new IkeTimer.HalfOpen(ike.localSpi));
    Duration lifetime = IkeSa.present(ike.proposal).lifetime();
    ike.expires = step.now().plus(lifetime);
    ike.rekeys = softEnd(step.now(), lifetime, ike.initiator);
    parts.timers.start(new IkeTimer.RekeyIke(ike.localSpi), ike.rekeys);
    parts.timers.start(new IkeTimer.ExpireIke(ike.localSpi), ike.expires);
    parts.liveness.arm(ike, step);
    parts.informational.armKeepalive(ike, step);
  }

  /**
   * When to rekey: the side that made an SA comes first, so that the two seldom collide; both
   * jittered.
   */
  Instant softEnd(Instant from, Duration lifetime, boolean madeByUs) {
    Duration margin =
        madeByUs ? parts.jittered(lifetime, 100, 150) : parts.jittered(lifetime, 40, 80);
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
    return count - (madeByUs ? parts.jittered(count, 100, 150) : parts.jittered(count, 40, 80));
  }

  /** Forgets an IKE SA, and its children with it. */
  void close(IkeSa ike, DownReason reason, String text, Step step) {
    forget(ike);
    for (ChildPair pair : List.copyOf(parts.children.values())) {
      if (pair.owner == ike) {
        retire(pair, reason, text, step);
      }
    }
    tryAgain(ike.vpn, step);
  }

  /** It has given no sign for as long as a living one would not. */
  void peerDead(IkeSa ike, Step step) {
    parts.statistics.deadPeers++;
    String text = "PEER_DEAD: no response from " + ike.remote + " to " + ike.window.attempts();
    close(ike, DownReason.PEER_DEAD, text + " requests", step);
  }

  /**
   * An IKE SA has ended. If it carried no pair its end is no change of the tunnel, but what was to
   * be made on it, a child SA or itself, has to be begun again all the same.
   */
  private void tryAgain(@Nullable Vpn vpn, Step step) {
    // One on traffic waits for a packet, and for nothing else.
    if (vpn != null
        && !vpn.up
        && vpn.config.establishTunnels() == EstablishTunnels.IMMEDIATELY
        && mayBegin(vpn)
        && !parts.timers.isRunning(new IkeTimer.Establish(vpn.config.name()))) {
      pause(vpn, parts.jittered(Duration.ofSeconds(1), 500, 1500), step);
    }
  }

  private void forget(IkeSa ike) {
    ike.state = IkeSa.State.CLOSED;
    parts.table.remove(ike);
    parts.forgetComputations(ike);
    ike.erase();
    parts.timers.stop(new IkeTimer.Retransmit(ike.localSpi));
    parts.timers.stop(new IkeTimer.HalfOpen(ike.localSpi));
    parts.timers.stop(new IkeTimer.Probe(ike.localSpi));
    parts.timers.stop(new IkeTimer.NatKeepalive(ike.localSpi));
    parts.timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    parts.timers.stop(new IkeTimer.ExpireIke(ike.localSpi));
    parts.timers.stop(new IkeTimer.Redundant(ike.localSpi));
  }

  /** Tells the peer by a delete, as soon as the window allows; its children are gone at once. */
  void delete(IkeSa ike, DownReason reason, String text, Step step) {
    if (ike.outbound == null || ike.state == IkeSa.State.CLOSED) {
      close(ike, reason, text, step);
      return;
    }
    ike.state = IkeSa.State.DELETING;
    parts.timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    parts.timers.stop(new IkeTimer.Redundant(ike.localSpi));
    ike.window.enqueueOnly(new QueuedRequest.DeleteIke());
    for (ChildPair pair : List.copyOf(parts.children.values())) {
      if (pair.owner == ike) {
        retire(pair, reason, text, step);
      }
    }
    tryAgain(ike.vpn, step);
    parts.dispatcher.pump(ike, step);
  }
}
