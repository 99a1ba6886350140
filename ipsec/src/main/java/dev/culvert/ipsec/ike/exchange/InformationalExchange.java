package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Refusals;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** INFORMATIONAL: deletes, probes, and the timers behind them (RFC 7296 §1.4, §2.4, §2.23). */
public final class InformationalExchange {

  public InformationalExchange() {}

  // The initiator.

  public void deleteChild(ChildPair pair, Step step) {
    if (pair.state == ChildPair.State.INSTALLED || pair.state == ChildPair.State.REKEYED) {
      pair.state = ChildPair.State.DELETING;
      step.add(new Effect.StopTimer(new IkeTimer.RekeyChild(pair.inboundSpi())));
      pair.owner.window.enqueue(new QueuedRequest.DeleteChild(pair));
      step.add(new Effect.SendNext(pair.owner));
    }
  }

  public void sendDeleteChild(IkeSa ike, ChildPair pair, Step step) {
    if (pair.state != ChildPair.State.DELETING) {
      return; // the peer's delete came first
    }
    step.add(
        new Effect.SendRequest(
            ike, new PendingRequest.DeleteChild(pair), List.of(delete(pair.inboundSpi()))));
  }

  public void sendDeleteOrphan(IkeSa ike, Spi inboundSpi, Step step) {
    step.add(
        new Effect.SendRequest(
            ike, new PendingRequest.DeleteOrphan(inboundSpi), List.of(delete(inboundSpi))));
  }

