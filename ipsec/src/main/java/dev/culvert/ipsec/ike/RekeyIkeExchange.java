package dev.culvert.ipsec.ike;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.DhKeyPair;
import dev.culvert.ipsec.crypto.KeyDerivation;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** CREATE_CHILD_SA that replaces the IKE SA itself (RFC 7296 §1.3.2, §2.8.2, §2.18, §2.25.2). */
final class RekeyIkeExchange {
  private final EngineParts parts;

  RekeyIkeExchange(EngineParts parts) {
    this.parts = parts;
  }

  // The initiator.

  void rekey(IkeSa ike, Step step) {
    if (ike.isEstablished() && ike.ownRekey == null && !ike.spent) {
      ike.window.enqueue(new QueuedRequest.RekeyIke());
      parts.dispatcher.pump(ike, step);
    }
  }

  /** The window is free. */
  void begin(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    if (!ike.isEstablished() || ike.spent || vpn == null) {
      return;
    }
    DhGroup group = ike.rekeyGroup == null ? ike.suite().dhGroup() : ike.rekeyGroup;
    ike.ownRekey = new IkeSa.PendingIkeRekey(vpn.gateway.proposals());
    ike.window.prepare();
    parts.computations.compute(
        new Computation.GenerateKey(group, parts.random.seed()),
        new Continuation.RekeyIkeKeyPair(ike),
        step);
  }

  void generated(Continuation.RekeyIkeKeyPair then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    if (ike.isEstablished()
        && result instanceof ComputationResult.KeyGenerated(DhKeyPair keyPair)) {
      send(ike, keyPair, step);
    } else {
      result.erase();
      ike.ownRekey = null;
      ike.window.cancelPreparation();
      parts.dispatcher.pump(ike, step);
    }
  }

  private void send(IkeSa ike, DhKeyPair keyPair, Step step) {
    IkeSa.PendingIkeRekey rekey = IkeSa.present(ike.ownRekey);
    rekey.sent = true;
    long spi = parts.random.newIkeSpi();
    Payload.Nonce nonce = new Payload.Nonce(parts.random.nonce());
    List<Proposal> offer = Negotiation.ikeOffer(rekey.offered, Negotiation.spiOctets(spi));
    parts.messenger.request(
        ike,
        new PendingRequest.RekeyIke(spi, nonce, keyPair),
        List.of(
            new Payload.SecurityAssociation(offer),
            nonce,
            new Payload.KeyExchange(keyPair.group().wireValue(), keyPair.publicValue())),
        step);
  }

  void response(IkeSa ike, PendingRequest.RekeyIke request, Payloads payloads, Step step) {
    IkeSa.PendingIkeRekey rekey = ike.ownRekey;
    if (rekey == null) {
      request.erase();
      return;
    }
    Payload.SecurityAssociation sa = payloads.sa();
    Payload.KeyExchange ke = payloads.keyExchange();
    Octets nonce = payloads.nonce();
    Optional<Payload.Notify> error = payloads.error();
    if (error.isPresent()) {
      request.erase();
      refused(ike, rekey, request, error.get(), step);
      return;
    }
    if (sa == null || ke == null || nonce == null) {
      request.erase();
      unacceptable(ike, "an incomplete response", step);
      return;
    }
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.chooseIke(rekey.offered, sa.proposals(), Octets.EMPTY);
    if (chosen.isEmpty()
        || chosen.get().peerSpi().length() != 8
        || chosen.get().suite().dhGroup() != request.keyPair().group()
        || ke.group() != request.keyPair().group().wireValue()) {
      request.erase();
      unacceptable(ike, "another proposal than offered", step);
      return;
    }
    parts.computations.compute(
        new Computation.Agree(request.keyPair(), ke.data()),
        new Continuation.RekeyIkeAgreement(ike, rekey, request, chosen.get(), nonce),
        step);
  }

