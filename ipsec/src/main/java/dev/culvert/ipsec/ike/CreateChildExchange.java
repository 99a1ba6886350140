package dev.culvert.ipsec.ike;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.DhKeyPair;
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
  private final Core core;
  private final CreateChildResponder responder;

  CreateChildExchange(Core core) {
    this.core = core;
    this.responder = new CreateChildResponder(core);
  }

  // The initiator.

  /** The data path says so, and goes on saying so while it waits. */
  void softLimitReached(ChildPair pair, Turn turn) {
    if (!turn.now().isBefore(pair.rekeyNotBefore)) {
      rekey(pair, turn);
    }
  }

  /** Rekeys that pair in its owner's next free window. */
  void rekey(ChildPair pair, Turn turn) {
    if (pair.owner.spent) {
      core.keeper.wanted(pair.tunnel, turn);
    } else if (pair.state == ChildPair.State.INSTALLED
        && !pair.ownRekey
        && pair.owner.isEstablished()) {
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
    if (tunnel == null || !mayAsk(ike) || purpose.isOvertaken(tunnel)) {
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
          if (mayAsk(ike)
              && !purpose.isOvertaken(tunnel)
              && result instanceof ComputationResult.KeyGenerated(DhKeyPair keyPair)) {
            send(ike, tunnel, purpose, keyPair, later);
          } else {
            result.erase();
            ike.window.cancelPreparation();
            settled(purpose);
            core.dispatcher.pump(ike, later);
          }
        });
  }

  private static boolean mayAsk(IkeSa ike) {
    return ike.isEstablished() && !ike.spent;
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
      request.erase();
      settled(request.purpose()); // §2.25: the IKE SA is going, and takes what was made with it
      return;
    }
    Optional<Payload.Notify> error = payloads.error();
    Octets nonce = payloads.nonce();
    if (error.isPresent()) {
      request.erase();
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
    request.erase();
    ike.window.enqueue(new QueuedRequest.DeleteOrphan(request.childSpi()));
    react(
        ike,
        tunnel,
        request,
        Refusals.Kind.POLICY,
        DownReason.PROTOCOL_ERROR,
        text,
        List.of(),
        turn);
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
            result.erase();
            settled(request.purpose());
          } else if (result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared)) {
            created(ike, tunnel, request, agreed, response, shared, later);
            shared.erase();
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
    ike.refusals = 0;
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
  static @Nullable ChildPair redundant(Tunnel tunnel, ChildPair made) {
    ChildPair other = tunnel.newestUsable(tunnel.queueOf(made));
    if (other == null || other.state != ChildPair.State.INSTALLED || other.owner != made.owner) {
      return null;
    }
    return made.lowestNonce.compareTo(other.lowestNonce) < 0 ? made : other;
  }

  private void rekeyed(Tunnel tunnel, ChildPair old, ChildPair made, Turn turn) {
    tunnel.childRekeys++;
    tunnel.record(turn.now(), "IPSec SA rekey successfully completed");
    turn.add(RekeyNotices.child(tunnel, old, made, true));
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
      return;
    }
    Optional<DhGroup> group = otherGroup(tunnel, request, error);
    Refusals.Kind kind = Refusals.Kind.of(error.notifyType(), group.isPresent());
    boolean isOfPfs = isOfPfs(request.purpose(), error);
    String text =
        NotifyType.name(error.notifyType())
            + whatWasRefused(request.purpose(), tunnel)
            + (isOfPfs ? ": perfect forward secrecy (PFS) differs" : "");
    DownReason reason =
        error.is(NotifyType.NO_PROPOSAL_CHOSEN) || isOfPfs
            ? DownReason.NO_PROPOSAL_CHOSEN
            : DownReason.PROTOCOL_ERROR;
    tunnel.preferredPfsGroup = group.orElse(tunnel.preferredPfsGroup);
    List<String> remedies =
        isOfPfs
            ? Remedies.forPfs(tunnel.vpn, Negotiation.wantedGroup(error).stream().toList())
            : error.is(NotifyType.NO_PROPOSAL_CHOSEN)
                ? Remedies.asOursEsp(tunnel.vpn.proposals())
                : Remedies.of(reason, tunnel.gateway, tunnel.vpn);
    react(ike, tunnel, request, kind, reason, text, remedies, turn);
  }

  /** What IKE_AUTH agreed upon without a group is refused with one, or for the lack of one. */
  private static boolean isOfPfs(ChildPurpose purpose, Payload.Notify error) {
    return purpose.old() != null
        && (error.is(NotifyType.NO_PROPOSAL_CHOSEN) || error.is(NotifyType.INVALID_KE_PAYLOAD));
  }

  private static String whatWasRefused(ChildPurpose purpose, Tunnel tunnel) {
    return switch (purpose) {
      case ChildPurpose.First first -> ": peer refused to create a child SA " + offer(tunnel);
      case ChildPurpose.Additional additional -> "";
      case ChildPurpose.Rekey rekey -> ": peer refused to rekey a child SA " + offer(tunnel);
    };
  }

  private static String offer(Tunnel tunnel) {
    return Wording.describe(
        Negotiation.espOffer(tunnel.vpn.proposals(), new Spi(0), tunnel.vpn.pfsGroup()));
  }

  /** The group that the peer insists on, if it is ours to take another than we sent. */
  private static Optional<DhGroup> otherGroup(
      Tunnel tunnel, PendingRequest.CreateChild request, Payload.Notify error) {
    DhKeyPair sent = request.keyPair();
    return error.is(NotifyType.INVALID_KE_PAYLOAD) && tunnel.vpn.pfsGroup() == null
        ? Negotiation.wantedGroup(error).filter(g -> sent == null || g != sent.group())
        : Optional.empty();
  }

  private void react(
      IkeSa ike,
      Tunnel tunnel,
      PendingRequest.CreateChild request,
      Refusals.Kind kind,
      DownReason reason,
      String text,
      List<String> remedies,
      Turn turn) {
    ChildPurpose purpose = request.purpose();
    ChildPair old = purpose.old();
    ike.refusals++;
    Duration left = old == null ? Duration.ofDays(1) : Duration.between(turn.now(), old.expires);
    Refusals.Reaction reaction =
        Refusals.reaction(Refusals.Asked.of(purpose), kind, ike.refusals, left);
    boolean mayPass = kind == Refusals.Kind.PASSING && reaction == Refusals.Reaction.RETRY_LATER;
    boolean hasPairs = purpose instanceof ChildPurpose.Additional;
    if (mayPass) {
      core.keeper.count(tunnel, reason);
    } else if (!hasPairs && reaction != Refusals.Reaction.RETRY_WITH_ITS_GROUP) {
      core.keeper.failed(tunnel, reason, text, remedies, turn);
    }
    settled(purpose);
    switch (reaction) {
      case RETRY_LATER -> retryLater(ike, tunnel, purpose, turn);
      case RETRY_WITH_ITS_GROUP -> retryNow(ike, purpose, turn);
      case FORGET_PAIR ->
          core.keeper.retire(IkeSa.present(old), DownReason.DELETED_BY_PEER, text, turn);
      case DO_WITHOUT -> core.additionalPairs.refused(ike, tunnel, text, turn);
      case FRESH_IKE_SA -> {
        if (hasPairs) {
          tunnel.peerRefusesPairs = true;
          core.additionalPairs.refused(ike, tunnel, text, turn);
        }
        core.succession.begin(ike, reason, text, turn);
      }
      case NOTHING -> {}
    }
  }

  private void retryLater(IkeSa ike, Tunnel tunnel, ChildPurpose purpose, Turn turn) {
    // Jittered, so that two that cross do not cross again.
    Duration pause = core.jittered(Refusals.pause(ike.refusals), 500, 1500);
    switch (purpose) {
      case ChildPurpose.First first -> core.keeper.pause(tunnel, pause, turn);
      case ChildPurpose.Additional additional -> core.additionalPairs.askLater(tunnel, pause, turn);
      case ChildPurpose.Rekey(ChildPair old) -> {
        old.rekeyNotBefore = turn.now().plus(pause);
        if (old.state == ChildPair.State.INSTALLED) {
          core.timers.start(new IkeTimer.RekeyChild(old.inboundSpi()), old.rekeyNotBefore);
        }
      }
    }
  }

  private void retryNow(IkeSa ike, ChildPurpose purpose, Turn turn) {
    switch (purpose) {
      case ChildPurpose.First first -> ike.window.enqueue(new QueuedRequest.CreateChild(null));
      case ChildPurpose.Additional additional ->
          ike.window.enqueue(new QueuedRequest.AdditionalChild());
      case ChildPurpose.Rekey(ChildPair old) -> rekey(old, turn);
    }
    core.dispatcher.pump(ike, turn);
  }

  /** Its response made no sense. */
  void unanswered(PendingRequest.CreateChild request) {
    request.erase();
    settled(request.purpose());
  }

  // The responder.

  void request(IkeSa ike, int messageId, Payloads payloads, Turn turn) {
    responder.request(ike, messageId, payloads, turn);
  }
}
