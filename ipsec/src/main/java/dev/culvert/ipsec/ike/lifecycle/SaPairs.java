package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.negotiation.Wording;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPairTable;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.ike.sa.VpnMember;
import dev.culvert.ipsec.sa.TrafficSelector;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Keeps each VPN's SA pairs: installs them, moves the outbound packets over to them, and retires
 * them; and so the VPN is up, or down.
 */
public final class SaPairs {
  /** For packets of a deleted SA that are still on their way. */
  public static final Duration DRAIN = Duration.ofSeconds(5);

  /**
   * A shortcut receives for so long after its end: until then the partner has our delete, or has
   * given up one of its own. It takes up nothing else meanwhile.
   */
  static final Duration SHORTCUT_DRAIN = Duration.ofSeconds(60);

  /**
   * A responder sends on a rekeyed SA after that, should the peer neither send on it nor delete the
   * old one before, nor repeat the request: then it did not get our response, and the time begins
   * anew. Longer than a peer of our kind pauses between two repetitions.
   */
  static final Duration USE_OUTBOUND_DELAY = Duration.ofSeconds(32);

  /**
   * A responder's unit is up after that, should the initiator not be heard on the first pair or its
   * IKE SA before. One of our kind speaks at once, and repeats that until it is answered; of others
   * nothing can be expected.
   */
  static final Duration UNIT_UP_DELAY_OF_OUR_KIND = Duration.ofSeconds(10);

  static final Duration UNIT_UP_DELAY = Duration.ofMillis(200);

  private final ChildPairTable table;
  private final TimerTable<IkeTimer> timers;
  private final RandomValues random;
  private final Units units;
  private final PathMtuProbing pathMtu;
  private final AdditionalPairs additionalPairs;
  private final MissingPolicies missingPolicies;

  public SaPairs(
      ChildPairTable table,
      TimerTable<IkeTimer> timers,
      RandomValues random,
      Units units,
      PathMtuProbing pathMtu,
      AdditionalPairs additionalPairs,
      MissingPolicies missingPolicies) {
    this.table = table;
    this.timers = timers;
    this.random = random;
    this.units = units;
    this.pathMtu = pathMtu;
    this.additionalPairs = additionalPairs;
    this.missingPolicies = missingPolicies;
  }

  public void install(ChildPair pair, boolean useNow, Step step) {
    table.add(pair);
    pair.owner.counters.childSasCreated++;
    step.add(new Effect.InstallChildSa(pair.sa));
    timers.start(new IkeTimer.RekeyChild(pair.inboundSpi()), pair.rekeys);
    timers.start(new IkeTimer.ExpireChild(pair.inboundSpi()), pair.expires);
    // What a shortcut is to carry has another way until it is proven.
    boolean isMissed = !pair.policy.isUp() && pair.vpn.shortcut == null;
    if (useNow) {
      use(pair, step);
      // The peer has this one, whatever of an earlier one it was to give a sign of.
      unitUp(pair.policy.member, step);
    } else if (isMissed) {
      pair.policy.member.awaitsPeer = !pair.policy.member.up;
      use(pair, step);
    } else {
      timers.start(
          new IkeTimer.UseOutbound(pair.inboundSpi()), step.now().plus(USE_OUTBOUND_DELAY));
    }
  }

  /** The peer repeats a request: it may not know the pair that our response has made. */
  public void peerRepeats(IkeSa ike, Step step) {
    List<ChildPair> pairs = ike.vpn == null ? List.of() : ike.vpn.pairs;
    for (ChildPair pair : pairs) {
      IkeTimer timer = new IkeTimer.UseOutbound(pair.inboundSpi());
      if (pair.owner == ike && timers.isRunning(timer)) {
        timers.start(timer, step.now().plus(USE_OUTBOUND_DELAY));
      }
      if (pair.owner == ike && pair.policy.member.awaitsPeer) {
        startUnitUp(pair, step);
      }
    }
  }

  void use(ChildPair pair, Step step) {
    timers.stop(new IkeTimer.UseOutbound(pair.inboundSpi()));
    Vpn vpn = pair.vpn;
    if (!pair.isUsable() || vpn.uses(pair)) {
      return;
    }
    ChildPolicy policy = pair.policy;
    boolean isFirst = !policy.isUp();
    policy.inUse.put(policy.queueOf(pair), pair);
    step.add(new Effect.UseOutbound(pair.inboundSpi()));
    leaveDoubtful(vpn, step);
    tellRemote(vpn, step);
    if (!vpn.up) {
      goUp(vpn, step);
    }
    if (isFirst) {
      policyUp(pair, step);
    }
    tellRemotes(policy, step);
  }

