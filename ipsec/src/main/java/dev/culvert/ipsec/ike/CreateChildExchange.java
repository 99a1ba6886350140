package dev.culvert.ipsec.ike;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.DhKeyPair;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** CREATE_CHILD_SA for child SAs, new or in place of another (RFC 7296 §1.3.1, §1.3.3, §2.8.1). */
final class CreateChildExchange {
  /** After TEMPORARY_FAILURE, jittered so that two that cross do not cross again. */
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final Core core;

  CreateChildExchange(Core core) {
    this.core = core;
  }

  // The initiator.

  /** Rekeys that pair in its owner's next free window. */
  void rekey(ChildPair pair, Turn turn) {
    if (pair.state == ChildPair.State.INSTALLED && !pair.ownRekey && pair.owner.isEstablished()) {
      pair.ownRekey = true;
      pair.owner.window.enqueue(new QueuedRequest.CreateChild(pair));
      core.dispatcher.pump(pair.owner, turn);
    }
  }

  /** The window is free. */
  void begin(IkeSa ike, @Nullable ChildPair rekeyed, Turn turn) {
    begin(ike, rekeyed == null ? new ChildPurpose.First() : new ChildPurpose.Rekey(rekeyed), turn);
  }

  /** The same for one more. */
  void beginAdditional(IkeSa ike, Turn turn) {
    ChildPurpose.Additional next = core.additionalPairs.next(ike);
    if (next != null) {
      begin(ike, next, turn);
    }
  }

  private void begin(IkeSa ike, ChildPurpose purpose, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    if (tunnel == null || !ike.isEstablished() || purpose.isOvertaken(tunnel)) {
      if (purpose instanceof ChildPurpose.Rekey(ChildPair old)) {
        old.ownRekey = false;
      }
      return;
    }
    DhGroup group = purpose.pfsGroup(tunnel);
    if (group == null) {
      send(ike, tunnel, purpose, null, turn);
      return;
    }
    ike.window.prepare();
    core.compute(
        ike,
        new Computation.GenerateKey(group, core.seed()),
        turn,
        (result, later) -> {
          if (ike.isEstablished()
              && !purpose.isOvertaken(tunnel)
              && result instanceof ComputationResult.KeyGenerated(DhKeyPair keyPair)) {
            send(ike, tunnel, purpose, keyPair, later);
          } else {
            ike.window.cancelPreparation();
            settled(purpose);
            core.dispatcher.pump(ike, later);
          }
        });
  }

  private void send(
      IkeSa ike, Tunnel tunnel, ChildPurpose purpose, @Nullable DhKeyPair keyPair, Turn turn) {
    Spi spi = core.newChildSpi(purpose.queue(tunnel));
    Payload.Nonce nonce = new Payload.Nonce(core.nonce());
    List<Payload> payloads = new ArrayList<>();
    if (purpose instanceof ChildPurpose.Rekey(ChildPair old)) {
      old.ownRekeySent = true;
      payloads.add(
          new Payload.Notify(
              Proposal.PROTOCOL_ESP,
              Negotiation.spiOctets(old.inboundSpi()),
              NotifyType.REKEY_SA.wireValue(),
              Octets.EMPTY));
    } else {
      payloads.addAll(core.additionalPairs.announcement());
    }
    ChildPair model = purpose.model();
    payloads.add(
        core.childNegotiation.offer(tunnel, model, spi, keyPair == null ? null : keyPair.group()));
    payloads.add(nonce);
    if (keyPair != null) {
      payloads.add(new Payload.KeyExchange(keyPair.group().wireValue(), keyPair.publicValue()));
    }
    payloads.addAll(core.childNegotiation.selectors(model));
    ike.deletedInAdvance.clear();
    core.messenger.request(
        ike, new PendingRequest.CreateChild(purpose, spi, nonce, keyPair), payloads, turn);
  }

