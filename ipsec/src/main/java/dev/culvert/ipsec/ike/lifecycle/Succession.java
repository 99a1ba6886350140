package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.negotiation.Refusals;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPairTable;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A fresh IKE SA in the place of one on which nothing more is to be had (RFC 7296 §2.8).
 *
 * <p>The tunnel goes on with the pairs it has. Its next child SA comes with the IKE_AUTH of the
 * fresh IKE SA, and only then does the old one go: make before break. Where it is the peer's to
 * begin, the pairs last as long as they may, and their end is that of the IKE SA.
 */
public final class Succession {
  /** A peer that deletes the old IKE SA first answers our IKE_AUTH within that time. */
  private static final Duration HANDOVER = Duration.ofSeconds(3);

  /** An IKE SA that has not served that long has the fault of the one before it. */
  private static final Duration RELAPSE = Duration.ofMinutes(2);

  /** For the pairs of all policies of a tunnel to be made on the fresh IKE SA. */
  private static final Duration POLICIES_PATIENCE = Duration.ofSeconds(30);

  private final TimerTable<IkeTimer> timers;
  private final RandomValues random;
  private final SaPairs pairs;
  private final Establishing establishing;
  private final PathMtuProbing pathMtu;
  private final IkeSaLifecycle lifecycle;

  public Succession(
      TimerTable<IkeTimer> timers,
      RandomValues random,
      SaPairs pairs,
      Establishing establishing,
      PathMtuProbing pathMtu,
      IkeSaLifecycle lifecycle) {
    this.timers = timers;
    this.random = random;
    this.pairs = pairs;
    this.establishing = establishing;
    this.pathMtu = pathMtu;
    this.lifecycle = lifecycle;
  }

  /**
   * The peer takes the IKE SA for ended, or cannot be understood on it. What led to that may happen
   * again on the fresh one, so these come at a pace.
   */
  public void beginPaced(IkeSa ike, DownReason reason, String text, Step step) {
    Vpn vpn = ike.vpn;
    Instant established = ike.established;
    if (vpn == null || established == null || !ike.isEstablished()) {
      return;
    }
    if (vpn.shortcut != null) {
      lifecycle.delete(ike, reason, text, step);
      return;
    }
    ike.doubted = true;
    if (ike.spent) {
      return;
    }
    boolean again = step.now().isBefore(established.plus(RELAPSE));
    vpn.relapses = again ? vpn.relapses + 1 : 0;
    if (vpn.relapses > 0) {
      establishing.pause(vpn, random.jittered(Refusals.pause(vpn.relapses), 700, 1000), step);
    }
    begin(ike, reason, text, step);
  }