  /** Tells where the policy leads, if that is elsewhere than told before. */
  private static void tellRemotes(ChildPolicy policy, Step step) {
    List<IpPrefix> remotes = policy.remotes();
    if (!remotes.equals(policy.toldRemotes)) {
      policy.toldRemotes = remotes;
      step.add(new Effect.SelectorChanged(policy, remotes));
    }
  }

  private void policyUp(ChildPair pair, Step step) {
    ChildPolicy policy = pair.policy;
    policy.succeeded();
    if (!policy.member.up) {
      memberUp(policy.member, pair, step);
    }
    if (!policy.selectors.name().isEmpty()) {
      String text = Wording.selectors(pair.sa.localSelectors(), pair.sa.remoteSelectors());
      policy.vpn.record(step.now(), policy.label() + " is up");
      step.add(new Effect.Report(MissingPolicies.notice(policy, true, text)));
    }
  }

  private void policyDown(ChildPolicy policy, DownReason reason, String text, Step step) {
    policy.reason = reason;
    policy.lastFailure = text;
    policy.remedies = Remedies.of(reason, policy.vpn.gateway, policy.config);
    policy.wanted = false;
    tellRemotes(policy, step);
    boolean hasOthers = !policy.vpn.carriesNothing();
    if (hasOthers && !policy.selectors.name().isEmpty()) {
      policy.vpn.record(step.now(), policy.label() + " is down: " + text);
      step.add(new Effect.Report(MissingPolicies.notice(policy, false, text)));
    }
    if (policy.member.policies().stream().noneMatch(ChildPolicy::isUp)) {
      memberDown(policy.member, reason, text, step);
    }
    if (hasOthers) {
      missingPolicies.lost(policy, step);
    }
  }

  /**
   * A policy that moves to another IKE SA leaves the pairs of an old one that the peer may have
   * lost. Their queues' packets go elsewhere at once; the peer is told, should it still be there.
   */
  void leaveDoubtful(Vpn vpn, Step step) {
    List<ChildPair> inUse =
        vpn.policies.stream().flatMap(policy -> policy.inUse.values().stream()).toList();
    for (ChildPair pair : inUse) {
      IkeSa ike = pair.owner;
      ChildPair leading = pair.policy.leading();
      boolean isOld = leading != null && ike.index < leading.owner.index;
      if (isOld && ike.isEstablished() && !ike.confirmed) {
        retire(pair, DownReason.NONE, "", step);
        ike.window.enqueue(new QueuedRequest.DeleteOrphan(pair.inboundSpi()));
        step.add(new Effect.SendNext(ike));
      }
    }
  }

  /** The peer uses, or must be using, this pair: so do we unless ours is newer. */
  public void peerUses(ChildPair pair, Step step) {
    ChildPair current = pair.policy.inUse.get(pair.policy.queueOf(pair));
    boolean newer =
        current == null
            || !current.isUsable()
            || pair.policy.pairs.indexOf(pair) > pair.policy.pairs.indexOf(current);
    if (newer && pair.state == ChildPair.State.INSTALLED) {
      use(pair, step);
    }
    unitUp(pair.policy.member, step);
  }

  /**
   * The peer is heard on that IKE SA. If we answered its IKE_AUTH it has our answer, and so the
   * pair that came with it.
   */
  public void confirmed(IkeSa ike, Step step) {
    boolean isFirstSign = !ike.confirmed;
    ike.confirmed = true;
    Vpn vpn = ike.vpn;
    if (!isFirstSign || ike.initiator || vpn == null) {
      return;
    }
    for (ChildPair pair : List.copyOf(vpn.pairs)) {
      // A pair is made of the IKE SA's own nonces in IKE_AUTH, and of others by all else.
      boolean isOfIkeAuth = pair.owner == ike && pair.lowestNonce.equals(ike.lowestNonce());
      if (isOfIkeAuth && timers.isRunning(new IkeTimer.UseOutbound(pair.inboundSpi()))) {
        peerUses(pair, step);
      } else if (isOfIkeAuth) {
        unitUp(pair.policy.member, step);
      }
    }
  }

  /** Replaced by a rekey: it lives until it is deleted, but is never rekeyed again. */
  public void markRekeyed(ChildPair pair) {
    if (pair.state == ChildPair.State.INSTALLED) {
      pair.state = ChildPair.State.REKEYED;
    }
    timers.stop(new IkeTimer.RekeyChild(pair.inboundSpi()));
  }