  void agreed(Continuation.RekeyIkeAgreement then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    PendingRequest.RekeyIke request = then.request();
    if (result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared)) {
      IkeSa made = make(ike, true, request.newSpi(), then.chosen(), step);
      made.initiatorNonce = request.nonce().data();
      made.responderNonce = then.responderNonce();
      key(ike, made, shared);
      if (ike.isEstablished()) {
        settle(ike, made, then.rekey(), step);
      } else {
        abandon(ike, made, step);
      }
    } else {
      unacceptable(ike, "an invalid public value", step);
    }
  }

  private void settle(IkeSa old, IkeSa made, IkeSa.PendingIkeRekey rekey, Step step) {
    IkeSa rival = rekey.rival();
    old.ownRekey = null;
    parts.lifecycle.established(made, step);
    made.confirmed = true;
    if (rival != null && made.lowestNonce().compareTo(rival.lowestNonce()) < 0) {
      // §2.25.2: ours holds the lowest nonce and is redundant; the peer deletes the old one.
      replace(old, rival, step);
      awaitDeletion(old, step);
      parts.lifecycle.delete(made, DownReason.NONE, "redundant IKE SA deleted", step);
    } else {
      replace(old, made, step);
      if (rival != null) {
        awaitDeletion(IkeSa.present(rival.heir()), step);
      }
      old.window.enqueueOnly(new QueuedRequest.DeleteIke());
      parts.dispatcher.pump(old, step);
    }
  }

  /** The old SA was to end meanwhile; the peer has its successor already, and is told twice. */
  private void abandon(IkeSa old, IkeSa made, Step step) {
    old.ownRekey = null;
    parts.lifecycle.delete(made, DownReason.NONE, "", step);
    parts.dispatcher.pump(old, step);
  }

  /** The peer has moved on to an IKE SA that we cannot follow to: all begins again. */
  private void unacceptable(IkeSa ike, String what, Step step) {
    ike.ownRekey = null;
    if (ike.vpn != null) {
      String text = "IKE SA rekey: peer sent " + what;
      parts.failures.failed(ike.vpn, DownReason.PROTOCOL_ERROR, text, step);
    }
    parts.succession.begin(
        ike, DownReason.PROTOCOL_ERROR, "PROTOCOL_ERROR: IKE SA rekey failed", step);
    parts.dispatcher.pump(ike, step);
  }

  private void refused(
      IkeSa ike,
      IkeSa.PendingIkeRekey rekey,
      PendingRequest.RekeyIke request,
      Payload.Notify error,
      Step step) {
    ike.ownRekey = null;
    Vpn vpn = ike.vpn;
    if (vpn == null || !ike.isEstablished()) {
      parts.dispatcher.pump(ike, step); // on its way out: its delete is next
      return;
    }
    IkeSa rival = rekey.rival();
    if (rival != null) {
      // The peer's own rekey has gone through.
      replace(ike, rival, step);
      awaitDeletion(ike, step);
      return;
    }
    Optional<DhGroup> group = otherGroup(vpn, request, error);
    Refusals.Kind kind = Refusals.Kind.of(error.notifyType(), group.isPresent());
    ike.refusals++;
    Duration left = Duration.between(step.now(), IkeSa.present(ike.expires));
    Refusals.Reaction reaction =
        Refusals.reaction(Refusals.Asked.REKEY_IKE, kind, ike.refusals, left);
    String text = NotifyType.name(error.notifyType()) + ": peer refused to rekey the IKE SA";
    switch (reaction) {
      case RETRY_WITH_ITS_GROUP -> {
        ike.rekeyGroup = group.orElseThrow();
        ike.window.enqueue(new QueuedRequest.RekeyIke());
        parts.dispatcher.pump(ike, step);
      }
      case RETRY_LATER -> {
        if (kind == Refusals.Kind.PASSING) {
          parts.failures.count(vpn, DownReason.PROTOCOL_ERROR);
        } else {
          parts.failures.failed(vpn, DownReason.PROTOCOL_ERROR, text, step);
        }
        // Jittered, so that two that cross do not cross again.
        Duration pause = parts.random.jittered(Refusals.pause(ike.refusals), 500, 1500);
        parts.timers.start(new IkeTimer.RekeyIke(ike.localSpi), step.now().plus(pause));
      }
      case FRESH_IKE_SA -> {
        parts.failures.failed(vpn, DownReason.PROTOCOL_ERROR, text, step);
        parts.succession.begin(ike, DownReason.PROTOCOL_ERROR, text, step);
      }
      case FORGET_PAIR, DO_WITHOUT, NOTHING -> throw new IllegalStateException("no rekey's");
    }
  }

  /** RFC 7296 §1.3: the group that the peer names, if it is another than we sent. */
  private static Optional<DhGroup> otherGroup(
      Vpn vpn, PendingRequest.RekeyIke request, Payload.Notify error) {
    return error.is(NotifyType.INVALID_KE_PAYLOAD)
        ? Negotiation.wantedGroup(error, vpn.gateway.proposals())
            .filter(g -> g != request.keyPair().group())
        : Optional.empty();
  }

  // The responder.

  void request(IkeSa ike, int messageId, Payloads payloads, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn == null || isBusy(ike)) {
      refuse(ike, messageId, NotifyType.TEMPORARY_FAILURE, Octets.EMPTY, step);
      return;
    }
    Payload.SecurityAssociation sa = IkeSa.present(payloads.sa());
    Payload.KeyExchange ke = payloads.keyExchange();
    long spi = parts.random.newIkeSpi();
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.answerIke(
            vpn.gateway.proposals(),
            sa.proposals(),
            ke == null ? 0 : ke.group(),
            Negotiation.spiOctets(spi));
    if (chosen.isEmpty() || chosen.get().peerSpi().length() != 8 || ke == null) {
      parts.failures.failed(
          vpn,
          DownReason.NO_PROPOSAL_CHOSEN,
          Wording.noIkeProposal(sa.proposals(), vpn.gateway.proposals()),
          Remedies.forIke(sa.proposals(), vpn.gateway.proposals()),
          step);
      refuse(ike, messageId, NotifyType.NO_PROPOSAL_CHOSEN, Octets.EMPTY, step);
      return;
    }
    int group = chosen.get().suite().dhGroup().wireValue();
    if (ke.group() != group) {
      Octets wanted = new WireWriter().u16(group).toOctets();
      refuse(ike, messageId, NotifyType.INVALID_KE_PAYLOAD, wanted, step);
      return;
    }
    parts.computations.compute(
        new Computation.GenerateAndAgree(
            chosen.get().suite().dhGroup(), parts.random.seed(), ke.data()),
        new Continuation.RekeyIkeAnswer(ike, messageId, payloads, spi, chosen.get()),
        step);
  }

  /** §2.25.2: not while the SA is being closed or something is being done to its children. */
  private static boolean isBusy(IkeSa ike) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    boolean childUnderWay =
        outstanding != null
            && (outstanding.request() instanceof PendingRequest.CreateChild
                || outstanding.request() instanceof PendingRequest.DeleteChild
                || outstanding.request() instanceof PendingRequest.DeleteOrphan);
    boolean preparingChild = ike.window.isPreparing() && ike.ownRekey == null;
    return !ike.isEstablished() || childUnderWay || preparingChild;
  }

  void agreedAsResponder(Continuation.RekeyIkeAnswer then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    int messageId = then.messageId();
    Negotiation.ChosenIke chosen = then.chosen();
    if (isBusy(ike)) {
      result.erase();
      refuse(ike, messageId, NotifyType.TEMPORARY_FAILURE, Octets.EMPTY, step);
      return;
    }
    if (!(result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared))) {
      // RFC 7296 §2.21.3: that answer is the end of the IKE SA on both sides.
      refuse(ike, messageId, NotifyType.INVALID_SYNTAX, Octets.EMPTY, step);
      parts.succession.beginPaced(
          ike, DownReason.PROTOCOL_ERROR, "PROTOCOL_ERROR: invalid public value", step);
      return;
    }
    IkeSa made = make(ike, false, then.spi(), chosen, step);
    made.initiatorNonce = IkeSa.present(then.request().nonce());
    made.responderNonce = parts.random.nonce();
    key(ike, made, shared);
    parts.messenger.respond(
        ike,
        ExchangeType.CREATE_CHILD_SA,
        messageId,
        List.of(
            new Payload.SecurityAssociation(List.of(chosen.answer())),
            new Payload.Nonce(made.responderNonce),
            new Payload.KeyExchange(chosen.suite().dhGroup().wireValue(), ownPublic)),
        step);
    parts.lifecycle.established(made, step);
    IkeSa.PendingIkeRekey rekey = ike.ownRekey;
    if (rekey != null && rekey.sent) {
      rekey.madeByPeer = made;
    } else {
      replace(ike, made, step);
      awaitDeletion(ike, step);
    }
  }

  // Both.

  private IkeSa make(
      IkeSa old, boolean initiator, long spi, Negotiation.ChosenIke chosen, Step step) {
    IkeSa made =
        parts.tables.ikeSas.create(initiator, spi, old.local, old.remote, old.vpn, step.now());
    made.remoteSpi = chosen.peerSpi().reader().u64("SPI");
    made.suite = chosen.suite();
    made.proposal = chosen.ours();
    parts.tables.ikeSas.identify(made, old.localIdentity, old.remoteIdentity);
    made.localBehindNat = old.localBehindNat;
    made.remoteBehindNat = old.remoteBehindNat;
    made.udpEncapsulated = old.udpEncapsulated;
    made.fragmentation = old.fragmentation;
    made.joinsProbes = old.joinsProbes;
    made.asksForPairs = old.asksForPairs;
    return made;
  }

  private static void key(IkeSa old, IkeSa made, Secret shared) {
    SaInitExchange.install(
        made,
        KeyDerivation.rekeyedSkeyseed(
            old.suite().prf(), old.keys().skD(), made.initiatorNonce, made.responderNonce, shared));
    shared.erase();
  }

  /**
   * The children, and the requests that wait, move over, to whatever stands in the place of that
   * one already; the old SA only waits for its end.
   */
  void replace(IkeSa old, IkeSa successor, Step step) {
    IkeSa made = IkeSa.present(successor.heir());
    ChildPairTable.inherit(old, made);
    for (QueuedRequest queued : old.window.queue()) {
      if (queued instanceof QueuedRequest.CreateChild
          || queued instanceof QueuedRequest.AdditionalChild
          || queued instanceof QueuedRequest.DeleteChild
          || queued instanceof QueuedRequest.DeleteOrphan) {
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
    parts.timers.stop(new IkeTimer.RekeyIke(old.localSpi));
    parts.timers.stop(new IkeTimer.Probe(old.localSpi));
    parts.timers.stop(new IkeTimer.NatKeepalive(old.localSpi));
    Vpn vpn = made.vpn;
    if (vpn != null) {
      vpn.ikeRekeys++;
      vpn.record(step.now(), "IKE SA rekey successfully completed");
      step.add(RekeyNotices.ike(vpn, old, made));
    }
    parts.dispatcher.pump(made, step);
    if (vpn != null) {
      parts.additionalPairs.lost(vpn, step);
    }
  }

  private void awaitDeletion(IkeSa ike, Step step) {
    parts.timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    parts.timers.start(
        new IkeTimer.Redundant(ike.localSpi), step.now().plus(IkeAuthExchange.REDUNDANT_LIFETIME));
  }

  private void refuse(IkeSa ike, int messageId, NotifyType type, Octets data, Step step) {
    parts.messenger.respond(
        ike, ExchangeType.CREATE_CHILD_SA, messageId, List.of(Payload.Notify.of(type, data)), step);
  }
}
