package dev.culvert.ipsec.ike;

import dev.culvert.ipsec.ike.operational.DownReason;
import java.time.Duration;

/** How an IKE SA becomes established, and how it ends, with its pairs. */
final class IkeSaLifecycle {
  private final EngineParts parts;

  IkeSaLifecycle(EngineParts parts) {
    this.parts = parts;
  }

  void established(IkeSa ike, Step step) {
    Vpn vpn = IkeSa.present(ike.vpn);
    ike.state = IkeSa.State.ESTABLISHED;
    ike.established = step.now();
    parts.tables.ikeSas.established(ike);
    parts.contacts.established(ike);
    vpn.preferredGroup = null;
    parts.timers.stop(new IkeTimer.HalfOpen(ike.localSpi));
    Duration lifetime = IkeSa.present(ike.proposal).lifetime();
    ike.expires = step.now().plus(lifetime);
    ike.rekeys = parts.lifetimes.softEnd(step.now(), lifetime, ike.initiator);
    parts.timers.start(new IkeTimer.RekeyIke(ike.localSpi), ike.rekeys);
    parts.timers.start(new IkeTimer.ExpireIke(ike.localSpi), ike.expires);
    parts.liveness.arm(ike, step);
    parts.informational.armKeepalive(ike, step);
  }

  /** Forgets an IKE SA, and its children with it. */
  void close(IkeSa ike, DownReason reason, String text, Step step) {
    forget(ike);
    for (ChildPair pair : ChildPairTable.of(ike)) {
      parts.pairs.retire(pair, reason, text, step);
    }
    parts.establishing.tryAgain(ike.vpn, step);
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
    for (ChildPair pair : ChildPairTable.of(ike)) {
      parts.pairs.retire(pair, reason, text, step);
    }
    parts.establishing.tryAgain(ike.vpn, step);
    parts.dispatcher.pump(ike, step);
  }

  /** It has given no sign for as long as a living one would not. */
  void peerDead(IkeSa ike, Step step) {
    parts.statistics.deadPeers++;
    String text = "PEER_DEAD: no response from " + ike.remote + " to " + ike.window.attempts();
    close(ike, DownReason.PEER_DEAD, text + " requests", step);
  }

  private void forget(IkeSa ike) {
    ike.state = IkeSa.State.CLOSED;
    parts.tables.ikeSas.remove(ike);
    parts.computations.abandon(ike);
    ike.erase();
    parts.timers.stop(new IkeTimer.Retransmit(ike.localSpi));
    parts.timers.stop(new IkeTimer.HalfOpen(ike.localSpi));
    parts.timers.stop(new IkeTimer.Probe(ike.localSpi));
    parts.timers.stop(new IkeTimer.NatKeepalive(ike.localSpi));
    parts.timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    parts.timers.stop(new IkeTimer.ExpireIke(ike.localSpi));
    parts.timers.stop(new IkeTimer.Redundant(ike.localSpi));
  }
}