  /**
   * Both sides have deleted the pair. While another carries its queue it goes on receiving for a
   * moment; otherwise it is gone at once, and if no queue has any, the tunnel down.
   */
  public void retire(ChildPair pair, DownReason reason, String text, Step step) {
    if (pair.state == ChildPair.State.DRAINING || pair.state == ChildPair.State.REMOVED) {
      return;
    }
    pair.owner.counters.childSasDeleted++;
    pair.state = ChildPair.State.DRAINING;
    stopTimers(pair);
    Vpn vpn = pair.vpn;
    boolean carries = vpn.uses(pair) && !usesAnother(pair, step);
    boolean isShortcut = vpn.shortcut != null;
    if (carries && isShortcut) {
      step.add(new Effect.StopOutbound(pair.inboundSpi()));
    }
    if (carries && !isShortcut) {
      remove(pair, step);
    } else {
      Duration drain = carries ? SHORTCUT_DRAIN : DRAIN;
      timers.start(new IkeTimer.Drained(pair.inboundSpi()), step.now().plus(drain));
    }
    if (carries && !pair.policy.isUp()) {
      policyDown(pair.policy, reason, text, step);
    }
    if (vpn.carriesNothing()) {
      goDown(vpn, reason, text, step);
    } else {
      tellRemote(vpn, step);
      additionalPairs.lost(vpn, step);
    }
    step.add(new Effect.PairEnded(pair));
    step.add(new Effect.ReviewPeer(vpn));
  }

  /** All pairs of that VPN end, with it, and the peer is told: what they carry does not arrive. */
  public void endAll(VpnMember member, DownReason reason, String text, Step step) {
    List<ChildPair> pairs =
        member.policies().stream().flatMap(policy -> policy.pairs.stream()).toList();
    for (ChildPair pair : pairs) {
      IkeSa ike = pair.owner;
      boolean isTold = pair.isUsable() && ike.isEstablished();
      retire(pair, reason, text, step);
      if (isTold) {
        ike.window.enqueue(new QueuedRequest.DeleteOrphan(pair.inboundSpi()));
        step.add(new Effect.SendNext(ike));
      }
    }
  }

  /** The queue of a pair in use moves on to another of its own, if there is one. */
  private boolean usesAnother(ChildPair pair, Step step) {
    ChildPolicy policy = pair.policy;
    int queue = policy.queueOf(pair);
    ChildPair next = policy.newestUsable(queue);
    if (next != null) {
      use(next, step);
      if (next.owner.initiator || next.owner.confirmed) {
        unitUp(policy.member, step);
      }
      return true;
    }
    policy.inUse.remove(queue);
    ChildPair last = policy.isUp() ? null : policy.newestUsable();
    if (last != null) {
      // Whether the peer has it yet is uncertain, but no other is left.
      use(last, step);
    }
    return false;
  }

  public void remove(ChildPair pair, Step step) {
    pair.state = ChildPair.State.REMOVED;
    stopTimers(pair);
    table.remove(pair);
    step.add(new Effect.RemoveChildSa(pair.inboundSpi()));
  }

  private void stopTimers(ChildPair pair) {
    timers.stop(new IkeTimer.RekeyChild(pair.inboundSpi()));
    timers.stop(new IkeTimer.ExpireChild(pair.inboundSpi()));
    timers.stop(new IkeTimer.UseOutbound(pair.inboundSpi()));
    timers.stop(new IkeTimer.Drained(pair.inboundSpi()));
  }

  private void goUp(Vpn vpn, Step step) {
    vpn.up = true;
    vpn.since = step.now();
    vpn.reason = DownReason.NONE;
    vpn.failuresInARow = 0;
    timers.stop(new IkeTimer.Establish(vpn.name()));
    vpn.record(step.now(), "IPSec SA negotiation successfully completed");
    pathMtu.tunnelUp(vpn, step);
    if (vpn.shortcut != null) {
      step.add(new Effect.ShortcutUp(vpn));
    }
  }

  private void memberUp(VpnMember member, ChildPair pair, Step step) {
    member.up = true;
    member.since = step.now();
    if (member.vpn.shortcut != null) {
      // The unit is up or down by the peers it is configured for.
      return;
    }
    tellPeerUp(member, pair, step);
    if (member.awaitsPeer) {
      startUnitUp(pair, step);
    } else {
      tellUp(member, pair, step);
    }
  }

  private void startUnitUp(ChildPair pair, Step step) {
    timers.start(
        timer(pair.policy.member),
        step.now().plus(pair.owner.joinsProbes ? UNIT_UP_DELAY_OF_OUR_KIND : UNIT_UP_DELAY));
  }

