package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.ike.effect.Continuation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.sa.Messenger;

/**
 * Carries effects out: the one place that knows which part of the engine each of them concerns, and
 * which action of the engine those that concern its surroundings become.
 */
final class EffectCarrier {
  private final EngineParts parts;

  EffectCarrier(EngineParts parts) {
    this.parts = parts;
  }

  /** Has carried the effect out when it returns. */
  void carryOut(Effect effect, Step step, ActionSink<? super IkeAction> actions) {
    switch (effect) {
      case Effect.OfMessage e -> carryOut(e, step, actions);
      case Effect.OfTime e -> carryOut(e, step);
      case Effect.OfIkeSa e -> carryOut(e, step);
      case Effect.OfPair e -> carryOut(e, step);
      case Effect.OfVpn e -> carryOut(e, step);
      case Effect.Outward e -> actions.add(action(e));
    }
  }

  private void carryOut(Effect.OfMessage effect, Step step, ActionSink<? super IkeAction> actions) {
    Messenger.Datagrams out =
        (local, remote, message, dontFragment) ->
            actions.add(new IkeAction.SendDatagram(local, remote, message, dontFragment));
    switch (effect) {
      case Effect.SendRequest e ->
          parts.messenger.request(e.ike(), e.request(), e.payloads(), step.now(), out);
      case Effect.SendResponse e ->
          parts.messenger.respond(e.ike(), e.exchange(), e.messageId(), e.payloads(), out);
      case Effect.RepeatRequest e -> parts.messenger.repeatRequest(e.ike(), step.now(), out);
      case Effect.RepeatResponse e -> parts.messenger.repeatResponse(e.ike(), out);
      case Effect.AnswerUnbound e ->
          Messenger.answerUnbound(e.request(), e.local(), e.remote(), e.answer(), out);
      case Effect.TellUnbound e -> Messenger.tellUnbound(e.local(), e.remote(), e.told(), out);
      case Effect.RepeatAheadOfTime e -> parts.messenger.repeatAheadOfTime(e.ike(), out);
      case Effect.SendNext e -> parts.ownRequests.sendNext(e.ike(), step);
    }
  }

  private void carryOut(Effect.OfTime effect, Step step) {
    switch (effect) {
      case Effect.Compute e -> parts.computations.compute(e.computation(), e.then(), step);
      case Effect.AbandonComputations e -> parts.computations.abandon(e.ike());
      case Effect.StartTimer e -> parts.timers.start(e.timer(), e.at());
      case Effect.StopTimer e -> parts.timers.stop(e.timer());
    }
  }

  private void carryOut(Effect.OfIkeSa effect, Step step) {
    switch (effect) {
      case Effect.BeginIkeSa e -> parts.saInit.begin(e.vpn(), e.localAddress(), step);
      case Effect.Authenticate e -> parts.ikeAuth.sendRequest(e.ike(), step);
      case Effect.AdmitPeer e -> parts.peers.admit(e.ike(), e.vpn(), e.peer(), step);
      case Effect.EstablishIkeSa e -> parts.lifecycle.established(e.ike(), step);
      case Effect.SettleDuplicates e -> parts.duplicates.settle(e.ike(), e.initialContact(), step);
      case Effect.ReplaceIkeSa e -> parts.lifecycle.replace(e.old(), e.successor(), step);
      case Effect.AwaitDeletion e -> parts.lifecycle.awaitDeletion(e.ike(), step);
      case Effect.CloseIkeSa e -> parts.lifecycle.close(e.ike(), e.reason(), e.text(), step);
      case Effect.DeleteIkeSa e -> parts.lifecycle.delete(e.ike(), e.reason(), e.text(), step);
      case Effect.DoubtPeer e -> parts.liveness.doubted(e.ike(), step);
      case Effect.PeerDead e -> parts.lifecycle.peerDead(e.ike(), step);
      case Effect.BeginSuccession e -> parts.succession.begin(e.ike(), e.reason(), e.text(), step);
      case Effect.BeginPacedSuccession e ->
          parts.succession.beginPaced(e.ike(), e.reason(), e.text(), step);
      case Effect.CompleteSuccession e -> parts.succession.completed(e.fresh(), step);
      case Effect.RefuteSuccession e -> parts.succession.refuted(e.ike());
      case Effect.HandPairsOver e -> parts.succession.deletedByPeer(e.ike(), step);
    }
  }

  private void carryOut(Effect.OfPair effect, Step step) {
    switch (effect) {
      case Effect.InstallPair e -> parts.pairs.install(e.pair(), e.useNow(), step);
      case Effect.MarkRekeyed e -> parts.pairs.markRekeyed(e.pair());
      case Effect.DeletePair e -> parts.informational.deleteChild(e.pair(), step);
      case Effect.RetirePair e -> parts.pairs.retire(e.pair(), e.reason(), e.text(), step);
      case Effect.PairEnded e -> parts.succession.pairEnded(e.pair(), step);
      case Effect.FirstPairMade e ->
          parts.additionalPairs.firstMade(e.ike(), e.vpn(), e.response(), step);
      case Effect.AskForPairs e -> parts.additionalPairs.ask(e.vpn(), step);
      case Effect.AskForPairsLater e -> parts.additionalPairs.askLater(e.vpn(), e.pause(), step);
      case Effect.AskForPolicies e -> {
        if (e.now()) {
          parts.missingPolicies.ask(e.vpn(), step);
        } else {
          parts.missingPolicies.awaitPeer(e.vpn(), step);
        }
      }
      case Effect.PolicyFailed e ->
          parts.missingPolicies.failed(
              e.ike(), e.policy(), e.reason(), e.text(), e.remedies(), step);
      case Effect.DoWithoutPairs e ->
          parts.additionalPairs.refused(e.ike(), e.vpn(), e.reason(), step);
    }
  }

