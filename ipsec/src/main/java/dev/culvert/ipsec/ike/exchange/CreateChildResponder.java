package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.effect.Continuation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.ChildVerdict;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.ChildPurpose;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.UnitAddresses;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.Spi;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The responder's half of CREATE_CHILD_SA for child SAs (RFC 7296 §1.3.1, §1.3.3, §2.25.1). */
public final class CreateChildResponder {
  private final RandomValues random;
  private final ChildNegotiation childNegotiation;
  private final QueuePairs queuePairs;
  private final TunnelAddresses tunnelAddresses;

  public CreateChildResponder(
      RandomValues random,
      ChildNegotiation childNegotiation,
      QueuePairs queuePairs,
      UnitAddresses unitAddresses) {
    this.random = random;
    this.tunnelAddresses = new TunnelAddresses(unitAddresses);
    this.childNegotiation = childNegotiation;
    this.queuePairs = queuePairs;
  }

  public void request(IkeSa ike, int messageId, Payloads payloads, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn == null || !ike.isEstablished() || ike.ownRekey != null) {
      // §2.25.2: not while the IKE SA itself is being replaced or deleted.
      refuse(ike, messageId, NotifyType.TEMPORARY_FAILURE, Octets.EMPTY, step);
      return;
    }
    ChildPurpose purpose = purpose(ike, vpn, messageId, payloads, step);
    if (purpose == null) {
      return;
    }
    Spi spi = random.newChildSpi(purpose.queue());
    switch (childNegotiation.judge(payloads, purpose.policy(), purpose.model(), spi, false, true)) {
      case ChildVerdict.Refused refused -> {
        step.add(new Effect.TellFailure(vpn, refused.reason(), refused.text(), refused.remedies()));
        refuse(ike, messageId, refused.answer(), Octets.EMPTY, step);
        if (refused.answer() == NotifyType.INVALID_SYNTAX) {
          // RFC 7296 §2.21.3: that answer is the end of the IKE SA on both sides.
          step.add(new Effect.BeginPacedSuccession(ike, refused.reason(), refused.text()));
        }
      }
      case ChildVerdict.Agreed agreed ->
          keyExchange(
              new Continuation.CreateChildAnswer(
                  ike, vpn, messageId, payloads, purpose, spi, agreed),
              step);
    }
  }

  /** What the peer wants it for; null if that is refused. */
  private @Nullable ChildPurpose purpose(
      IkeSa ike, Vpn vpn, int messageId, Payloads payloads, Step step) {
    Optional<Payload.Notify> rekey = payloads.notify(NotifyType.REKEY_SA);
    if (rekey.isPresent()) {
      ChildPair old = byPeerSpi(vpn, rekey.get().spi());
      NotifyType obstacle = old == null ? UncertainPairs.refusal(ike) : obstacle(old);
      if (old != null && obstacle == null) {
        return new ChildPurpose.Rekey(old);
      }
      refuseRekey(ike, messageId, IkeSa.present(obstacle), rekey.get(), step);
      return null;
    }
    ChildPolicy policy = ChildNegotiation.choose(ike, vpn, payloads);
    ChildPair model = queuePairs.modelFor(ike, policy, payloads);
    if (model == null) {
      return new ChildPurpose.First(policy);
    }
    if (queuePairs.takesMore(ike, policy)) {
      return new ChildPurpose.Additional(model, queuePairs.leastLoaded(ike, policy));
    }
    vpn.record(step.now(), "Additional IPSec SA refused: TS_MAX_QUEUE");
    refuse(ike, messageId, NotifyType.TS_MAX_QUEUE, Octets.EMPTY, step);
    return null;
  }

  private static @Nullable ChildPair byPeerSpi(Vpn vpn, Octets spi) {
    return spi.length() != 4
        ? null
        : vpn.pairs.stream()
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
      IkeSa ike, int messageId, NotifyType obstacle, Payload.Notify rekey, Step step) {
    Payload.Notify notify =
        obstacle == NotifyType.CHILD_SA_NOT_FOUND
            ? new Payload.Notify(
                Proposal.PROTOCOL_ESP, rekey.spi(), obstacle.wireValue(), Octets.EMPTY)
            : Payload.Notify.of(obstacle);
    step.add(
        new Effect.SendResponse(ike, ExchangeType.CREATE_CHILD_SA, messageId, List.of(notify)));
  }

  private void keyExchange(Continuation.CreateChildAnswer then, Step step) {
    DhGroup group = then.agreed().chosen().group();
    if (group == null) {
      answer(then, null, step);
      return;
    }
    Payload.KeyExchange ke = then.request().keyExchange();
    if (ke == null || ke.group() != group.wireValue()) {
      Octets wanted = new WireWriter().u16(group.wireValue()).toOctets();
      refuse(then.ike(), then.messageId(), NotifyType.INVALID_KE_PAYLOAD, wanted, step);
      return;
    }
    step.add(
        new Effect.Compute(
            new Computation.GenerateAndAgree(group, random.seed(), ke.data()), then));
  }

  public void agreed(Continuation.CreateChildAnswer then, ComputationResult result, Step step) {
    IkeSa ike = then.ike();
    ChildPair old = then.purpose().old();
    boolean isGone = old != null && obstacle(old) != null;
    if (isGone || !ike.isEstablished() || ike.ownRekey != null) {
      result.erase();
      // Something that was settled meanwhile has taken the pair away.
      refuse(ike, then.messageId(), NotifyType.TEMPORARY_FAILURE, Octets.EMPTY, step);
    } else if (result instanceof ComputationResult.Agreed exchanged) {
      answer(then, exchanged, step);
      exchanged.erase();
    } else {
      // RFC 7296 §2.21.3: that answer is the end of the IKE SA on both sides.
      refuse(ike, then.messageId(), NotifyType.INVALID_SYNTAX, Octets.EMPTY, step);
      step.add(
          new Effect.BeginPacedSuccession(
              ike, DownReason.PROTOCOL_ERROR, "PROTOCOL_ERROR: invalid public value"));
    }
  }

  private void answer(
      Continuation.CreateChildAnswer then,
      ComputationResult.@Nullable Agreed exchanged,
      Step step) {
    IkeSa ike = then.ike();
    Vpn vpn = then.vpn();
    Payloads request = then.request();
    ChildVerdict.Agreed agreed = then.agreed();
    Octets nonce = random.nonce();
    ChildPair made =
        childNegotiation.make(
            ike,
            then.purpose().policy(),
            agreed,
            then.spi(),
            false,
            IkeSa.present(request.nonce()),
            nonce,
            exchanged == null ? null : exchanged.sharedSecret(),
            step.now());
    List<Payload> accepted = childNegotiation.accept(agreed);
    List<Payload> payloads = new ArrayList<>();
    payloads.add(accepted.getFirst());
    payloads.add(new Payload.Nonce(nonce));
    DhGroup group = agreed.chosen().group();
    if (exchanged != null && group != null) {
      payloads.add(new Payload.KeyExchange(group.wireValue(), exchanged.ownPublic()));
    }
    payloads.addAll(accepted.subList(1, accepted.size()));
    step.add(new Effect.RefuteSuccession(ike));
    switch (then.purpose()) {
      case ChildPurpose.First first -> {
        // Of two first pairs that crossed, the one that stays has its initiator ask for more.
        ChildPair redundant = made.policy.redundant(made);
        if (redundant != null || !vpn.hasSeveralPolicies()) {
          ike.asksForPairs &= redundant == made;
        }
        step.add(new Effect.InstallPair(made, true));
        tunnelAddresses.heard(request, made.policy, step);
        payloads.addAll(queuePairs.answer(request));
        payloads.addAll(tunnelAddresses.announcement(ike, made.policy));
      }
      case ChildPurpose.Additional additional -> {
        // Not to be used before the peer has it: the queue's packets have another way until then.
        step.add(new Effect.InstallPair(made, false));
        vpn.record(step.now(), "Additional IPSec SA negotiation successfully completed");
        payloads.addAll(queuePairs.answer(request));
      }
      case ChildPurpose.Rekey(ChildPair old) -> rekeyedByPeer(vpn, old, made, step);
    }
    step.add(
        new Effect.SendResponse(ike, ExchangeType.CREATE_CHILD_SA, then.messageId(), payloads));
  }

  private void rekeyedByPeer(Vpn vpn, ChildPair old, ChildPair made, Step step) {
    step.add(new Effect.InstallPair(made, false));
    vpn.childRekeys++;
    vpn.record(step.now(), "IPSec SA rekey successfully completed");
    step.add(new Effect.Report(RekeyNotices.child(vpn, old, made, false)));
    // A rekey of ours that is merely queued or being prepared is dropped instead.
    if (old.ownRekeySent) {
      old.madeByPeer = made;
    } else {
      step.add(new Effect.MarkRekeyed(old));
    }
  }

  private void refuse(IkeSa ike, int messageId, NotifyType type, Octets data, Step step) {
    step.add(
        new Effect.SendResponse(
            ike, ExchangeType.CREATE_CHILD_SA, messageId, List.of(Payload.Notify.of(type, data))));
  }
}
