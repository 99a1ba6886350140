package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.negotiation.Refusals;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.ike.sa.VpnTable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The policies of a tunnel that has several: the first gets its SA pair with the IKE SA, the others
 * by an exchange each (RFC 7296 §1.3.1). One that is refused is tried again after pauses that grow,
 * and the others go on meanwhile.
 */
public final class MissingPolicies {
  /** Before a pair that was lost is asked for again: both sides lose it together. */
  private static final Duration AFTER_LOSS = Duration.ofSeconds(1);

  /** The initiator of an IKE SA asks first. */
  private static final Duration OF_THE_PEER = Duration.ofSeconds(5);

  private final VpnTable vpns;
  private final TimerTable<IkeTimer> timers;
  private final RandomValues random;
  private final Failures failures;

  public MissingPolicies(
      VpnTable vpns, TimerTable<IkeTimer> timers, RandomValues random, Failures failures) {
    this.vpns = vpns;
    this.timers = timers;
    this.random = random;
    this.failures = failures;
  }

  /** Asks for the pairs of all policies that want one, but for those that have failed of late. */
  public void ask(Vpn vpn, Step step) {
    Optional<IkeSa> current = IkeSaTable.current(vpn);
    if (!vpn.hasSeveralPolicies() || current.isEmpty() || current.get().spent || !vpns.holds(vpn)) {
      return;
    }
    if (IkeSaTable.of(vpn).stream().filter(i -> i.isEstablished() && !i.spent).count() > 1) {
      // One of them is redundant, and its pairs with it.
      askAt(vpn, step.now().plus(random.jittered(AFTER_LOSS, 500, 1500)));
      return;
    }
    Instant next = Instant.MAX;
    for (ChildPolicy policy : vpn.policies) {
      if (isMissing(policy)) {
        if (step.now().isBefore(policy.notBefore)) {
          next = policy.notBefore.isBefore(next) ? policy.notBefore : next;
        } else {
          current.get().window.enqueue(new QueuedRequest.FirstChild(policy));
        }
      }
    }
    if (next.isBefore(Instant.MAX)) {
      askAt(vpn, next);
    }
    step.add(new Effect.SendNext(current.get()));
  }

  private static boolean isMissing(ChildPolicy policy) {
    return policy.isWanted() && (!policy.isUp() || policy.isLeftBehind());
  }

  /** The peer has begun the IKE SA, and asks for what it wants itself. */
  public void awaitPeer(Vpn vpn, Step step) {
    if (vpn.hasSeveralPolicies()) {
      askAt(vpn, step.now().plus(random.jittered(OF_THE_PEER, 700, 1300)));
    }
  }

  /** A policy has lost its last pair, and the tunnel has others. */
  void lost(ChildPolicy policy, Step step) {
    if (isMissing(policy)) {
      askAt(policy.vpn, step.now().plus(random.jittered(AFTER_LOSS, 500, 1500)));
    }
  }

  private void askAt(Vpn vpn, Instant at) {
    timers.start(new IkeTimer.MissingPolicy(vpn.name()), at);
  }

  public void forget(Vpn vpn) {
    timers.stop(new IkeTimer.MissingPolicy(vpn.name()));
  }

  /** The peer has refused the policy, or answered what we refuse, and the IKE SA stands. */
  public void failed(
      IkeSa ike,
      ChildPolicy policy,
      DownReason reason,
      String text,
      List<String> remedies,
      Step step) {
    Vpn vpn = policy.vpn;
    policy.failuresInARow++;
    policy.notBefore =
        step.now().plus(random.jittered(Refusals.pause(policy.failuresInARow), 700, 1000));
    policy.reason = reason;
    policy.lastFailure = text;
    policy.remedies = remedies;
    String named = policy.label() + ": " + text;
    if (policy.isUp()) {
      failures.count(vpn, reason);
    } else {
      failures.failed(vpn, reason, named, remedies, step);
    }
    boolean othersMayCome =
        vpn.policies.stream().anyMatch(p -> p.isUp() || !step.now().isBefore(p.notBefore));
    if (othersMayCome) {
      ask(vpn, step);
    } else {
      // An IKE SA without a child is of no use to us: all is tried again later.
      vpn.failuresInARow++;
      step.add(new Effect.DeleteIkeSa(ike, reason, named));
      step.add(new Effect.PauseAfterFailures(vpn));
    }
  }

  /** A policy has got its first pair, or lost its last, while others have theirs. */
  static Notice notice(ChildPolicy policy, boolean up, String text) {
    return Notice.of(
        up ? Level.INFO : Level.WARN,
        up ? "IKE_SELECTOR_UP" : "IKE_SELECTOR_DOWN",
        "vpn",
        policy.config.name(),
        "traffic-selector",
        policy.selectors.name(),
        "interface",
        policy.config.bindInterface(),
        "text",
        text);
  }
}
