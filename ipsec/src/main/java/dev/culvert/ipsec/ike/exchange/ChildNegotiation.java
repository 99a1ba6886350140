package dev.culvert.ipsec.ike.exchange;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.crypto.ChildKeys;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.KeyDerivation;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.ChildVerdict;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Remedies;
import dev.culvert.ipsec.ike.negotiation.Wording;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Lifetimes;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What IKE_AUTH and CREATE_CHILD_SA have in common: offering, judging and making child SAs. */
public final class ChildNegotiation {
  private static final List<TrafficSelector> ANYTHING =
      List.of(TrafficSelector.ANY_IPV4, TrafficSelector.ANY_IPV6);

  private final Lifetimes lifetimes;

  public ChildNegotiation(Lifetimes lifetimes) {
    this.lifetimes = lifetimes;
  }

  /**
   * @param model the child SA is to be like that one
   */
  public Payload.SecurityAssociation offer(
      Vpn vpn, @Nullable ChildPair model, Spi spi, @Nullable DhGroup group) {
    return new Payload.SecurityAssociation(Negotiation.espOffer(proposals(vpn, model), spi, group));
  }

  private static List<EspProposal> proposals(Vpn vpn, @Nullable ChildPair model) {
    return model == null ? vpn.config.proposals() : List.of(model.agreedProposal());
  }

  /** Everything to everything: routes decide. */
  public List<Payload> selectors(@Nullable ChildPair model) {
    return List.of(
        new Payload.TrafficSelectors(true, model == null ? ANYTHING : model.sa.localSelectors()),
        new Payload.TrafficSelectors(false, model == null ? ANYTHING : model.sa.remoteSelectors()));
  }

  /**
   * Judges the peer's SA and TS payloads.
   *
   * @param model what is agreed has to be like that pair
   * @param ourRequest they answer an offer of ours
   * @param withKeyExchange the exchange may hold KE payloads
   */
  public ChildVerdict judge(
      Payloads payloads,
      Vpn vpn,
      @Nullable ChildPair model,
      Spi spi,
      boolean ourRequest,
      boolean withKeyExchange) {
    List<EspProposal> proposals = proposals(vpn, model);
    Payload.SecurityAssociation sa = payloads.sa();
    Payload.TrafficSelectors ofInitiator = payloads.selectors(true);
    Payload.TrafficSelectors ofResponder = payloads.selectors(false);
    if (sa == null || ofInitiator == null || ofResponder == null) {
      return new ChildVerdict.Refused(
          NotifyType.INVALID_SYNTAX,
          DownReason.PROTOCOL_ERROR,
          "PROTOCOL_ERROR: SA, TSi or TSr is missing",
          List.of());
    }
    DhGroup pfsGroup = vpn.config.pfsGroup();
    Optional<Negotiation.ChosenEsp> chosen =
        Negotiation.chooseEsp(proposals, sa.proposals(), spi, withKeyExchange, pfsGroup);
    if (chosen.isEmpty()) {
      String text =
          Wording.noEspProposal(sa.proposals(), proposals, withKeyExchange ? pfsGroup : null);
      return new ChildVerdict.Refused(
          NotifyType.NO_PROPOSAL_CHOSEN,
          DownReason.NO_PROPOSAL_CHOSEN,
          text + " (ESP)",
          Remedies.forEsp(sa.proposals(), proposals, vpn.config, withKeyExchange));
    }
    List<TrafficSelector> initiators = Negotiation.narrow(ofInitiator.selectors());
    List<TrafficSelector> responders = Negotiation.narrow(ofResponder.selectors());
    if (initiators.isEmpty() || responders.isEmpty()) {
      return new ChildVerdict.Refused(
          NotifyType.TS_UNACCEPTABLE,
          DownReason.TS_UNACCEPTABLE,
          "TS_UNACCEPTABLE: peer offered ["
              + Wording.selectors(ofInitiator.selectors())
              + "] to ["
              + Wording.selectors(ofResponder.selectors())
              + "]",
          Remedies.of(DownReason.TS_UNACCEPTABLE, vpn.gateway, vpn.config));
    }
    ChildVerdict.Agreed agreed =
        ourRequest
            ? new ChildVerdict.Agreed(chosen.get(), initiators, responders)
            : new ChildVerdict.Agreed(chosen.get(), responders, initiators);
    return model == null ? agreed : like(model, agreed);
  }

  private static ChildVerdict like(ChildPair model, ChildVerdict.Agreed agreed) {
    return QueuePairs.isAlike(agreed, model)
        ? new ChildVerdict.Agreed(
            agreed.chosen(), model.sa.localSelectors(), model.sa.remoteSelectors())
        : new ChildVerdict.Refused(
            NotifyType.TS_UNACCEPTABLE,
            DownReason.TS_UNACCEPTABLE,
            "TS_UNACCEPTABLE: an additional child SA has to be like the tunnel's first",
            List.of());
  }

  /** The SA, TSi and TSr payloads that accept the peer's offer. */
  public List<Payload> accept(ChildVerdict.Agreed agreed) {
    return List.of(
        new Payload.SecurityAssociation(List.<Proposal>of(agreed.chosen().answer())),
        new Payload.TrafficSelectors(true, agreed.remote()),
        new Payload.TrafficSelectors(false, agreed.local()));
  }

  /**
   * Keys the pair; installing it is the caller's.
   *
   * @param ourRequest we are the initiator of this exchange (not of the IKE SA)
   */
  ChildPair make(
      IkeSa ike,
      Vpn vpn,
      ChildVerdict.Agreed agreed,
      Spi inboundSpi,
      boolean ourRequest,
      Octets initiatorNonce,
      Octets responderNonce,
      @Nullable Secret sharedSecret,
      Instant now) {
    Negotiation.ChosenEsp chosen = agreed.chosen();
    ChildKeys keys =
        KeyDerivation.childKeys(
            ike.suite().prf(),
            ike.keys().skD(),
            sharedSecret,
            initiatorNonce,
            responderNonce,
            chosen.ours().algorithm());
    ChildSa sa =
        new ChildSa(
            vpn.config.bindInterface(),
            vpn.config.name(),
            vpn.id,
            0,
            inboundSpi,
            chosen.peerSpi(),
            chosen.ours().algorithm(),
            ourRequest ? keys.responder() : keys.initiator(),
            ourRequest ? keys.initiator() : keys.responder(),
            ike.local,
            ike.remote,
            ike.udpEncapsulated,
            vpn.config.replayWindow(),
            chosen.extendedSequenceNumbers(),
            lifetimes.lifetime(chosen.ours(), ourRequest),
            vpn.config.dfBit(),
            agreed.local(),
            agreed.remote());
    Octets lowest = initiatorNonce.compareTo(responderNonce) <= 0 ? initiatorNonce : responderNonce;
    Instant rekeys = lifetimes.softEnd(now, chosen.ours().lifetime(), ourRequest);
    return new ChildPair(sa, chosen.ours(), chosen.group(), vpn, ike, lowest, now, rekeys);
  }
}
