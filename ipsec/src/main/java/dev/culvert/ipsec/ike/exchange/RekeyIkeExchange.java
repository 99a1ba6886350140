package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.DhKeyPair;
import dev.culvert.ipsec.ike.effect.Continuation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Refusals;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.negotiation.Wording;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Tables;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** CREATE_CHILD_SA that replaces the IKE SA itself (RFC 7296 §1.3.2, §2.8.2, §2.18, §2.25.2). */
public final class RekeyIkeExchange {
  private final Tables tables;
  private final RandomValues random;
  private final QuickCrashDetection crashDetection;

  public RekeyIkeExchange(Tables tables, RandomValues random, QuickCrashDetection crashDetection) {
    this.tables = tables;
    this.random = random;
    this.crashDetection = crashDetection;
  }

  // The initiator.

  public void rekey(IkeSa ike, Step step) {
    if (ike.isEstablished() && ike.ownRekey == null && !ike.spent) {
      ike.window.enqueue(new QueuedRequest.RekeyIke());
      step.add(new Effect.SendNext(ike));
    }
  }

  /** The window is free. */
  public void begin(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    if (!ike.isEstablished() || ike.spent || vpn == null) {
      return;
    }
    DhGroup group = ike.rekeyGroup == null ? ike.suite().dhGroup() : ike.rekeyGroup;
    ike.ownRekey = new IkeSa.PendingIkeRekey(vpn.gateway.proposals());
    ike.window.prepare();
    step.add(
        new Effect.Compute(
            new Computation.GenerateKey(group, random.seed()),
            new Continuation.RekeyIkeKeyPair(ike)));
  }

  public void generated(Continuation.RekeyIkeKeyPair then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    if (ike.isEstablished()
        && result instanceof ComputationResult.KeyGenerated(DhKeyPair keyPair)) {
      send(ike, keyPair, step);
    } else {
      result.erase();
      ike.ownRekey = null;
      ike.window.cancelPreparation();
      step.add(new Effect.SendNext(ike));
    }
  }

  private void send(IkeSa ike, DhKeyPair keyPair, Step step) {
    IkeSa.PendingIkeRekey rekey = IkeSa.present(ike.ownRekey);
    rekey.sent = true;
    long spi = random.newIkeSpi();
    tables.ikeSas.promise(ike, spi);
    Payload.Nonce nonce = new Payload.Nonce(random.nonce());
    List<Proposal> offer = Negotiation.ikeOffer(rekey.offered, Negotiation.spiOctets(spi));
    step.add(
        new Effect.SendRequest(
            ike,
            new PendingRequest.RekeyIke(spi, nonce, keyPair),
            List.of(
                new Payload.SecurityAssociation(offer),
                nonce,
                new Payload.KeyExchange(keyPair.group().wireValue(), keyPair.publicValue()))));
  }

  public void response(IkeSa ike, PendingRequest.RekeyIke request, Payloads payloads, Step step) {
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
    step.add(
        new Effect.Compute(
            new Computation.Agree(request.keyPair(), ke.data()),
            new Continuation.RekeyIkeAgreement(
                ike, rekey, request, chosen.get(), nonce, QuickCrashDetection.tokenIn(payloads))));
  }

  public void agreed(Continuation.RekeyIkeAgreement then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    PendingRequest.RekeyIke request = then.request();
    if (result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared)) {
      IkeSa made = make(ike, true, request.newSpi(), then.chosen(), step);
      made.initiatorNonce = request.nonce().data();
      made.responderNonce = then.responderNonce();
      made.deriveKeys(ike, shared);
      made.keepCrashToken(then.crashToken());
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
    step.add(new Effect.EstablishIkeSa(made));
    made.confirmed = true;
    if (rival != null && made.lowestNonce().compareTo(rival.lowestNonce()) < 0) {
      // §2.25.2: ours holds the lowest nonce and is redundant; the peer deletes the old one.
      step.add(new Effect.ReplaceIkeSa(old, rival));
      step.add(new Effect.AwaitDeletion(old));
      step.add(new Effect.DeleteIkeSa(made, DownReason.NONE, "redundant IKE SA deleted"));
    } else {
      step.add(new Effect.ReplaceIkeSa(old, made));
      if (rival != null) {
        step.add(new Effect.AwaitDeletion(IkeSa.present(rival.heir())));
      }
      old.window.enqueueOnly(new QueuedRequest.DeleteIke());
      step.add(new Effect.SendNext(old));
      made.window.enqueue(new QueuedRequest.CrashToken());
      step.add(new Effect.SendNext(made));
    }
  }

  /** The old SA was to end meanwhile; the peer has its successor already, and is told twice. */
  private void abandon(IkeSa old, IkeSa made, Step step) {
    old.ownRekey = null;
    step.add(new Effect.DeleteIkeSa(made, DownReason.NONE, ""));
    step.add(new Effect.SendNext(old));
  }

