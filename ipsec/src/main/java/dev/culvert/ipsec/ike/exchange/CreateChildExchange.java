package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.DhKeyPair;
import dev.culvert.ipsec.ike.effect.Continuation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.ChildVerdict;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Refusals;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.negotiation.Wording;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.ChildPurpose;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.UnitAddresses;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** CREATE_CHILD_SA for child SAs, new or in place of another (RFC 7296 §1.3.1, §1.3.3, §2.8.1). */
public final class CreateChildExchange {
  private final RandomValues random;
  private final ChildNegotiation childNegotiation;
  private final QueuePairs queuePairs;
  private final TunnelAddresses tunnelAddresses;

  public CreateChildExchange(
      RandomValues random,
      ChildNegotiation childNegotiation,
      QueuePairs queuePairs,
      UnitAddresses unitAddresses) {
    this.random = random;
    this.tunnelAddresses = new TunnelAddresses(unitAddresses);
    this.childNegotiation = childNegotiation;
    this.queuePairs = queuePairs;
  }

  // The initiator.

  /** The data path says so, and goes on saying so while it waits. */
  public void softLimitReached(ChildPair pair, Step step) {
    if (!step.now().isBefore(pair.rekeyNotBefore)) {
      rekey(pair, step);
    }
  }

  /** Rekeys that pair in its owner's next free window. */
  public void rekey(ChildPair pair, Step step) {
    if (pair.owner.spent) {
      step.add(new Effect.Want(pair.vpn));
    } else if (pair.state == ChildPair.State.INSTALLED
        && !pair.ownRekey
        && pair.owner.isEstablished()) {
      pair.ownRekey = true;
      pair.owner.window.enqueue(new QueuedRequest.RekeyChild(pair));
      step.add(new Effect.SendNext(pair.owner));
    }
  }

  /** The window is free: a child SA in the place of that one. */
  public void beginRekey(IkeSa ike, ChildPair rekeyed, Step step) {
    begin(ike, new ChildPurpose.Rekey(rekeyed), step);
  }

  /** The same for a policy without any, unless it is to be left alone for a while. */
  public void beginFirst(IkeSa ike, ChildPolicy policy, Step step) {
    if (policy.vpn == ike.vpn && !step.now().isBefore(policy.notBefore)) {
      begin(ike, new ChildPurpose.First(policy), step);
    }
  }

  /** The same for one more. */
  public void beginAdditional(IkeSa ike, Step step) {
    ChildPurpose.Additional next = queuePairs.next(ike, step.now());
    if (next != null) {
      begin(ike, next, step);
    }
  }

