package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Several IKE SAs of one VPN: which of them goes, and when, so that both sides keep the same. */
public final class Duplicates {
  /** Two SAs younger than that met by chance: INITIAL_CONTACT does not mean a restart. */
  static final Duration COLLISION_WINDOW = Duration.ofSeconds(20);

  /** The creator of a redundant IKE SA has that long to delete it. */
  static final Duration REDUNDANT_LIFETIME = Duration.ofSeconds(30);

  /** No message is longer on its way. */
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);

  /** How long to wait for a sign of the peer on the IKE SA that is to stay. */
  private static final Duration CONFIRMATION_INTERVAL = Duration.ofSeconds(1);

  private final TimerTable<IkeTimer> timers;
  private final SaPairs pairs;
  private final IkeSaLifecycle lifecycle;

  public Duplicates(TimerTable<IkeTimer> timers, SaPairs pairs, IkeSaLifecycle lifecycle) {
    this.timers = timers;
    this.pairs = pairs;
    this.lifecycle = lifecycle;
  }

  /**
   * Two IKE SAs with one peer. If both sides began at once, the one with the lowest nonce is
   * redundant, as with rekeys, and its creator deletes it, so that both sides keep the same one.
   * One that was begun in the place of the other stays. The older one is probed, in case it is the
   * peer's past.
   */
  public void settle(IkeSa ike, boolean initialContact, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    for (IkeSa other : IkeSaTable.of(vpn)) {
      if (other == ike) {
        continue;
      }
      if (other.state == IkeSa.State.INITIATING) {
        lifecycle.close(other, DownReason.NONE, "", step);
      } else if (other.isEstablished()) {
        if (initialContact && isOld(other, step)) {
          lifecycle.close(other, DownReason.DELETED_BY_PEER, "peer has restarted", step);
        } else {
          settle(ike, other, step);
        }
      }
    }
  }

  private static boolean isOld(IkeSa ike, Step step) {
    return Duration.between(IkeSa.present(ike.established), step.now()).compareTo(COLLISION_WINDOW)
        > 0;
  }

  private void settle(IkeSa younger, IkeSa older, Step step) {
    boolean youngerLoses =
        !replaces(younger, older) && younger.lowestNonce().compareTo(older.lowestNonce()) < 0;
    IkeSa redundant = youngerLoses ? younger : older;
    // What was heard on it before says nothing about a peer that has lost it.
    older.confirmed = false;
    pairs.leaveDoubtful(IkeSa.present(younger.vpn), step);
    for (IkeSa ike : List.of(older, younger)) {
      ike.window.enqueue(new QueuedRequest.Probe());
      step.add(new Effect.SendNext(ike));
    }
    Duration wait =
        redundant.initiator || redundant.spent ? CONFIRMATION_INTERVAL : REDUNDANT_LIFETIME;
    timers.start(new IkeTimer.Redundant(redundant.localSpi), step.now().plus(wait));
  }

  /**
   * The older one was there when the younger was begun: whoever did so has given it up or lost it,
   * as its end of an attempt that crosses goes no further than IKE_SA_INIT. The rule of nonces is
   * for what is simultaneous (RFC 7296 §2.8.1).
   */
  private static boolean replaces(IkeSa younger, IkeSa older) {
    Instant known = IkeSa.present(older.established);
    return older.spent
        || younger.created.isAfter(younger.initiator ? known : known.plus(LONGEST_DELAY));
  }

  /** A peer that has nothing to say on an IKE SA says so if it is asked. */
  private void askForSign(IkeSa ike, Step step) {
    if (ike.window.isFree()) {
      ike.window.enqueue(new QueuedRequest.Probe());
      step.add(new Effect.SendNext(ike));
    }
  }

  /**
   * Deletes a redundant IKE SA, or one that was rekeyed, but only once the peer has been heard on
   * the other: until then this one may be the only one it has.
   */
  public void redundantDue(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    List<IkeSa> others =
        vpn == null
            ? List.of()
            : IkeSaTable.of(vpn).stream().filter(i -> i != ike && i.isEstablished()).toList();
    boolean isOver = !ike.isEstablished() && others.isEmpty();
    if (vpn == null || isOver || others.stream().anyMatch(i -> i.confirmed)) {
      lifecycle.delete(ike, DownReason.NONE, "redundant IKE SA deleted", step);
    } else if (!others.isEmpty()) {
      timers.start(new IkeTimer.Redundant(ike.localSpi), step.now().plus(CONFIRMATION_INTERVAL));
      others.forEach(other -> askForSign(other, step));
    }
  }
}
