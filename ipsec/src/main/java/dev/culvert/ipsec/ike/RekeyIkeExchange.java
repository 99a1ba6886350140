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
  private final Core core;

  RekeyIkeExchange(Core core) {
    this.core = core;
  }

  // The initiator.

  void rekey(IkeSa ike, Turn turn) {
    if (ike.isEstablished() && ike.ownRekey == null && !ike.spent) {
      ike.window.enqueue(new QueuedRequest.RekeyIke());
      core.dispatcher.pump(ike, turn);
    }
  }

  /** The window is free. */
  void begin(IkeSa ike, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    if (!ike.isEstablished() || ike.spent || tunnel == null) {
      return;
    }
    DhGroup group = ike.rekeyGroup == null ? ike.suite().dhGroup() : ike.rekeyGroup;
    ike.ownRekey = new IkeSa.PendingIkeRekey(tunnel.gateway.proposals());
    ike.window.prepare();
    core.compute(
        ike,
        new Computation.GenerateKey(group, core.seed()),
        turn,
        (result, later) -> {
          if (ike.isEstablished()
              && result instanceof ComputationResult.KeyGenerated(DhKeyPair keyPair)) {
            send(ike, keyPair, later);
          } else {
            result.erase();
            ike.ownRekey = null;
            ike.window.cancelPreparation();
            core.dispatcher.pump(ike, later);
          }
        });
  }

  private void send(IkeSa ike, DhKeyPair keyPair, Turn turn) {
    IkeSa.PendingIkeRekey rekey = IkeSa.present(ike.ownRekey);
    rekey.sent = true;
    long spi = core.newIkeSpi();
    Payload.Nonce nonce = new Payload.Nonce(core.nonce());
    List<Proposal> offer = Negotiation.ikeOffer(rekey.offered, Negotiation.spiOctets(spi));
    core.messenger.request(
        ike,
        new PendingRequest.RekeyIke(spi, nonce, keyPair),
        List.of(
            new Payload.SecurityAssociation(offer),
            nonce,
            new Payload.KeyExchange(keyPair.group().wireValue(), keyPair.publicValue())),
        turn);
  }

  void response(IkeSa ike, PendingRequest.RekeyIke request, Payloads payloads, Turn turn) {
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
      refused(ike, rekey, request, error.get(), turn);
      return;
    }
    if (sa == null || ke == null || nonce == null) {
      request.erase();
      unacceptable(ike, "an incomplete response", turn);
      return;
    }
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.chooseIke(rekey.offered, sa.proposals(), Octets.EMPTY);
    if (chosen.isEmpty()
        || chosen.get().peerSpi().length() != 8
        || chosen.get().suite().dhGroup() != request.keyPair().group()
        || ke.group() != request.keyPair().group().wireValue()) {
      request.erase();
      unacceptable(ike, "another proposal than offered", turn);
      return;
    }
    core.compute(
        ike,
        new Computation.Agree(request.keyPair(), ke.data()),
        turn,
        (result, later) -> {
          if (result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared)) {
            IkeSa made = make(ike, true, request.newSpi(), chosen.get(), later);
            made.initiatorNonce = request.nonce().data();
            made.responderNonce = nonce;
            key(ike, made, shared);
            if (ike.isEstablished()) {
              settle(ike, made, rekey, later);
            } else {
              abandon(ike, made, later);
            }
          } else {
            unacceptable(ike, "an invalid public value", later);
          }
        });
  }

  private void settle(IkeSa old, IkeSa made, IkeSa.PendingIkeRekey rekey, Turn turn) {
    IkeSa rival = rekey.rival();
    old.ownRekey = null;
    core.keeper.established(made, turn);
    made.confirmed = true;
    if (rival != null && made.lowestNonce().compareTo(rival.lowestNonce()) < 0) {
      // §2.25.2: ours holds the lowest nonce and is redundant; the peer deletes the old one.
      replace(old, rival, turn);
      awaitDeletion(old, turn);
      core.keeper.delete(made, DownReason.NONE, "redundant IKE SA deleted", turn);
    } else {
      replace(old, made, turn);
      if (rival != null) {
        awaitDeletion(IkeSa.present(rival.heir()), turn);
      }
      old.window.enqueueOnly(new QueuedRequest.DeleteIke());
      core.dispatcher.pump(old, turn);
    }
  }

  /** The old SA was to end meanwhile; the peer has its successor already, and is told twice. */
  private void abandon(IkeSa old, IkeSa made, Turn turn) {
    old.ownRekey = null;
    core.keeper.delete(made, DownReason.NONE, "", turn);
    core.dispatcher.pump(old, turn);
  }

  /** The peer has moved on to an IKE SA that we cannot follow to: all begins again. */
  private void unacceptable(IkeSa ike, String what, Turn turn) {
    ike.ownRekey = null;
    if (ike.tunnel != null) {
      String text = "IKE SA rekey: peer sent " + what;
      core.keeper.failed(ike.tunnel, DownReason.PROTOCOL_ERROR, text, turn);
    }
    core.succession.begin(
        ike, DownReason.PROTOCOL_ERROR, "PROTOCOL_ERROR: IKE SA rekey failed", turn);
    core.dispatcher.pump(ike, turn);
  }

  private void refused(
      IkeSa ike,
      IkeSa.PendingIkeRekey rekey,
      PendingRequest.RekeyIke request,
      Payload.Notify error,
      Turn turn) {
    ike.ownRekey = null;
    Tunnel tunnel = ike.tunnel;
    if (tunnel == null || !ike.isEstablished()) {
      core.dispatcher.pump(ike, turn); // on its way out: its delete is next
      return;
    }
    IkeSa rival = rekey.rival();
    if (rival != null) {
      // The peer's own rekey has gone through.
      replace(ike, rival, turn);
      awaitDeletion(ike, turn);
      return;
    }
    Optional<DhGroup> group = otherGroup(tunnel, request, error);
    Refusals.Kind kind = Refusals.Kind.of(error.notifyType(), group.isPresent());
    ike.refusals++;
    Duration left = Duration.between(turn.now(), IkeSa.present(ike.expires));
    Refusals.Reaction reaction =
        Refusals.reaction(Refusals.Asked.REKEY_IKE, kind, ike.refusals, left);
    String text = NotifyType.name(error.notifyType()) + ": peer refused to rekey the IKE SA";
    switch (reaction) {
      case RETRY_WITH_ITS_GROUP -> {
        ike.rekeyGroup = group.orElseThrow();
        ike.window.enqueue(new QueuedRequest.RekeyIke());
        core.dispatcher.pump(ike, turn);
      }
      case RETRY_LATER -> {
        if (kind == Refusals.Kind.PASSING) {
          core.keeper.count(tunnel, DownReason.PROTOCOL_ERROR);
        } else {
          core.keeper.failed(tunnel, DownReason.PROTOCOL_ERROR, text, turn);
        }
        // Jittered, so that two that cross do not cross again.
        Duration pause = core.jittered(Refusals.pause(ike.refusals), 500, 1500);
        core.timers.start(new IkeTimer.RekeyIke(ike.localSpi), turn.now().plus(pause));
      }
      case FRESH_IKE_SA -> {
        core.keeper.failed(tunnel, DownReason.PROTOCOL_ERROR, text, turn);
        core.succession.begin(ike, DownReason.PROTOCOL_ERROR, text, turn);
      }
      case FORGET_PAIR, DO_WITHOUT, NOTHING -> throw new IllegalStateException("no rekey's");
    }
  }

  /** RFC 7296 §1.3: the group that the peer names, if it is another than we sent. */
  private static Optional<DhGroup> otherGroup(
      Tunnel tunnel, PendingRequest.RekeyIke request, Payload.Notify error) {
    return error.is(NotifyType.INVALID_KE_PAYLOAD)
        ? Negotiation.wantedGroup(error, tunnel.gateway.proposals())
            .filter(g -> g != request.keyPair().group())
        : Optional.empty();
  }

  // The responder.

  void request(IkeSa ike, int messageId, Payloads payloads, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    if (tunnel == null || isBusy(ike)) {
      refuse(ike, messageId, NotifyType.TEMPORARY_FAILURE, Octets.EMPTY, turn);
      return;
    }
    Payload.SecurityAssociation sa = IkeSa.present(payloads.sa());
    Payload.KeyExchange ke = payloads.keyExchange();
    long spi = core.newIkeSpi();
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.answerIke(
            tunnel.gateway.proposals(),
            sa.proposals(),
            ke == null ? 0 : ke.group(),
            Negotiation.spiOctets(spi));
    if (chosen.isEmpty() || chosen.get().peerSpi().length() != 8 || ke == null) {
      core.keeper.failed(
          tunnel,
          DownReason.NO_PROPOSAL_CHOSEN,
          Wording.noIkeProposal(sa.proposals(), tunnel.gateway.proposals()),
          Remedies.forIke(sa.proposals(), tunnel.gateway.proposals()),
          turn);
      refuse(ike, messageId, NotifyType.NO_PROPOSAL_CHOSEN, Octets.EMPTY, turn);
      return;
    }
    int group = chosen.get().suite().dhGroup().wireValue();
    if (ke.group() != group) {
      Octets wanted = new WireWriter().u16(group).toOctets();
      refuse(ike, messageId, NotifyType.INVALID_KE_PAYLOAD, wanted, turn);
      return;
    }
    core.compute(
        ike,
        new Computation.GenerateAndAgree(chosen.get().suite().dhGroup(), core.seed(), ke.data()),
        turn,
        (result, later) -> answer(ike, messageId, payloads, spi, chosen.get(), result, later));
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

  private void answer(
      IkeSa ike,
      int messageId,
      Payloads request,
      long spi,
      Negotiation.ChosenIke chosen,
      ComputationResult result,
      Turn turn) {
    if (isBusy(ike)) {
      result.erase();
      refuse(ike, messageId, NotifyType.TEMPORARY_FAILURE, Octets.EMPTY, turn);
      return;
    }
    if (!(result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared))) {
      // RFC 7296 §2.21.3: that answer is the end of the IKE SA on both sides.
      refuse(ike, messageId, NotifyType.INVALID_SYNTAX, Octets.EMPTY, turn);
      core.succession.beginPaced(
          ike, DownReason.PROTOCOL_ERROR, "PROTOCOL_ERROR: invalid public value", turn);
      return;
    }
    IkeSa made = make(ike, false, spi, chosen, turn);
    made.initiatorNonce = IkeSa.present(request.nonce());
    made.responderNonce = core.nonce();
    key(ike, made, shared);
    core.messenger.respond(
        ike,
        ExchangeType.CREATE_CHILD_SA,
        messageId,
        List.of(
            new Payload.SecurityAssociation(List.of(chosen.answer())),
            new Payload.Nonce(made.responderNonce),
            new Payload.KeyExchange(chosen.suite().dhGroup().wireValue(), ownPublic)),
        turn);
    core.keeper.established(made, turn);
    IkeSa.PendingIkeRekey rekey = ike.ownRekey;
    if (rekey != null && rekey.sent) {
      rekey.madeByPeer = made;
    } else {
      replace(ike, made, turn);
      awaitDeletion(ike, turn);
    }
  }

  // Both.

  private IkeSa make(
      IkeSa old, boolean initiator, long spi, Negotiation.ChosenIke chosen, Turn turn) {
    IkeSa made = core.newIkeSa(initiator, spi, old.local, old.remote, turn);
    made.remoteSpi = chosen.peerSpi().reader().u64("SPI");
    made.tunnel = old.tunnel;
    made.suite = chosen.suite();
    made.proposal = chosen.ours();
    made.localIdentity = old.localIdentity;
    made.remoteIdentity = old.remoteIdentity;
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
  void replace(IkeSa old, IkeSa successor, Turn turn) {
    IkeSa made = IkeSa.present(successor.heir());
    for (ChildPair pair : core.children.values()) {
      if (pair.owner == old) {
        pair.owner = made;
      }
    }
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
    core.timers.stop(new IkeTimer.RekeyIke(old.localSpi));
    core.timers.stop(new IkeTimer.Probe(old.localSpi));
    core.timers.stop(new IkeTimer.NatKeepalive(old.localSpi));
    Tunnel tunnel = made.tunnel;
    if (tunnel != null) {
      tunnel.ikeRekeys++;
      tunnel.record(turn.now(), "IKE SA rekey successfully completed");
      turn.add(RekeyNotices.ike(tunnel, old, made));
    }
    core.dispatcher.pump(made, turn);
    if (tunnel != null) {
      core.additionalPairs.lost(tunnel, turn);
    }
  }

  private void awaitDeletion(IkeSa ike, Turn turn) {
    core.timers.stop(new IkeTimer.RekeyIke(ike.localSpi));
    core.timers.start(
        new IkeTimer.Redundant(ike.localSpi), turn.now().plus(IkeAuthExchange.REDUNDANT_LIFETIME));
  }

  private void refuse(IkeSa ike, int messageId, NotifyType type, Octets data, Turn turn) {
    core.messenger.respond(
        ike, ExchangeType.CREATE_CHILD_SA, messageId, List.of(Payload.Notify.of(type, data)), turn);
  }
}