  private void carryOut(Effect.OfVpn effect, Step step) {
    switch (effect) {
      case Effect.ReviewPeer e -> parts.peers.review(e.vpn(), step);
      case Effect.AttemptFailed e ->
          parts.establishing.attemptFailed(e.ike(), e.reason(), e.text(), e.remedies(), step);
      case Effect.TellFailure e ->
          parts.failures.failed(e.vpn(), e.reason(), e.text(), e.remedies(), step);
      case Effect.TellSuspicion e ->
          parts.failures.suspected(e.vpn(), e.reason(), e.text(), e.remedies(), step);
      case Effect.CountFailure e -> parts.failures.count(e.vpn(), e.reason());
      case Effect.Pause e -> parts.establishing.pause(e.vpn(), e.pause(), step);
      case Effect.PauseAfterFailures e -> parts.establishing.pauseAfterFailures(e.vpn(), step);
      case Effect.Want e -> parts.establishing.wanted(e.vpn(), step);
      case Effect.TryAtOnce e -> parts.establishing.tryAtOnce(e.vpn(), step);
      case Effect.ShortcutUp e -> parts.partner.up(e.vpn(), step);
      case Effect.ShortcutEnded e -> parts.partner.ended(e.vpn(), e.reason(), e.text(), step);
    }
  }

  private static IkeAction action(Effect.Outward effect) {
    return switch (effect) {
      case Effect.OpenPort e -> new IkeAction.OpenPort(e.local());
      case Effect.ClosePort e -> new IkeAction.ClosePort(e.local());
      case Effect.SendNatKeepalive e -> new IkeAction.SendNatKeepalive(e.local(), e.remote());
      case Effect.RunComputation e -> new IkeAction.Compute(e.id(), e.computation());
      case Effect.InstallChildSa e -> new IkeAction.InstallChildSa(e.sa());
      case Effect.UseOutbound e -> new IkeAction.UseOutbound(e.inboundSpi());
      case Effect.RemoveChildSa e -> new IkeAction.RemoveChildSa(e.inboundSpi());
      case Effect.StopOutbound e -> new IkeAction.StopOutbound(e.inboundSpi());
      case Effect.FindRoutes e ->
          new IkeAction.FindRoutes(e.tunnel(), e.one(), e.other(), e.behindOne(), e.behindOther());
      case Effect.MoveChildSa e -> new IkeAction.MoveChildSa(e.inboundSpi(), e.remote());
      case Effect.ReadActivity e -> new IkeAction.ReadActivity(e.ikeSpi(), e.inboundSpis());
      case Effect.TunnelChanged e -> new IkeAction.TunnelChanged(e.tunnel(), e.up(), e.reason());
      case Effect.SelectorChanged e ->
          new IkeAction.SelectorChanged(
              e.policy().number,
              e.policy().config.bindInterface(),
              e.remotes(),
              e.policy().selectors.metric(),
              e.policy().selectors.preference());
      case Effect.PathMtuChanged e -> new IkeAction.PathMtuChanged(e.tunnel(), e.pathMtu());
      case Effect.TunnelRemoteChanged e ->
          new IkeAction.TunnelRemoteChanged(e.tunnel(), e.peer(), e.remote());
      case Effect.PeerUp e -> new IkeAction.PeerUp(e.peer());
      case Effect.PeerDown e -> new IkeAction.PeerDown(e.tunnel(), e.peer());
      case Effect.PeerAddressFound e ->
          new IkeAction.PeerAddressFound(e.tunnel(), e.peer(), e.address(), e.source());
      case Effect.LookUp e -> new IkeAction.LookUp(e.vpn(), e.name());
      case Effect.Report e -> new IkeAction.Report(e.notice());
    };
  }

  /** A computation's result is there: the exchange that asked for it goes on. */
  void resume(Continuation then, ComputationResult result, Step step) {
    switch (then) {
      case Continuation.SaInitKeyPair c -> parts.saInit.generated(c, result, step);
      case Continuation.SaInitAgreement c -> parts.saInit.agreed(c, result, step);
      case Continuation.SaInitAnswer c -> parts.saInitResponder.agreed(c, result, step);
      case Continuation.CreateChildKeyPair c -> parts.createChild.generated(c, result, step);
      case Continuation.CreateChildAgreement c -> parts.createChild.agreed(c, result, step);
      case Continuation.CreateChildAnswer c -> parts.createChildResponder.agreed(c, result, step);
      case Continuation.RekeyIkeKeyPair c -> parts.rekeyIke.generated(c, result, step);
      case Continuation.RekeyIkeAgreement c -> parts.rekeyIke.agreed(c, result, step);
      case Continuation.RekeyIkeAnswer c -> parts.rekeyIke.agreedAsResponder(c, result, step);
    }
  }
}