  private void begin(IkeSa ike, ChildPurpose purpose, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn == null || !mayAsk(ike) || purpose.isOvertaken()) {
      if (purpose instanceof ChildPurpose.Rekey(ChildPair old)) {
        old.ownRekey = false;
      }
      return;
    }
    DhGroup group = purpose.pfsGroup();
    if (group == null) {
      send(ike, purpose, null, step);
      return;
    }
    ike.window.prepare();
    step.add(
        new Effect.Compute(
            new Computation.GenerateKey(group, random.seed()),
            new Continuation.CreateChildKeyPair(ike, vpn, purpose)));
  }

  public void generated(Continuation.CreateChildKeyPair then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    if (mayAsk(ike)
        && !then.purpose().isOvertaken()
        && result instanceof ComputationResult.KeyGenerated(DhKeyPair keyPair)) {
      send(ike, then.purpose(), keyPair, step);
    } else {
      result.erase();
      ike.window.cancelPreparation();
      settled(then.purpose());
      step.add(new Effect.SendNext(ike));
    }
  }

  private static boolean mayAsk(IkeSa ike) {
    return ike.isEstablished() && !ike.spent;
  }

  private void send(IkeSa ike, ChildPurpose purpose, @Nullable DhKeyPair keyPair, Step step) {
    Spi spi = random.newChildSpi(purpose.queue());
    Payload.Nonce nonce = new Payload.Nonce(random.nonce());
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
      payloads.addAll(queuePairs.announcement());
      payloads.addAll(tunnelAddresses.announcement(ike, purpose.policy()));
    }
    ChildPair model = purpose.model();
    ChildPolicy policy = purpose.policy();
    payloads.add(
        childNegotiation.offer(policy, model, spi, keyPair == null ? null : keyPair.group()));
    payloads.add(nonce);
    if (keyPair != null) {
      payloads.add(new Payload.KeyExchange(keyPair.group().wireValue(), keyPair.publicValue()));
    }
    payloads.addAll(childNegotiation.selectors(policy, model));
    ike.deletedInAdvance.clear();
    step.add(
        new Effect.SendRequest(
            ike, new PendingRequest.CreateChild(purpose, spi, nonce, keyPair), payloads));
  }

  public void response(
      IkeSa ike, PendingRequest.CreateChild request, Payloads payloads, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn == null || !ike.isEstablished()) {
      request.erase();
      settled(request.purpose()); // §2.25: the IKE SA is going, and takes what was made with it
      return;
    }
    Optional<Payload.Notify> error = payloads.error();
    Octets nonce = payloads.nonce();
    if (error.isPresent()) {
      request.erase();
      refused(ike, vpn, request, error.get(), step);
      return;
    }
    boolean withKeyExchange = request.keyPair() != null;
    ChildVerdict verdict =
        childNegotiation.judge(
            payloads,
            request.purpose().policy(),
            request.purpose().model(),
            request.childSpi(),
            true,
            withKeyExchange);
    Payload.KeyExchange ke = payloads.keyExchange();
    boolean complete = nonce != null && (ke != null || !withKeyExchange);
    if (verdict instanceof ChildVerdict.Agreed agreed
        && complete
        && isOfGroup(agreed, ke, request.keyPair())) {
      agree(ike, vpn, request, agreed, payloads, step);
    } else {
      String text =
          verdict instanceof ChildVerdict.Refused refusal
              ? refusal.text()
              : "PROTOCOL_ERROR: nonce or KE is missing, or of another group";
      unacceptable(ike, vpn, request, text, step);
    }
  }

  /** The group in the peer's proposal and the one of its KE payload are the one we sent. */
  private static boolean isOfGroup(
      ChildVerdict.Agreed agreed, Payload.@Nullable KeyExchange ke, @Nullable DhKeyPair sent) {
    return sent == null
        || (ke != null
            && agreed.chosen().group() == sent.group()
            && ke.group() == sent.group().wireValue());
  }

  /** The peer has made a child SA that we cannot: it is told to delete it. */
  private void unacceptable(
      IkeSa ike, Vpn vpn, PendingRequest.CreateChild request, String text, Step step) {
    request.erase();
    ike.window.enqueue(new QueuedRequest.DeleteOrphan(request.childSpi()));
    react(
        ike, vpn, request, Refusals.Kind.POLICY, DownReason.PROTOCOL_ERROR, text, List.of(), step);
    step.add(new Effect.SendNext(ike));
  }

  private void agree(
      IkeSa ike,
      Vpn vpn,
      PendingRequest.CreateChild request,
      ChildVerdict.Agreed agreed,
      Payloads response,
      Step step) {
    DhKeyPair keyPair = request.keyPair();
    Payload.KeyExchange ke = response.keyExchange();
    if (keyPair == null || ke == null) {
      created(ike, vpn, request, agreed, response, null, step);
      return;
    }
    // What comes next may depend on the pair.
    ike.window.prepare();
    step.add(
        new Effect.Compute(
            new Computation.Agree(keyPair, ke.data()),
            new Continuation.CreateChildAgreement(ike, vpn, request, agreed, response)));
  }

  public void agreed(Continuation.CreateChildAgreement then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    PendingRequest.CreateChild request = then.request();
    ike.window.cancelPreparation();
    if (!ike.isEstablished()) {
      result.erase();
      settled(request.purpose());
    } else if (result instanceof ComputationResult.Agreed(Octets ownPublic, Secret shared)) {
      created(ike, then.vpn(), request, then.agreed(), then.response(), shared, step);
      shared.erase();
    } else {
      unacceptable(ike, then.vpn(), request, "invalid public value in a rekey", step);
    }
    step.add(new Effect.SendNext(ike));
  }

  private void created(
      IkeSa ike,
      Vpn vpn,
      PendingRequest.CreateChild request,
      ChildVerdict.Agreed agreed,
      Payloads response,
      @Nullable Secret shared,
      Step step) {
    ike.refusals = 0;
    ChildPolicy policy = request.purpose().policy();
    ChildPair made =
        childNegotiation.make(
            ike,
            policy,
            agreed,
            request.childSpi(),
            true,
            request.nonce().data(),
            IkeSa.present(response.nonce()),
            shared,
            step.now());
    boolean isDeleted = ike.deletedInAdvance.remove(made.sa.outboundSpi());
    switch (request.purpose()) {
      case ChildPurpose.First first ->
          firstMade(ike, made, isDeleted ? null : policy.redundant(made), response, step);
      case ChildPurpose.Additional additional -> {
        step.add(new Effect.InstallPair(made, true));
        vpn.record(step.now(), "Additional IPSec SA negotiation successfully completed");
        step.add(new Effect.AskForPairs(vpn));
      }
      case ChildPurpose.Rekey(ChildPair old) -> rekeyed(vpn, old, made, step);
    }
    if (isDeleted) {
      step.add(Effect.RetirePair.deletedByPeer(made));
    }
  }

  private void firstMade(
      IkeSa ike, ChildPair made, @Nullable ChildPair redundant, Payloads response, Step step) {
    step.add(new Effect.InstallPair(made, redundant != made));
    tunnelAddresses.heard(response, made.policy, step);
    if (made.vpn.hasSeveralPolicies()) {
      step.add(new Effect.CompleteSuccession(ike));
    }
    if (redundant == made) {
      ike.asksForPairs = false;
    } else {
      step.add(new Effect.FirstPairMade(ike, made.vpn, response));
    }
    if (redundant != null) {
      step.add(new Effect.DeletePair(redundant));
    }
  }

  private void rekeyed(Vpn vpn, ChildPair old, ChildPair made, Step step) {
    vpn.childRekeys++;
    vpn.record(step.now(), "IPSec SA rekey successfully completed");
    step.add(new Effect.Report(RekeyNotices.child(vpn, old, made, true)));
    ChildPair rival = old.madeByPeer;
    settled(old);
    if (rival != null && made.lowestNonce.compareTo(rival.lowestNonce) < 0) {
      // §2.8.1: ours holds the lowest of the four nonces, so we delete it; the peer deletes the
      // old.
      // Outbound moves to the peer's when its first packet, its delete or the timer says so.
      step.add(new Effect.InstallPair(made, false));
      step.add(new Effect.MarkRekeyed(old));
      step.add(new Effect.DeletePair(made));
    } else {
      step.add(new Effect.InstallPair(made, true));
      step.add(new Effect.MarkRekeyed(old));
      if (rival != null) {
        step.add(new Effect.MarkRekeyed(rival));
      }
      step.add(new Effect.DeletePair(old));
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
      IkeSa ike, Vpn vpn, PendingRequest.CreateChild request, Payload.Notify error, Step step) {
    ChildPair old = request.purpose().old();
    if (old != null && old.madeByPeer != null) {
      // The peer's rekey of the same pair has gone through; it will delete the old one.
      step.add(new Effect.MarkRekeyed(old));
      settled(old);
      return;
    }
    ChildPolicy policy = request.purpose().policy();
    Optional<DhGroup> group = otherGroup(request, error);
    Refusals.Kind kind = Refusals.Kind.of(error.notifyType(), group.isPresent());
    boolean isOfPfs = isOfPfs(request.purpose(), error);
    String text =
        NotifyType.name(error.notifyType())
            + whatWasRefused(request.purpose(), error)
            + (isOfPfs ? ": perfect forward secrecy (PFS) differs" : "");
    DownReason reason =
        error.is(NotifyType.NO_PROPOSAL_CHOSEN) || isOfPfs
            ? DownReason.NO_PROPOSAL_CHOSEN
            : error.is(NotifyType.TS_UNACCEPTABLE)
                ? DownReason.TS_UNACCEPTABLE
                : DownReason.PROTOCOL_ERROR;
    if (group.isPresent()) {
      policy.preferredPfsGroup = group.get();
    } else if (kind == Refusals.Kind.POLICY) {
      // A peer that insisted on it may have become one that takes none.
      policy.preferredPfsGroup = null;
    }
    List<String> remedies =
        isOfPfs
            ? Remedies.forPfs(policy.config, Negotiation.wantedGroup(error).stream().toList())
            : error.is(NotifyType.NO_PROPOSAL_CHOSEN)
                ? Remedies.asOursEsp(policy.config.proposals())
                : Remedies.of(reason, vpn.gateway, policy.config);
    react(ike, vpn, request, kind, reason, text, remedies, step);
  }

  /** What IKE_AUTH agreed upon without a group is refused with one, or for the lack of one. */
  private static boolean isOfPfs(ChildPurpose purpose, Payload.Notify error) {
    return purpose.old() != null
        && (error.is(NotifyType.NO_PROPOSAL_CHOSEN) || error.is(NotifyType.INVALID_KE_PAYLOAD));
  }

  private static String whatWasRefused(ChildPurpose purpose, Payload.Notify error) {
    ChildPolicy policy = purpose.policy();
    return switch (purpose) {
      case ChildPurpose.First first ->
          error.is(NotifyType.TS_UNACCEPTABLE)
              ? ": peer refused " + Wording.selectors(policy.selectors)
              : ": peer refused to create a child SA " + offer(policy);
      case ChildPurpose.Additional additional -> "";
      case ChildPurpose.Rekey rekey -> ": peer refused to rekey a child SA " + offer(policy);
    };
  }

  private static String offer(ChildPolicy policy) {
    return Wording.describe(
        Negotiation.espOffer(policy.config.proposals(), new Spi(0), policy.config.pfsGroup()));
  }

  /** The group that the peer insists on, if it is ours to take another than we sent. */
  private static Optional<DhGroup> otherGroup(
      PendingRequest.CreateChild request, Payload.Notify error) {
    DhKeyPair sent = request.keyPair();
    return error.is(NotifyType.INVALID_KE_PAYLOAD)
            && request.purpose().policy().config.pfsGroup() == null
        ? Negotiation.wantedGroup(error).filter(g -> sent == null || g != sent.group())
        : Optional.empty();
  }

  private void react(
      IkeSa ike,
      Vpn vpn,
      PendingRequest.CreateChild request,
      Refusals.Kind kind,
      DownReason reason,
      String text,
      List<String> remedies,
      Step step) {
    ChildPurpose purpose = request.purpose();
    ChildPair old = purpose.old();
    if (purpose instanceof ChildPurpose.First(ChildPolicy policy) && vpn.hasSeveralPolicies()) {
      reactOfSeveral(ike, policy, kind, reason, text, remedies, step);
      return;
    }
    ike.refusals++;
    Duration left = old == null ? Duration.ofDays(1) : Duration.between(step.now(), old.expires);
    Refusals.Reaction reaction = Refusals.reaction(purpose.asked(), kind, ike.refusals, left);
    boolean mayPass = kind == Refusals.Kind.PASSING && reaction == Refusals.Reaction.RETRY_LATER;
    boolean hasPairs = purpose instanceof ChildPurpose.Additional;
    if (mayPass) {
      step.add(new Effect.CountFailure(vpn, reason));
    } else if (!hasPairs && reaction != Refusals.Reaction.RETRY_WITH_ITS_GROUP) {
      step.add(new Effect.TellFailure(vpn, reason, text, remedies));
    }
    settled(purpose);
    switch (reaction) {
      case RETRY_LATER -> retryLater(ike, vpn, purpose, step);
      case RETRY_WITH_ITS_GROUP -> retryNow(ike, purpose, step);
      case FORGET_PAIR ->
          step.add(new Effect.RetirePair(IkeSa.present(old), DownReason.DELETED_BY_PEER, text));
      case DO_WITHOUT -> step.add(new Effect.DoWithoutPairs(ike, vpn, text));
      case FRESH_IKE_SA -> {
        if (hasPairs) {
          vpn.additionalPairsFrom = step.now().plus(Vpn.REFUSAL_REMEMBERED);
          step.add(new Effect.DoWithoutPairs(ike, vpn, text));
        }
        step.add(new Effect.BeginSuccession(ike, reason, text));
      }
      case NOTHING -> {}
    }
  }

  /** One of several policies is refused: it is the only one that suffers. */
  private void reactOfSeveral(
      IkeSa ike,
      ChildPolicy policy,
      Refusals.Kind kind,
      DownReason reason,
      String text,
      List<String> remedies,
      Step step) {
    int inARow = policy.failuresInARow + 1;
    Refusals.Asked asked = Refusals.Asked.ONE_OF_SEVERAL_CHILDREN;
    switch (Refusals.reaction(asked, kind, inARow, Duration.ofDays(1))) {
      case RETRY_WITH_ITS_GROUP -> {
        policy.failuresInARow++;
        retryNow(ike, new ChildPurpose.First(policy), step);
      }
      case FRESH_IKE_SA -> {
        step.add(new Effect.TellFailure(policy.vpn, reason, text, remedies));
        step.add(new Effect.BeginSuccession(ike, reason, text));
      }
      default -> step.add(new Effect.PolicyFailed(ike, policy, reason, text, remedies));
    }
  }

  private void retryLater(IkeSa ike, Vpn vpn, ChildPurpose purpose, Step step) {
    // Jittered, so that two that cross do not cross again.
    Duration pause = random.jittered(Refusals.pause(ike.refusals), 500, 1500);
    switch (purpose) {
      case ChildPurpose.First first -> step.add(new Effect.Pause(vpn, pause));
      case ChildPurpose.Additional additional -> step.add(new Effect.AskForPairsLater(vpn, pause));
      case ChildPurpose.Rekey(ChildPair old) -> {
        old.rekeyNotBefore = step.now().plus(pause);
        if (old.state == ChildPair.State.INSTALLED) {
          step.add(
              new Effect.StartTimer(new IkeTimer.RekeyChild(old.inboundSpi()), old.rekeyNotBefore));
        }
      }
    }
  }

  private void retryNow(IkeSa ike, ChildPurpose purpose, Step step) {
    switch (purpose) {
      case ChildPurpose.First(ChildPolicy policy) ->
          ike.window.enqueue(new QueuedRequest.FirstChild(policy));
      case ChildPurpose.Additional additional ->
          ike.window.enqueue(new QueuedRequest.AdditionalChild());
      case ChildPurpose.Rekey(ChildPair old) -> rekey(old, step);
    }
    step.add(new Effect.SendNext(ike));
  }

  /** Its response made no sense. */
  public void unanswered(PendingRequest.CreateChild request) {
    request.erase();
    settled(request.purpose());
  }
}
