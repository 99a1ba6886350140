package dev.culvert.ipsec.ike;

import dev.culvert.core.wire.Octets;
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

/** INFORMATIONAL: deletes, probes, and the timers behind them (RFC 7296 §1.4, §2.4, §2.23). */
final class InformationalExchange {
  private final Core core;

  InformationalExchange(Core core) {
    this.core = core;
  }

  // The initiator.

  void deleteChild(ChildPair pair, Turn turn) {
    if (pair.state == ChildPair.State.INSTALLED || pair.state == ChildPair.State.REKEYED) {
      pair.state = ChildPair.State.DELETING;
      core.timers.stop(new IkeTimer.RekeyChild(pair.inboundSpi()));
      pair.owner.window.enqueue(new QueuedRequest.DeleteChild(pair));
      core.dispatcher.pump(pair.owner, turn);
    }
  }

  void sendDeleteChild(IkeSa ike, ChildPair pair, Turn turn) {
    if (pair.state != ChildPair.State.DELETING) {
      return; // the peer's delete came first
    }
    core.messenger.request(
        ike, new PendingRequest.DeleteChild(pair), List.of(delete(pair.inboundSpi())), turn);
  }

  void sendDeleteOrphan(IkeSa ike, Spi inboundSpi, Turn turn) {
    core.messenger.request(
        ike, new PendingRequest.DeleteOrphan(inboundSpi), List.of(delete(inboundSpi)), turn);
  }

  private static Payload.Delete delete(Spi inboundSpi) {
    return new Payload.Delete(Proposal.PROTOCOL_ESP, List.of(Negotiation.spiOctets(inboundSpi)));
  }

  void sendDeleteIke(IkeSa ike, Turn turn) {
    core.messenger.request(
        ike,
        new PendingRequest.DeleteIke(),
        List.of(new Payload.Delete(Proposal.PROTOCOL_IKE, List.of())),
        turn);
  }

  void sendProbe(IkeSa ike, Turn turn) {
    core.messenger.request(ike, new PendingRequest.Probe(), List.of(), turn);
  }

  void sendRefusal(IkeSa ike, Turn turn) {
    core.messenger.request(
        ike,
        new PendingRequest.DeleteIke(),
        List.of(Payload.Notify.of(NotifyType.AUTHENTICATION_FAILED)),
        turn);
  }

  void response(IkeSa ike, PendingRequest request, Payloads payloads, Turn turn) {
    Optional<Payload.Notify> error = payloads.error();
    if (error.isPresent()) {
      refused(ike, request, error.get(), turn);
    }
    switch (request) {
      case PendingRequest.DeleteChild(ChildPair pair) ->
          core.keeper.retire(pair, DownReason.CLEARED, "IPSec SA deleted", turn);
      case PendingRequest.DeleteIke delete ->
          core.keeper.close(ike, DownReason.CLEARED, "IKE SA deleted", turn);
      default -> {
        // A probe is answered: the peer lives, and that is all. An orphan was never ours.
      }
    }
  }

  private void refused(IkeSa ike, PendingRequest request, Payload.Notify error, Turn turn) {
    Refusals.Kind kind = Refusals.Kind.of(error.notifyType(), false);
    Refusals.Reaction reaction =
        Refusals.reaction(Refusals.Asked.INFORMATIONAL, kind, 1, Duration.ZERO);
    if (reaction == Refusals.Reaction.FRESH_IKE_SA) {
      if (request instanceof PendingRequest.PathProbe && ike.tunnel != null) {
        ike.tunnel.peerRefusesPathProbes = true;
      }
      String text = NotifyType.name(error.notifyType()) + ": peer answered INFORMATIONAL with it";
      core.succession.beginPaced(ike, DownReason.PROTOCOL_ERROR, text, turn);
    }
  }

  // The responder.