  /** The peer has moved on to an IKE SA that we cannot follow to: all begins again. */
  private void unacceptable(IkeSa ike, String what, Step step) {
    ike.ownRekey = null;
    if (ike.vpn != null) {
      String text = "IKE SA rekey: peer sent " + what;
      step.add(new Effect.TellFailure(ike.vpn, DownReason.PROTOCOL_ERROR, text));
    }
    step.add(
        new Effect.BeginSuccession(
            ike, DownReason.PROTOCOL_ERROR, "PROTOCOL_ERROR: IKE SA rekey failed"));
    step.add(new Effect.SendNext(ike));
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
      step.add(new Effect.SendNext(ike)); // on its way out: its delete is next
      return;
    }
    IkeSa rival = rekey.rival();
    if (rival != null) {
      // The peer's own rekey has gone through.
      step.add(new Effect.ReplaceIkeSa(ike, rival));
      step.add(new Effect.AwaitDeletion(ike));
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
        step.add(new Effect.SendNext(ike));
      }
      case RETRY_LATER -> {
        if (kind == Refusals.Kind.PASSING) {
          step.add(new Effect.CountFailure(vpn, DownReason.PROTOCOL_ERROR));
        } else {
          step.add(new Effect.TellFailure(vpn, DownReason.PROTOCOL_ERROR, text));
        }
        // Jittered, so that two that cross do not cross again.
        Duration pause = random.jittered(Refusals.pause(ike.refusals), 500, 1500);
        step.add(
            new Effect.StartTimer(new IkeTimer.RekeyIke(ike.localSpi), step.now().plus(pause)));
      }
      case FRESH_IKE_SA -> {
        step.add(new Effect.TellFailure(vpn, DownReason.PROTOCOL_ERROR, text));
        step.add(new Effect.BeginSuccession(ike, DownReason.PROTOCOL_ERROR, text));
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

  public void request(IkeSa ike, int messageId, Payloads payloads, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn == null || isBusy(ike)) {
      refuse(ike, messageId, NotifyType.TEMPORARY_FAILURE, Octets.EMPTY, step);
      return;
    }
    Payload.SecurityAssociation sa = IkeSa.present(payloads.sa());
    Payload.KeyExchange ke = payloads.keyExchange();
    long spi = random.newIkeSpi();
    Optional<Negotiation.ChosenIke> chosen =
        Negotiation.answerIke(
            vpn.gateway.proposals(),
            sa.proposals(),
            ke == null ? 0 : ke.group(),
            Negotiation.spiOctets(spi));
    if (chosen.isEmpty() || chosen.get().peerSpi().length() != 8 || ke == null) {
      step.add(
          new Effect.TellFailure(
              vpn,
              DownReason.NO_PROPOSAL_CHOSEN,
              Wording.noIkeProposal(sa.proposals(), vpn.gateway.proposals()),
              Remedies.forIke(sa.proposals(), vpn.gateway.proposals())));
      refuse(ike, messageId, NotifyType.NO_PROPOSAL_CHOSEN, Octets.EMPTY, step);
      return;
    }
    int group = chosen.get().suite().dhGroup().wireValue();
    if (ke.group() != group) {
      Octets wanted = new WireWriter().u16(group).toOctets();
      refuse(ike, messageId, NotifyType.INVALID_KE_PAYLOAD, wanted, step);
      return;
    }
    step.add(
        new Effect.Compute(
            new Computation.GenerateAndAgree(
                chosen.get().suite().dhGroup(), random.seed(), ke.data()),
            new Continuation.RekeyIkeAnswer(ike, messageId, payloads, spi, chosen.get())));
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

  public void agreedAsResponder(
      Continuation.RekeyIkeAnswer then, ComputationResult result, Step step) {
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
      step.add(
          new Effect.BeginPacedSuccession(
              ike, DownReason.PROTOCOL_ERROR, "PROTOCOL_ERROR: invalid public value"));
      return;
    }
    IkeSa made = make(ike, false, then.spi(), chosen, step);
    made.initiatorNonce = IkeSa.present(then.request().nonce());
    made.responderNonce = random.nonce();
    made.deriveKeys(ike, shared);
    step.add(
        new Effect.SendResponse(
            ike,
            ExchangeType.CREATE_CHILD_SA,
            messageId,
            List.of(
                new Payload.SecurityAssociation(List.of(chosen.answer())),
                new Payload.Nonce(made.responderNonce),
                new Payload.KeyExchange(chosen.suite().dhGroup().wireValue(), ownPublic),
                // RFC 6290 §4.3: a responder knows both SPIs; the initiator tells its token later.
                crashDetection.token(made))));
    step.add(new Effect.EstablishIkeSa(made));
    IkeSa.PendingIkeRekey rekey = ike.ownRekey;
    if (rekey != null && rekey.sent) {
      rekey.madeByPeer = made;
    } else {
      step.add(new Effect.ReplaceIkeSa(ike, made));
      step.add(new Effect.AwaitDeletion(ike));
    }
  }

  // Both.

  private IkeSa make(
      IkeSa old, boolean initiator, long spi, Negotiation.ChosenIke chosen, Step step) {
    IkeSa made = tables.ikeSas.create(initiator, spi, old.local, old.remote, old.vpn, step.now());
    made.remoteSpi = chosen.peerSpi().reader().u64("SPI");
    made.suite = chosen.suite();
    made.proposal = chosen.ours();
    tables.ikeSas.identify(made, old.localIdentity, old.remoteIdentity);
    made.localBehindNat = old.localBehindNat;
    made.remoteBehindNat = old.remoteBehindNat;
    made.udpEncapsulated = old.udpEncapsulated;
    made.fragmentation = old.fragmentation;
    made.joinsProbes = old.joinsProbes;
    made.asksForPairs = old.asksForPairs;
    return made;
  }

  private void refuse(IkeSa ike, int messageId, NotifyType type, Octets data, Step step) {
    step.add(
        new Effect.SendResponse(
            ike, ExchangeType.CREATE_CHILD_SA, messageId, List.of(Payload.Notify.of(type, data))));
  }
}
