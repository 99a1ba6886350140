package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.exchange.RekeyNotices;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPairTable;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.InitialContacts;
import dev.culvert.ipsec.ike.sa.Lifetimes;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.Statistics;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;

/** How an IKE SA becomes established, and how it ends, with its pairs. */
public final class IkeSaLifecycle {
  private final IkeSaTable ikeSas;
  private final InitialContacts contacts;
  private final TimerTable<IkeTimer> timers;
  private final Lifetimes lifetimes;
  private final Statistics statistics;
  private final Liveness liveness;
  private final NatKeepalives keepalives;
  private final SaPairs pairs;
  private final AdditionalPairs additionalPairs;
  private final Establishing establishing;

  public IkeSaLifecycle(
      IkeSaTable ikeSas,
      InitialContacts contacts,
      TimerTable<IkeTimer> timers,
      Lifetimes lifetimes,
      Statistics statistics,
      Liveness liveness,
      NatKeepalives keepalives,
      SaPairs pairs,
      AdditionalPairs additionalPairs,
      Establishing establishing) {
    this.ikeSas = ikeSas;
    this.contacts = contacts;
    this.timers = timers;
    this.lifetimes = lifetimes;
    this.statistics = statistics;
    this.liveness = liveness;
    this.keepalives = keepalives;
    this.pairs = pairs;
    this.additionalPairs = additionalPairs;
    this.establishing = establishing;
  }

  public void established(IkeSa ike, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    ike.state = IkeSa.State.ESTABLISHED;
    ike.established = step.now();
    ikeSas.established(ike);
    if (vpn.shortcut == null) {
      contacts.established(ike);
    }
    vpn.preferredGroup = null;
    vpn.triedOtherForm = false;
    timers.stop(new IkeTimer.HalfOpen(ike.localSpi));
    Duration lifetime = IkeSa.present(ike.proposal).lifetime();
    ike.expires = step.now().plus(lifetime);
    ike.rekeys = lifetimes.softEnd(step.now(), lifetime, ike.initiator);
    timers.start(new IkeTimer.RekeyIke(ike.localSpi), ike.rekeys);
    timers.start(new IkeTimer.ExpireIke(ike.localSpi), ike.expires);
    liveness.arm(ike, step);
    keepalives.arm(ike, step);
  }

  /** Forgets an IKE SA, and its children with it. */
  public void close(IkeSa ike, DownReason reason, String text, Step step) {
    forget(ike, step);
    for (ChildPair pair : ChildPairTable.of(ike)) {
      pairs.retire(pair, reason, text, step);
    }
    establishing.tryAgain(ike.vpn, step);
    if (ike.vpn != null) {
      step.add(new Effect.ReviewPeer(ike.vpn));
    }
  }

  /** Tells the peer by a delete, as soon as the window allows; its children are gone at once. */
  public void delete(IkeSa ike, DownReason reason, String text, Step step) {
    if (ike.outbound == null || ike.state == IkeSa.State.CLOSED) {
      close(ike, reason, text, step);
      return;
    }
    ike.state = IkeSa.State.DELETING;
    timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    timers.stop(new IkeTimer.Redundant(ike.localSpi));
    ike.window.enqueueOnly(new QueuedRequest.DeleteIke());
    for (ChildPair pair : ChildPairTable.of(ike)) {
      pairs.retire(pair, reason, text, step);
    }
    establishing.tryAgain(ike.vpn, step);
    step.add(new Effect.SendNext(ike));
  }

  /** It has given no sign for as long as a living one would not. */
  public void peerDead(IkeSa ike, Step step) {
    statistics.deadPeers++;
    if (ike.vpn != null) {
      ike.vpn.addresses.failed();
    }
    String text = "PEER_DEAD: no response from " + ike.remote + " to " + ike.window.attempts();
    close(ike, DownReason.PEER_DEAD, text + " requests", step);
  }

  private void forget(IkeSa ike, Step step) {
    ike.state = IkeSa.State.CLOSED;
    ikeSas.remove(ike);
    step.add(new Effect.AbandonComputations(ike));
    ike.erase();
    timers.stop(new IkeTimer.Retransmit(ike.localSpi));
    timers.stop(new IkeTimer.HalfOpen(ike.localSpi));
    timers.stop(new IkeTimer.Probe(ike.localSpi));
    timers.stop(new IkeTimer.NatKeepalive(ike.localSpi));
    timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    timers.stop(new IkeTimer.ExpireIke(ike.localSpi));
    timers.stop(new IkeTimer.Redundant(ike.localSpi));
  }

  /**
   * The children, and the requests that wait, move over, to whatever stands in the place of that
   * one already; the old SA only waits for its end.
   */
  public void replace(IkeSa old, IkeSa successor, Step step) {
    IkeSa made = IkeSa.present(successor.heir());
    ChildPairTable.inherit(old, made);
    for (QueuedRequest queued : old.window.queue()) {
      if (queued instanceof QueuedRequest.FirstChild
          || queued instanceof QueuedRequest.RekeyChild
          || queued instanceof QueuedRequest.AdditionalChild
          || queued instanceof QueuedRequest.DeleteChild
          || queued instanceof QueuedRequest.DeleteOrphan
          || queued instanceof QueuedRequest.SuggestShortcut) {
        made.window.enqueue(queued);
      }
    }
    old.window.queue().clear();
    MessageWindow.Outstanding outstanding = old.window.outstanding();
    if (outstanding != null) {
      // Its response may be lost with the old SA; deleting twice does no harm.
      switch (outstanding.request()) {
        case PendingRequest.DeleteChild(ChildPair pair) ->
            made.window.enqueue(new QueuedRequest.DeleteChild(pair));
        case PendingRequest.DeleteOrphan(Spi spi) ->
            made.window.enqueue(new QueuedRequest.DeleteOrphan(spi));
        default -> {
          // Of the old SA itself.
        }
      }
    }
    old.state = IkeSa.State.REKEYED;
    old.successor = successor;
    timers.stop(new IkeTimer.RekeyIke(old.localSpi));
    timers.stop(new IkeTimer.Probe(old.localSpi));
    timers.stop(new IkeTimer.NatKeepalive(old.localSpi));
    Vpn vpn = made.vpn;
    if (vpn != null) {
      vpn.ikeRekeys++;
      vpn.record(step.now(), "IKE SA rekey successfully completed");
      step.add(new Effect.Report(RekeyNotices.ike(vpn, old, made)));
    }
    step.add(new Effect.SendNext(made));
    if (vpn != null) {
      additionalPairs.lost(vpn, step);
      step.add(new Effect.AskForPolicies(vpn, made.initiator));
    }
  }

  public void awaitDeletion(IkeSa ike, Step step) {
    timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    timers.start(
        new IkeTimer.Redundant(ike.localSpi), step.now().plus(Duplicates.REDUNDANT_LIFETIME));
  }
}
