package dev.culvert.ipsec.ike;

import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.lifecycle.Silence;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.Messenger;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.Spi;

/**
 * Our own requests on an IKE SA: from the queue to the wire, one at a time (RFC 7296 §2.3), and
 * again until they are answered or given up (§2.4).
 */
final class OwnRequests {
  private final EngineParts parts;

  OwnRequests(EngineParts parts) {
    this.parts = parts;
  }

  /** Sends what waits, as far as the window of one allows. */
  void sendNext(IkeSa ike, Step step) {
    // While our rekey of the IKE SA is being settled, nothing else may begin on the old one.
    while (parts.tables.ikeSas.holds(ike) && ike.window.isFree() && ike.ownRekey == null) {
      QueuedRequest next = ike.window.queue().poll();
      if (next == null) {
        return;
      }
      switch (next) {
        case QueuedRequest.FirstChild(ChildPolicy policy) ->
            parts.createChild.beginFirst(ike, policy, step);
        case QueuedRequest.RekeyChild(ChildPair old) ->
            parts.createChild.beginRekey(ike, old, step);
        case QueuedRequest.AdditionalChild additional ->
            parts.createChild.beginAdditional(ike, step);
        case QueuedRequest.RekeyIke rekey -> parts.rekeyIke.begin(ike, step);
        case QueuedRequest.DeleteChild(ChildPair pair) ->
            parts.informational.sendDeleteChild(ike, pair, step);
        case QueuedRequest.DeleteOrphan(Spi spi) ->
            parts.informational.sendDeleteOrphan(ike, spi, step);
        case QueuedRequest.DeleteIke delete -> parts.informational.sendDeleteIke(ike, step);
        case QueuedRequest.Probe probe -> parts.informational.sendProbe(ike, step);
        case QueuedRequest.CrashToken token -> parts.crashDetection.sendToken(ike, step);
        case QueuedRequest.InvalidSpi(Spi spi) -> parts.invalidSpis.send(ike, spi, step);
        case QueuedRequest.SuggestShortcut suggest -> parts.suggester.send(ike, suggest, step);
        case QueuedRequest.RefusePeer refuse -> parts.informational.sendRefusal(ike, step);
      }
    }
  }

  /** The retransmission timer: once more, or the peer is given up. */
  void retransmit(IkeSa ike, Step step) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    if (parts.contacts.isOutdated(ike)) {
      parts.establishing.restart(ike, step);
      return;
    }
    if (!parts.messenger.isHopeless(ike, step.now())) {
      if (Messenger.isProbeLost(ike)) {
        parts.pathMtu.unanswered(ike, step);
      }
      step.add(new Effect.RepeatRequest(ike));
      tellSilence(ike, step);
      return;
    }
    if (ike.isAttemptOfOurs()) {
      Silence silence = Silence.of(ike, parts.localPorts);
      parts.establishing.attemptFailed(
          ike, silence.reason(), silence.text(), silence.remedies(), step);
    } else if (outstanding != null && ike.isEstablished()) {
      parts.liveness.judge(ike, step);
    } else {
      parts.lifecycle.close(ike, DownReason.CLEARED, "IKE SA deleted", step);
    }
  }

  /** After three tries an operator should see why nothing happens, in show and in the log. */
  private void tellSilence(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn != null && !vpn.up && ike.isAttemptOfOurs() && ike.window.attempts() == 3) {
      ike.silenceTold = true;
      Silence silence = Silence.of(ike, parts.localPorts);
      parts.failures.failed(vpn, silence.reason(), silence.text(), silence.remedies(), step);
    }
  }
}