  void request(IkeSa ike, int messageId, Payloads payloads, Turn turn) {
    boolean deletesIke =
        payloads.deletes().stream().anyMatch(d -> d.protocol() == Proposal.PROTOCOL_IKE);
    boolean refusesUs = payloads.has(NotifyType.AUTHENTICATION_FAILED);
    List<Payload> answer = new ArrayList<>();
    if (!deletesIke) {
      List<Octets> ours = deleteChildren(ike, payloads, turn);
      if (!ours.isEmpty()) {
        answer.add(new Payload.Delete(Proposal.PROTOCOL_ESP, ours));
      }
    }
    core.messenger.respond(ike, ExchangeType.INFORMATIONAL, messageId, answer, turn);
    core.invalidSpis.toldBy(ike, payloads, turn);
    if (deletesIke || refusesUs) {
      deletedByPeer(ike, refusesUs, turn);
    }
  }

  /** §1.4.1: the answer names the other halves of the pairs; pairs we are deleting are not told. */
  private List<Octets> deleteChildren(IkeSa ike, Payloads payloads, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    List<Octets> ours = new ArrayList<>();
    if (tunnel == null) {
      return ours;
    }
    for (Payload.Delete delete : payloads.deletes()) {
      for (Octets spi : delete.spis()) {
        Optional<ChildPair> pair =
            tunnel.pairs.stream()
                .filter(p -> p.isUsable() && p.sa.outboundSpi().equals(Negotiation.spi(spi)))
                .findFirst();
        if (pair.isPresent()) {
          if (pair.get().state != ChildPair.State.DELETING) {
            ours.add(Negotiation.spiOctets(pair.get().inboundSpi()));
          }
          deletedByPeer(pair.get(), turn);
        } else {
          UncertainPairs.deleted(ike, Negotiation.spi(spi));
        }
      }
    }
    return ours;
  }

  void deletedByPeer(ChildPair pair, Turn turn) {
    core.keeper.retire(
        pair,
        DownReason.DELETED_BY_PEER,
        "IPSec SA is deleted because received DEL notification from peer",
        turn);
  }

  private void deletedByPeer(IkeSa ike, boolean refusesUs, Turn turn) {
    IkeSa.PendingIkeRekey rekey = ike.ownRekey;
    IkeSa rival = rekey == null ? null : rekey.rival();
    if (rival != null) {
      // §2.25.2: the peer's rekey has won; ours, whose response is still to come, is forgotten.
      core.rekeyIke.replace(ike, rival, turn);
    }
    if (ike.successor != null) {
      // A peer deletes what it has replaced, so it has what we made of its rekey.
      ike.successor.confirmed = true;
    }
    Tunnel tunnel = ike.tunnel;
    if (refusesUs && tunnel != null) {
      core.keeper.failed(
          tunnel,
          DownReason.AUTHENTICATION_FAILED,
          "AUTHENTICATION_FAILED: peer does not accept our proof: the pre-shared key or the"
              + " identities differ",
          turn);
    }
    if (!refusesUs) {
      core.succession.deletedByPeer(ike, turn);
    }
    core.keeper.close(
        ike,
        refusesUs ? DownReason.AUTHENTICATION_FAILED : DownReason.DELETED_BY_PEER,
        refusesUs
            ? "AUTHENTICATION_FAILED: peer does not accept our proof"
            : "IKE SA is deleted because received DEL notification from peer",
        turn);
  }

  // NATs.

  void armKeepalive(IkeSa ike, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    if (tunnel != null && ike.localBehindNat) {
      Duration interval = tunnel.gateway.natKeepalive();
      core.timers.start(new IkeTimer.NatKeepalive(ike.localSpi), turn.now().plus(interval));
    }
  }

  void keepaliveDue(IkeSa ike, Turn turn) {
    if (ike.isEstablished()) {
      core.statistics.keepalivesSent++;
      turn.add(new IkeAction.SendNatKeepalive(ike.local, ike.remote));
      armKeepalive(ike, turn);
    }
  }
}
