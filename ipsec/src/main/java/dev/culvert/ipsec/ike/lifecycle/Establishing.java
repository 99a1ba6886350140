package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.exchange.SaInitExchange;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.ike.sa.VpnMember;
import dev.culvert.ipsec.ike.sa.VpnTable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Brings VPNs up: when it is ours to begin, and after what pause again if an attempt failed. */
public final class Establishing {
  /** Never longer between two attempts. */
  public static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  private static final int LONGEST_PAUSE_SHIFT = 6;

  private final VpnTable vpns;
  private final TimerTable<IkeTimer> timers;
  private final RandomValues random;
  private final LocalPorts localPorts;
  private final Failures failures;
  private final MissingPolicies missingPolicies;

  public Establishing(
      VpnTable vpns,
      TimerTable<IkeTimer> timers,
      RandomValues random,
      LocalPorts localPorts,
      Failures failures,
      MissingPolicies missingPolicies) {
    this.vpns = vpns;
    this.timers = timers;
    this.random = random;
    this.localPorts = localPorts;
    this.failures = failures;
    this.missingPolicies = missingPolicies;
  }

  /**
   * Begins what is missing, a pair or a fresh IKE SA in the place of one that gives nothing more,
   * unless it is ours to wait or something is under way.
   */
  public void ensure(Vpn vpn, Step step) {
    Optional<IkeSa> current = IkeSaTable.current(vpn);
    boolean isSpent = current.isPresent() && current.get().spent;
    if (vpn.up && !isSpent) {
      missingPolicies.ask(vpn, step);
      return;
    }
    if (!mayBegin(vpn)) {
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
      if (vpn.hasSeveralPolicies()) {
        missingPolicies.ask(vpn, step);
      } else {
        current.get().window.enqueue(new QueuedRequest.FirstChild(vpn.policies.getFirst()));
        step.add(new Effect.SendNext(current.get()));
      }
    } else if (localPorts.refuses(new Endpoint(vpn.localAddress, SaInitExchange.PORT))) {
      localPorts.explain(vpn, vpn.localAddress);
    } else if (vpn.ikeSas.values().stream().noneMatch(IkeSa::isAttemptOfOurs)) {
      begin(vpn, vpn.localAddress, step);
    }
  }

  /** Where the peer has a name, not before that has been looked up for this very attempt. */
  private void begin(Vpn vpn, IpAddress localAddress, Step step) {
    String name = vpn.addresses.toLookUp();
    if (name != null) {
      if (vpn.addresses.ask(name)) {
        step.add(new Effect.LookUp(vpn.config.name(), name));
      }
    } else if (vpn.addresses.target(localAddress.family()) == null) {
      noAddress(vpn, "no address of the family of " + localAddress, step);
    } else {
      vpn.negotiations++;
      // Why it went down, or failed before, stays what operators see until it is up.
      if (vpn.reason == DownReason.NOT_STARTED || vpn.reason == DownReason.NO_LOCAL_ADDRESS) {
        vpn.reason = DownReason.NEGOTIATING;
      }
      step.add(new Effect.BeginIkeSa(vpn, localAddress));
    }
  }

  /** What a name stands for; nothing if nobody knows. */
  public void lookedUp(Vpn vpn, String name, List<IpAddress> addresses, Step step) {
    if (!vpn.addresses.answered(name, addresses)) {
      return;
    }
    vpns.peersChanged();
    if (addresses.isEmpty()) {
      noAddress(vpn, "no address of " + name + " is known", step);
    } else {
      ensure(vpn, step);
    }
  }

  /** That way leads nowhere: the next one is tried after a pause. */
  private void noAddress(Vpn vpn, String text, Step step) {
    vpn.addresses.failed();
    failures.failed(vpn, DownReason.NO_PEER_ADDRESS, "NO_PEER_ADDRESS: " + text, step);
    vpn.failuresInARow++;
    pauseAfterFailures(vpn, step);
  }

  /** It is configured, and we need not wait for the peer. */
  private boolean mayBegin(Vpn vpn) {
    return vpn.mayBegin() && vpns.holds(vpn);
  }