  private static Payload.Delete delete(Spi inboundSpi) {
    return new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Negotiation.spiOctets(inboundSpi)));
  }

  public void sendDeleteIke(IkeSa ike, Step step) {
    step.add(
        new Effect.SendRequest(
            ike,
            new PendingRequest.DeleteIke(),
            List.of(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of()))));
  }

  public void sendProbe(IkeSa ike, Step step) {
    step.add(new Effect.SendRequest(ike, new PendingRequest.Probe(), List.of()));
  }

  public void sendRefusal(IkeSa ike, Step step) {
    step.add(
        new Effect.SendRequest(
            ike,
            new PendingRequest.DeleteIke(),
            List.of(Payload.Notify.of(NotifyType.AUTHENTICATION_FAILED))));
  }

  public void response(IkeSa ike, PendingRequest request, Payloads payloads, Step step) {
    Optional<Payload.Notify> error = payloads.error();
    if (error.isPresent()) {
      refused(ike, request, error.get(), step);
    }
    switch (request) {
      case PendingRequest.DeleteChild(ChildPair pair) ->
          step.add(new Effect.RetirePair(pair, DownReason.CLEARED, "IPSec SA deleted"));
      case PendingRequest.DeleteIke delete ->
          step.add(new Effect.CloseIkeSa(ike, DownReason.CLEARED, "IKE SA deleted"));
      default -> {
        // A probe is answered: the peer lives, and that is all. An orphan was never ours.
      }
    }
  }

  private void refused(IkeSa ike, PendingRequest request, Payload.Notify error, Step step) {
    Refusals.Kind kind = Refusals.Kind.of(error.notifyType(), false);
    Refusals.Reaction reaction =
        Refusals.reaction(Refusals.Asked.INFORMATIONAL, kind, 1, Duration.ZERO);
    if (reaction == Refusals.Reaction.FRESH_IKE_SA) {
      if (request instanceof PendingRequest.PathProbe && ike.vpn != null) {
        ike.vpn.pathProbesFrom = step.now().plus(Vpn.REFUSAL_REMEMBERED);
      }
      String text = NotifyType.name(error.notifyType()) + ": peer answered INFORMATIONAL with it";
      step.add(new Effect.BeginPacedSuccession(ike, DownReason.PROTOCOL_ERROR, text));
    }
  }

  // The responder.

  /**
   * @param beyond what is to be answered to anything else that the request holds
   */
  public void request(
      IkeSa ike, int messageId, Payloads payloads, List<Payload> beyond, Step step) {
    boolean deletesIke =
        payloads.deletes().stream().anyMatch(d -> d.protocol() == Proposal.PROTOCOL_IKE);
    boolean refusesUs = payloads.has(NotifyType.AUTHENTICATION_FAILED);
    List<Payload> answer = new ArrayList<>(beyond);
    if (!deletesIke) {
      List<Octets> ours = deleteChildren(ike, payloads, step);
      if (!ours.isEmpty()) {
        answer.add(new Payload.Delete(Proposal.PROTOCOL_ESP, ours));
      }
    }
    step.add(new Effect.SendResponse(ike, ExchangeType.INFORMATIONAL, messageId, answer));
    QuickCrashDetection.keep(ike, payloads);
    toldOfInvalidSpi(ike, payloads, step);
    if (deletesIke || refusesUs) {
      deletedByPeer(ike, refusesUs, step);
    }
  }

  /** §1.4.1: the answer names the other halves of the pairs; pairs we are deleting are not told. */
  private List<Octets> deleteChildren(IkeSa ike, Payloads payloads, Step step) {
    Vpn vpn = ike.vpn;
    List<Octets> ours = new ArrayList<>();
    if (vpn == null) {
      return ours;
    }
    for (Payload.Delete delete : payloads.deletes()) {
      for (Octets spi : delete.spis()) {
        Optional<ChildPair> pair =
            vpn.pairs.stream()
                .filter(p -> p.isUsable() && p.sa.outboundSpi().equals(Negotiation.spi(spi)))
                .findFirst();
        if (pair.isPresent()) {
          if (pair.get().state != ChildPair.State.DELETING) {
            ours.add(Negotiation.spiOctets(pair.get().inboundSpi()));
          }
          step.add(Effect.RetirePair.deletedByPeer(pair.get()));
        } else {
          UncertainPairs.deleted(ike, Negotiation.spi(spi));
        }
      }
    }
    return ours;
  }

  private void deletedByPeer(IkeSa ike, boolean refusesUs, Step step) {
    IkeSa.PendingIkeRekey rekey = ike.ownRekey;
    IkeSa rival = rekey == null ? null : rekey.rival();
    if (rival != null) {
      // §2.25.2: the peer's rekey has won; ours, whose response is still to come, is forgotten.
      step.add(new Effect.ReplaceIkeSa(ike, rival));
    }
    if (ike.successor != null) {
      // A peer deletes what it has replaced, so it has what we made of its rekey.
      ike.successor.confirmed = true;
    }
    Vpn vpn = ike.vpn;
    if (refusesUs && vpn != null) {
      step.add(
          new Effect.TellFailure(
              vpn,
              DownReason.AUTHENTICATION_FAILED,
              "AUTHENTICATION_FAILED: peer does not accept our proof: the pre-shared key or the"
                  + " identities differ"));
    }
    if (!refusesUs) {
      step.add(new Effect.HandPairsOver(ike));
    }
    step.add(
        new Effect.CloseIkeSa(
            ike,
            refusesUs ? DownReason.AUTHENTICATION_FAILED : DownReason.DELETED_BY_PEER,
            refusesUs
                ? "AUTHENTICATION_FAILED: peer does not accept our proof"
                : "IKE SA is deleted because received DEL notification from peer"));
  }

  /** The peer does not have the SA we send on: that pair is of no use any more. */
  private void toldOfInvalidSpi(IkeSa ike, Payloads payloads, Step step) {
    ChildPair lost =
        payloads
            .notify(NotifyType.INVALID_SPI)
            .filter(notify -> notify.data().length() == Integer.BYTES)
            .map(notify -> lost(ike, Negotiation.spi(notify.data())))
            .orElse(null);
    if (lost != null) {
      lost.vpn.record(
          step.now(), "IPSec SA is deleted because peer does not know it (INVALID_SPI)");
      deleteChild(lost, step);
    }
  }

  private static @Nullable ChildPair lost(IkeSa ike, Spi outbound) {
    Vpn vpn = ike.vpn;
    return vpn == null
        ? null
        : vpn.pairs.stream()
            .filter(p -> p.state == ChildPair.State.INSTALLED && p.owner == ike)
            .filter(p -> p.sa.outboundSpi().equals(outbound))
            .findFirst()
            .orElse(null);
  }
}