  /**
   * Nothing more is asked for on that IKE SA; a fresh one is to come. Only what a pair carries sets
   * the pace: one that is to be rekeyed has served its time.
   */
  public void begin(IkeSa ike, DownReason reason, String text, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn == null || !ike.isEstablished() || ike.spent) {
      return;
    }
    if (vpn.shortcut != null) {
      // Nobody can authenticate himself for it again: what it carries goes the long way.
      lifecycle.delete(ike, reason, text, step);
      return;
    }
    ike.spent = true;
    timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    if (!carries(ike)) {
      end(ike, reason, text, step);
      return;
    }
    vpn.record(step.now(), "IKE SA is to be replaced by a fresh one: " + text);
    step.add(
        new Effect.Report(
            Notice.limited(
                Level.WARN,
                "IKE_SA_SPENT",
                "vpn",
                vpn.config.name(),
                "gateway",
                vpn.gateway.name(),
                "index",
                ike.index,
                "reason",
                reason.label(),
                "text",
                text)));
    establishing.wanted(vpn, step);
  }

  private boolean carries(IkeSa ike) {
    Vpn vpn = ike.vpn;
    return vpn != null && vpn.pairs.stream().anyMatch(p -> p.owner == ike && p.isUsable());
  }

  /** There is nothing to keep: all begins again after a pause that grows. */
  private void end(IkeSa ike, DownReason reason, String text, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    lifecycle.delete(ike, reason, text, step);
    if (!vpn.up) {
      vpn.failuresInARow++;
      establishing.pauseAfterFailures(vpn, step);
    }
  }

  /** The last pair of an IKE SA that gives no other has ended: so does the IKE SA. */
  public void pairEnded(ChildPair pair, Step step) {
    IkeSa ike = pair.owner;
    if (ike.spent && ike.isEstablished() && !carries(ike)) {
      lifecycle.delete(ike, DownReason.LIFETIME_EXPIRED, "IKE SA ended with its pairs", step);
    }
  }

  /** An IKE SA of that tunnel has come with a child SA: what it was to replace may go. */
  public void completed(IkeSa fresh, Step step) {
    Vpn vpn = IkeSa.present(fresh.vpn);
    vpn.failuresInARow = 0;
    timers.stop(new IkeTimer.Establish(vpn.name()));
    for (ChildPair pair : List.copyOf(vpn.pairs)) {
      if (pair.owner == fresh && pair.handedOver && isReplacedOn(fresh, pair.policy)) {
        pairs.retire(pair, DownReason.NONE, "", step);
      }
    }
    for (IkeSa other : IkeSaTable.of(vpn)) {
      if (other == fresh || !other.spent || !other.isEstablished()) {
        continue;
      }
      if (isStillNeeded(other, fresh, step)) {
        timers.start(new IkeTimer.Redundant(other.localSpi), step.now().plus(POLICIES_PATIENCE));
      } else {
        // Only the probe that the IKE SA was given up for can still be under way on it.
        MessageWindow.Outstanding outstanding = other.window.outstanding();
        if (other.spentByProbe
            && outstanding != null
            && outstanding.request() instanceof PendingRequest.PathProbe probe) {
          pathMtu.swallowed(vpn, probe, step);
        }
        lifecycle.delete(other, DownReason.NONE, "IKE SA replaced by a fresh one", step);
        pathMtu.tunnelUp(vpn, step);
      }
    }
  }

  /** The pairs of a policy that were handed over have others in their place. */
  private static boolean isReplacedOn(IkeSa fresh, ChildPolicy policy) {
    return policy.on(fresh).stream().anyMatch(pair -> !pair.handedOver);
  }

  /** A policy has pairs on the old one alone, and is about to get one on the fresh one. */
  private static boolean isStillNeeded(IkeSa old, IkeSa fresh, Step step) {
    return IkeSa.present(fresh.vpn).policies.stream()
        .filter(policy -> policy.isWanted() && !step.now().isBefore(policy.notBefore))
        .anyMatch(policy -> !policy.on(old).isEmpty() && !isReplacedOn(fresh, policy));
  }

  /**
   * The peer has deleted an IKE SA of which a fresh one is to take the place, and has not answered
   * our IKE_AUTH yet: some keep one IKE SA for each pair of identities, and end the old one first.
   * Its pairs stand for as long as the answer may take, so that the tunnel does not go down for it.
   */
  public void deletedByPeer(IkeSa ike, Step step) {
    Optional<IkeSa> fresh =
        !ike.spent || ike.vpn == null
            ? Optional.empty()
            : IkeSaTable.of(ike.vpn).stream()
                .filter(i -> i.state == IkeSa.State.AUTHENTICATING)
                .findFirst();
    if (fresh.isEmpty()) {
      return;
    }
    for (ChildPair pair : ChildPairTable.of(ike)) {
      if (pair.isUsable()) {
        ChildPairTable.hand(pair, fresh.get());
        pair.handedOver = true;
        pair.state = ChildPair.State.DELETING;
        timers.stop(new IkeTimer.RekeyChild(pair.inboundSpi()));
        timers.start(new IkeTimer.ExpireChild(pair.inboundSpi()), step.now().plus(HANDOVER));
      }
    }
  }

  /** A peer that makes child SAs on that IKE SA itself has shown that there are more to be had. */
  public void refuted(IkeSa ike) {
    ike.refusals = 0;
    if (ike.spent) {
      ike.spent = false;
      ike.spentByProbe = false;
      ike.doubted = false;
      timers.start(new IkeTimer.RekeyIke(ike.localSpi), IkeSa.present(ike.rekeys));
    }
  }
}