  /** A packet waits for the tunnel. */
  public void wanted(Vpn vpn, Step step) {
    if (!timers.isRunning(new IkeTimer.Establish(vpn.name()))) {
      ensure(vpn, step);
    }
  }

  /** The pause is over. A tunnel that waits for traffic goes on waiting for it, once it is down. */
  public void pauseOver(Vpn vpn, Step step) {
    if (vpn.up || vpn.establishTunnels() == EstablishTunnels.IMMEDIATELY) {
      ensure(vpn, step);
    }
  }

  /** An operator has cleared what there was: no failure of before is waited for. */
  public void tryAtOnce(Vpn vpn, Step step) {
    timers.stop(new IkeTimer.Establish(vpn.name()));
    vpn.failuresInARow = 0;
    vpn.relapses = 0;
    vpn.policies.forEach(policy -> policy.notBefore = Instant.MIN);
    pauseOver(vpn, step);
  }

  /**
   * Its pairs were taken away for others to come, also where nobody can ask for them by traffic.
   */
  public void renew(VpnMember member, Step step) {
    Vpn vpn = member.vpn;
    member.policies().forEach(policy -> policy.wanted = true);
    boolean isUnderWay = !vpn.ikeSas.isEmpty() && IkeSaTable.current(vpn).isEmpty();
    if (!isUnderWay) {
      ensure(vpn, step);
    }
  }

  /** Gives an attempt of ours up for another one at once. */
  public void restart(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    step.add(new Effect.CloseIkeSa(ike, DownReason.NONE, ""));
    if (vpn != null) {
      ensure(vpn, step);
    }
  }

  /**
   * An IKE SA has ended. If it carried no pair its end is no change of the tunnel, but what was to
   * be made on it, a child SA or itself, has to be begun again all the same.
   */
  void tryAgain(@Nullable Vpn vpn, Step step) {
    // One on traffic waits for a packet, and for nothing else.
    if (vpn != null
        && !vpn.up
        && vpn.establishTunnels() == EstablishTunnels.IMMEDIATELY
        && mayBegin(vpn)
        && !timers.isRunning(new IkeTimer.Establish(vpn.name()))) {
      pause(vpn, random.jittered(Duration.ofSeconds(1), 500, 1500), step);
    }
  }

  /** The same for an attempt that we made: after a pause that grows, another one. */
  public void attemptFailed(IkeSa ike, DownReason reason, String text, Step step) {
    Vpn vpn = ike.vpn;
    List<String> remedies = vpn == null ? List.of() : Remedies.of(reason, vpn.gateway, vpn.config);
    attemptFailed(ike, reason, text, remedies, step);
  }

  public void attemptFailed(
      IkeSa ike, DownReason reason, String text, List<String> remedies, Step step) {
    Vpn vpn = ike.vpn;
    step.add(new Effect.CloseIkeSa(ike, reason, text));
    if (vpn == null) {
      return;
    }
    vpn.addresses.failed();
    if (reason == DownReason.NO_RESPONSE || reason == DownReason.LOCAL_PORT_REFUSED) {
      if (!ike.silenceTold) {
        failures.failed(vpn, reason, text, remedies, step);
      }
      // Silence has already been waited for, with pauses that grew.
      pause(vpn, random.jittered(Duration.ofSeconds(1), 200, 1000), step);
      return;
    }
    failures.failed(vpn, reason, text, remedies, step);
    vpn.failuresInARow++;
    pauseAfterFailures(vpn, step);
  }

  /** 1, 2, 4 … 60 seconds. */
  public void pauseAfterFailures(Vpn vpn, Step step) {
    int shift = Math.clamp(vpn.failuresInARow - 1, 0, LONGEST_PAUSE_SHIFT);
    Duration pause = Duration.ofSeconds(1L << shift);
    Duration bounded = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    pause(vpn, random.jittered(bounded, 700, 1000), step);
  }

  public void pause(Vpn vpn, Duration pause, Step step) {
    timers.start(new IkeTimer.Establish(vpn.name()), step.now().plus(pause));
  }
}