  void response(IkeSa ike, PendingRequest.CreateChild request, Payloads payloads, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    if (tunnel == null || !ike.isEstablished()) {
      settled(request.purpose()); // §2.25: the IKE SA is going, and takes what was made with it
      return;
    }
    Optional<Payload.Notify> error = payloads.error();
    Octets nonce = payloads.nonce();
    if (error.isPresent()) {
      refused(ike, tunnel, request, error.get(), turn);
      return;
    }
    boolean withKeyExchange = request.keyPair() != null;
    ChildNegotiation.Verdict verdict =
        core.childNegotiation.judge(
            payloads, tunnel, request.purpose().model(), request.childSpi(), true, withKeyExchange);
    Payload.KeyExchange ke = payloads.keyExchange();
    boolean complete = nonce != null && (ke != null || !withKeyExchange);
    if (verdict instanceof ChildNegotiation.Verdict.Agreed agreed
        && complete
        && isOfGroup(agreed, ke, request.keyPair())) {
      agree(ike, tunnel, request, agreed, payloads, turn);
    } else {
      String text =
          verdict instanceof ChildNegotiation.Verdict.Refused refusal
              ? refusal.text()
              : "PROTOCOL_ERROR: nonce or KE is missing, or of another group";
      unacceptable(ike, tunnel, request, text, turn);
    }
  }

  /** The group in the peer's proposal and the one of its KE payload are the one we sent. */
  private static boolean isOfGroup(
      ChildNegotiation.Verdict.Agreed agreed,
      Payload.@Nullable KeyExchange ke,
      @Nullable DhKeyPair sent) {
    return sent == null
        || (ke != null
            && agreed.chosen().group() == sent.group()
            && ke.group() == sent.group().wireValue());
  }

  /** The peer has made a child SA that we cannot: it is told to delete it. */
  private void unacceptable(
      IkeSa ike, Tunnel tunnel, PendingRequest.CreateChild request, String text, Turn turn) {
    ike.window.enqueue(new QueuedRequest.DeleteOrphan(request.childSpi()));
    if (request.purpose() instanceof ChildPurpose.Additional) {
      core.additionalPairs.refused(ike, tunnel, text, turn);
    } else {
      core.keeper.failed(tunnel, DownReason.PROTOCOL_ERROR, text, turn);
      retryLater(request, tunnel, turn);
    }
    core.dispatcher.pump(ike, turn);
  }