  /**
   * The peer has the VPN's first pair as well, or has had time enough. A route that leaves a
   * working tunnel for this one before loses packets.
   */
  public void unitUp(VpnMember member, Step step) {
    ChildPair first = member.firstInUse();
    if (member.awaitsPeer && first != null) {
      endWait(member);
      tellUp(member, first, step);
    }
  }

  private void endWait(VpnMember member) {
    member.awaitsPeer = false;
    timers.stop(timer(member));
  }

  private static IkeTimer timer(VpnMember member) {
    return new IkeTimer.UnitUp(member.vpn.name(), member.config.name());
  }

  private void tellUp(VpnMember member, ChildPair pair, Step step) {
    units.up(member, step);
    step.add(
        new Effect.Report(
            Notice.of(
                Level.INFO,
                "IKE_VPN_UP",
                "vpn",
                member.config.name(),
                "gateway",
                member.vpn.gateway.name(),
                "interface",
                member.config.bindInterface(),
                "local",
                pair.sa.local(),
                "remote",
                pair.sa.remote(),
                "algorithm",
                pair.sa.algorithm().junosName())));
  }

  /** Who is at the other end, and by what address on the unit if the selectors leave but one. */
  private static void tellPeerUp(VpnMember member, ChildPair pair, Step step) {
    InterfaceName unit = member.config.bindInterface();
    int peer = member.vpn.id;
    IkeIdentity identity = pair.owner.remoteIdentity;
    step.add(
        new Effect.PeerUp(
            new TunnelPeer(
                peer, unit, member.config.name(), identity == null ? "" : identity.toString())));
    List<TrafficSelector> remote = pair.sa.remoteSelectors();
    IpAddress first = remote.isEmpty() ? null : remote.getFirst().startAddress();
    if (first != null
        && remote.stream()
            .allMatch(s -> s.startAddress().equals(first) && s.endAddress().equals(first))) {
      step.add(new Effect.PeerAddressFound(unit, peer, first, TunnelAddressSource.SELECTOR));
    }
  }

  /** Another VPN of the same tunnel may lead to the peer on the same unit. */
  private static void tellPeerDown(VpnMember member, Step step) {
    InterfaceName unit = member.config.bindInterface();
    boolean isThere =
        member.vpn.members.stream()
            .anyMatch(other -> other.up && other.config.bindInterface().equals(unit));
    if (!isThere) {
      step.add(new Effect.PeerDown(unit, member.vpn.id));
    }
  }

  private void memberDown(VpnMember member, DownReason reason, String text, Step step) {
    member.up = false;
    member.since = step.now();
    member.flaps++;
    if (member.vpn.shortcut != null) {
      return;
    }
    tellPeerDown(member, step);
    if (member.awaitsPeer) {
      endWait(member);
      return;
    }
    units.down(member, text, step);
    step.add(
        new Effect.Report(
            Notice.of(
                Level.WARN,
                "IKE_VPN_DOWN",
                "vpn",
                member.config.name(),
                "gateway",
                member.vpn.gateway.name(),
                "interface",
                member.config.bindInterface(),
                "reason",
                reason.label(),
                "text",
                text)));
  }

  private void goDown(Vpn vpn, DownReason reason, String text, Step step) {
    if (!vpn.up) {
      return;
    }
    vpn.up = false;
    vpn.since = step.now();
    vpn.reason = reason;
    vpn.lastFailure = text;
    vpn.remedies = Remedies.of(reason, vpn.gateway, vpn.config);
    vpn.record(step.now(), text);
    pathMtu.tunnelDown(vpn);
    additionalPairs.forget(vpn);
    missingPolicies.forget(vpn);
    tellRemote(vpn, step);
    if (vpn.shortcut != null) {
      step.add(new Effect.ShortcutEnded(vpn, reason, text));
      return;
    }
    // Half a second to one and a half: both sides lose a tunnel together, and need not collide.
    step.add(new Effect.Pause(vpn, random.jittered(Duration.ofSeconds(1), 500, 1500)));
  }

  /** Tells where the packets go, if it is elsewhere than told before. */
  public void tellRemote(Vpn vpn, Step step) {
    ChildPair leading = vpn.leading();
    IpAddress remote = leading == null ? null : leading.owner.remote.address();
    if (!Objects.equals(remote, vpn.toldRemote)) {
      vpn.toldRemote = remote;
      if (vpn.shortcut != null) {
        // It carries nothing that leads to its own end, see ShortcutPartner.
        return;
      }
      for (InterfaceName unit : vpn.units()) {
        step.add(new Effect.TunnelRemoteChanged(unit, vpn.id, remote));
      }
    }
  }
}