  private void agree(
      IkeSa ike,
      Tunnel tunnel,
      PendingRequest.CreateChild request,
      ChildNegotiation.Verdict.Agreed agreed,
      Payloads response,
      Turn turn) {
    DhKeyPair keyPair = request.keyPair();
    Payload.KeyExchange ke = response.keyExchange();
    if (keyPair == null || ke == null) {
      created(ike, tunnel, request, agreed, response, null, turn);
      return;
    }
    // What comes next may depend on the pair.
    ike.window.prepare();
    core.compute(
        ike,
        new Computation.Agree(keyPair, ke.data()),
        turn,
        (result, later) -> {
          ike.window.cancelPreparation();
          if (!ike.isEstablished()) {
            settled(request.purpose());
          } else if (result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared)) {
            created(ike, tunnel, request, agreed, response, shared, later);
          } else {
            unacceptable(ike, tunnel, request, "invalid public value in a rekey", later);
          }
          core.dispatcher.pump(ike, later);
        });
  }

  private void created(
      IkeSa ike,
      Tunnel tunnel,
      PendingRequest.CreateChild request,
      ChildNegotiation.Verdict.Agreed agreed,
      Payloads response,
      @Nullable Secret shared,
      Turn turn) {
    ChildPair made =
        core.childNegotiation.make(
            ike,
            tunnel,
            agreed,
            request.childSpi(),
            true,
            request.nonce().data(),
            IkeSa.present(response.nonce()),
            shared,
            turn.now());
    boolean isDeleted = ike.deletedInAdvance.remove(made.sa.outboundSpi());
    switch (request.purpose()) {
      case ChildPurpose.First first ->
          firstMade(ike, made, isDeleted ? null : redundant(tunnel, made), response, turn);
      case ChildPurpose.Additional additional -> {
        core.keeper.install(made, true, turn);
        tunnel.record(turn.now(), "Additional IPSec SA negotiation successfully completed");
        core.additionalPairs.ask(tunnel, turn);
      }
      case ChildPurpose.Rekey(ChildPair old) -> rekeyed(tunnel, old, made, turn);
    }
    if (isDeleted) {
      core.informational.deletedByPeer(made, turn);
    }
  }

  private void firstMade(
      IkeSa ike, ChildPair made, @Nullable ChildPair redundant, Payloads response, Turn turn) {
    core.keeper.install(made, redundant != made, turn);
    if (redundant == made) {
      ike.asksForPairs = false;
    } else {
      core.additionalPairs.firstMade(ike, made.tunnel, response, turn);
    }
    if (redundant != null) {
      core.informational.deleteChild(redundant, turn);
    }
  }

  /**
   * Both sides have asked for a first pair at once: as with rekeys (§2.8.1) the one with the lowest
   * nonce is redundant. Whoever gets its response last sees both, and deletes it.
   */
  private static @Nullable ChildPair redundant(Tunnel tunnel, ChildPair made) {
    ChildPair other = tunnel.newestUsable(tunnel.queueOf(made));
    if (other == null || other.state != ChildPair.State.INSTALLED || other.owner != made.owner) {
      return null;
    }
    return made.lowestNonce.compareTo(other.lowestNonce) < 0 ? made : other;
  }

  private void rekeyed(Tunnel tunnel, ChildPair old, ChildPair made, Turn turn) {
    tunnel.childRekeys++;
    tunnel.record(turn.now(), "IPSec SA rekey successfully completed");
    ChildPair rival = old.madeByPeer;
    settled(old);
    if (rival != null && made.lowestNonce.compareTo(rival.lowestNonce) < 0) {
      // §2.8.1: ours holds the lowest of the four nonces, so we delete it; the peer deletes the
      // old.
      // Outbound moves to the peer's when its first packet, its delete or the timer says so.
      core.keeper.install(made, false, turn);
      core.keeper.markRekeyed(old);
      core.informational.deleteChild(made, turn);
    } else {
      core.keeper.install(made, true, turn);
      core.keeper.markRekeyed(old);
      if (rival != null) {
        core.keeper.markRekeyed(rival);
      }
      core.informational.deleteChild(old, turn);
    }
  }

  private static void settled(ChildPurpose purpose) {
    if (purpose instanceof ChildPurpose.Rekey(ChildPair old)) {
      settled(old);
    }
  }

  private static void settled(ChildPair rekeyed) {
    rekeyed.ownRekey = false;
    rekeyed.ownRekeySent = false;
    rekeyed.madeByPeer = null;
  }

  private void refused(
      IkeSa ike,
      Tunnel tunnel,
      PendingRequest.CreateChild request,
      Payload.Notify error,
      Turn turn) {
    ChildPair old = request.purpose().old();
    if (old != null && old.madeByPeer != null) {
      // The peer's rekey of the same pair has gone through; it will delete the old one.
      core.keeper.markRekeyed(old);
      settled(old);
    } else if (error.is(NotifyType.TEMPORARY_FAILURE)) {
      retryLater(request, tunnel, turn);
    } else if (error.is(NotifyType.CHILD_SA_NOT_FOUND) && old != null) {
      settled(old);
      core.keeper.retire(
          old, DownReason.DELETED_BY_PEER, "CHILD_SA_NOT_FOUND: peer has lost the child SA", turn);
    } else {
      String name = NotifyType.name(error.notifyType());
      if (request.purpose() instanceof ChildPurpose.Additional) {
        core.additionalPairs.refused(ike, tunnel, name, turn);
        return;
      }
      String offer =
          Wording.describe(
              Negotiation.espOffer(tunnel.vpn.proposals(), new Spi(0), tunnel.vpn.pfsGroup()));
      core.keeper.failed(
          tunnel,
          error.is(NotifyType.NO_PROPOSAL_CHOSEN)
              ? DownReason.NO_PROPOSAL_CHOSEN
              : DownReason.PROTOCOL_ERROR,
          name + ": peer refused to " + (old == null ? "create" : "rekey") + " a child SA " + offer,
          turn);
      retryLater(request, tunnel, turn);
    }
  }

  private void retryLater(PendingRequest.CreateChild request, Tunnel tunnel, Turn turn) {
    switch (request.purpose()) {
      case ChildPurpose.First first -> {
        tunnel.failuresInARow++;
        core.keeper.pauseAfterFailures(tunnel, turn);
      }
      case ChildPurpose.Additional additional -> core.additionalPairs.askLater(tunnel, turn);
      case ChildPurpose.Rekey(ChildPair old) -> {
        settled(old);
        if (old.state == ChildPair.State.INSTALLED) {
          core.timers.start(
              new IkeTimer.RekeyChild(old.inboundSpi()),
              turn.now().plus(core.jittered(RETRY, 500, 2500)));
        }
      }
    }
  }

  // The responder.

  void request(IkeSa ike, int messageId, Payloads payloads, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    if (tunnel == null || !ike.isEstablished() || ike.ownRekey != null) {
      // §2.25.2: not while the IKE SA itself is being replaced or deleted.
      refuse(ike, messageId, NotifyType.TEMPORARY_FAILURE, Octets.EMPTY, turn);
      return;
    }
    ChildPurpose purpose = purpose(ike, tunnel, messageId, payloads, turn);
    if (purpose == null) {
      return;
    }
    Spi spi = core.newChildSpi(purpose.queue(tunnel));
    switch (core.childNegotiation.judge(payloads, tunnel, purpose.model(), spi, false, true)) {
      case ChildNegotiation.Verdict.Refused refused -> {
        core.keeper.failed(tunnel, refused.reason(), refused.text(), turn);
        refuse(ike, messageId, refused.answer(), Octets.EMPTY, turn);
      }
      case ChildNegotiation.Verdict.Agreed agreed ->
          keyExchange(ike, tunnel, messageId, payloads, purpose, spi, agreed, turn);
    }
  }

  /** What the peer wants it for; null if that is refused. */
  private @Nullable ChildPurpose purpose(
      IkeSa ike, Tunnel tunnel, int messageId, Payloads payloads, Turn turn) {
    Optional<Payload.Notify> rekey = payloads.notify(NotifyType.REKEY_SA);
    if (rekey.isPresent()) {
      ChildPair old = byPeerSpi(tunnel, rekey.get().spi());
      NotifyType obstacle = old == null ? UncertainPairs.refusal(ike) : obstacle(old);
      if (old != null && obstacle == null) {
        return new ChildPurpose.Rekey(old);
      }
      refuseRekey(ike, messageId, IkeSa.present(obstacle), rekey.get(), turn);
      return null;
    }
    ChildPair model = core.additionalPairs.modelFor(ike, payloads);
    if (model == null) {
      return new ChildPurpose.First();
    }
    if (core.additionalPairs.takesMore(ike)) {
      return new ChildPurpose.Additional(model, core.additionalPairs.leastLoaded(ike, tunnel));
    }
    tunnel.record(turn.now(), "Additional IPSec SA refused: TS_MAX_QUEUE");
    refuse(ike, messageId, NotifyType.TS_MAX_QUEUE, Octets.EMPTY, turn);
    return null;
  }

  private static @Nullable ChildPair byPeerSpi(Tunnel tunnel, Octets spi) {
    return spi.length() != 4
        ? null
        : tunnel.pairs.stream()
            .filter(p -> p.sa.outboundSpi().equals(Negotiation.spi(spi)))
            .findFirst()
            .orElse(null);
  }

  /** Why that pair cannot be rekeyed by the peer (§2.25.1), or null. */
  private static @Nullable NotifyType obstacle(ChildPair old) {
    return switch (old.state) {
      case INSTALLED -> null;
      case REKEYED, DELETING -> NotifyType.TEMPORARY_FAILURE;
      case DRAINING, REMOVED -> NotifyType.CHILD_SA_NOT_FOUND;
    };
  }

  private void refuseRekey(
      IkeSa ike, int messageId, NotifyType obstacle, Payload.Notify rekey, Turn turn) {
    Payload.Notify notify =
        obstacle == NotifyType.CHILD_SA_NOT_FOUND
            ? new Payload.Notify(
                Proposal.PROTOCOL_ESP, rekey.spi(), obstacle.wireValue(), Octets.EMPTY)
            : Payload.Notify.of(obstacle);
    core.messenger.respond(ike, ExchangeType.CREATE_CHILD_SA, messageId, List.of(notify), turn);
  }

  private void keyExchange(
      IkeSa ike,
      Tunnel tunnel,
      int messageId,
      Payloads request,
      ChildPurpose purpose,
      Spi spi,
      ChildNegotiation.Verdict.Agreed agreed,
      Turn turn) {
    DhGroup group = agreed.chosen().group();
    if (group == null) {
      answer(ike, tunnel, messageId, request, purpose, spi, agreed, null, turn);
      return;
    }
    Payload.KeyExchange ke = request.keyExchange();
    if (ke == null || ke.group() != group.wireValue()) {
      Octets wanted = new WireWriter().u16(group.wireValue()).toOctets();
      refuse(ike, messageId, NotifyType.INVALID_KE_PAYLOAD, wanted, turn);
      return;
    }
    core.compute(
        ike,
        new Computation.GenerateAndAgree(group, core.seed(), ke.data()),
        turn,
        (result, later) -> {
          ChildPair old = purpose.old();
          boolean isGone = old != null && obstacle(old) != null;
          if (isGone || !ike.isEstablished() || ike.ownRekey != null) {
            // Something that was settled meanwhile has taken the pair away.
            refuse(ike, messageId, NotifyType.TEMPORARY_FAILURE, Octets.EMPTY, later);
          } else if (result instanceof ComputationResult.Agreed exchanged) {
            answer(ike, tunnel, messageId, request, purpose, spi, agreed, exchanged, later);
          } else {
            refuse(ike, messageId, NotifyType.INVALID_SYNTAX, Octets.EMPTY, later);
          }
        });
  }

  private void answer(
      IkeSa ike,
      Tunnel tunnel,
      int messageId,
      Payloads request,
      ChildPurpose purpose,
      Spi spi,
      ChildNegotiation.Verdict.Agreed agreed,
      ComputationResult.@Nullable Agreed exchanged,
      Turn turn) {
    Octets nonce = core.nonce();
    ChildPair made =
        core.childNegotiation.make(
            ike,
            tunnel,
            agreed,
            spi,
            false,
            IkeSa.present(request.nonce()),
            nonce,
            exchanged == null ? null : exchanged.sharedSecret(),
            turn.now());
    List<Payload> accepted = core.childNegotiation.accept(agreed);
    List<Payload> payloads = new ArrayList<>();
    payloads.add(accepted.getFirst());
    payloads.add(new Payload.Nonce(nonce));
    DhGroup group = agreed.chosen().group();
    if (exchanged != null && group != null) {
      payloads.add(new Payload.KeyExchange(group.wireValue(), exchanged.ownPublic()));
    }
    payloads.addAll(accepted.subList(1, accepted.size()));
    switch (purpose) {
      case ChildPurpose.First first -> {
        // Of two first pairs that crossed, the one that stays has its initiator ask for more.
        ike.asksForPairs &= redundant(tunnel, made) == made;
        core.keeper.install(made, true, turn);
        payloads.addAll(core.additionalPairs.answer(request));
      }
      case ChildPurpose.Additional additional -> {
        // Not to be used before the peer has it: the queue's packets have another way until then.
        core.keeper.install(made, false, turn);
        tunnel.record(turn.now(), "Additional IPSec SA negotiation successfully completed");
        payloads.addAll(core.additionalPairs.answer(request));
      }
      case ChildPurpose.Rekey(ChildPair old) -> rekeyedByPeer(tunnel, old, made, turn);
    }
    core.messenger.respond(ike, ExchangeType.CREATE_CHILD_SA, messageId, payloads, turn);
  }

  private void rekeyedByPeer(Tunnel tunnel, ChildPair old, ChildPair made, Turn turn) {
    core.keeper.install(made, false, turn);
    tunnel.childRekeys++;
    tunnel.record(turn.now(), "IPSec SA rekey successfully completed");
    // A rekey of ours that is merely queued or being prepared is dropped instead.
    if (old.ownRekeySent) {
      old.madeByPeer = made;
    } else {
      core.keeper.markRekeyed(old);
    }
  }

  private void refuse(IkeSa ike, int messageId, NotifyType type, Octets data, Turn turn) {
    core.messenger.respond(
        ike, ExchangeType.CREATE_CHILD_SA, messageId, List.of(Payload.Notify.of(type, data)), turn);
  }
}
