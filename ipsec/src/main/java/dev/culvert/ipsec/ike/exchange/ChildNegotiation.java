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
import dev.culvert.ipsec.ike.negotiation.Selectors;
import dev.culvert.ipsec.ike.negotiation.Wording;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Lifetimes;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What IKE_AUTH and CREATE_CHILD_SA have in common: offering, judging and making child SAs. */
public final class ChildNegotiation {
  private final Lifetimes lifetimes;

  public ChildNegotiation(Lifetimes lifetimes) {
    this.lifetimes = lifetimes;
  }

  /**
   * @param model the child SA is to be like that one
   */
  public Payload.SecurityAssociation offer(
      ChildPolicy policy, @Nullable ChildPair model, Spi spi, @Nullable DhGroup group) {
    return new Payload.SecurityAssociation(
        Negotiation.espOffer(proposals(policy, model), spi, group));
  }

  private static List<EspProposal> proposals(ChildPolicy policy, @Nullable ChildPair model) {
    return model == null ? policy.config.proposals() : List.of(model.agreedProposal());
  }

  /** TSi and TSr of our request: the policy's, or those of the pair that it is to be like. */
  public List<Payload> selectors(ChildPolicy policy, @Nullable ChildPair model) {
    return List.of(
        new Payload.TrafficSelectors(
            true, model == null ? policy.localOffer() : model.sa.localSelectors()),
        new Payload.TrafficSelectors(
            false, model == null ? policy.remoteOffer() : model.sa.remoteSelectors()));
  }

  /**
   * What the peer's message offers or leaves, from our point of view; nothing without selectors.
   *
   * @param ofInitiator we are the one whose side TSi is
   */
  private static Selectors.Offer said(Payloads message, boolean ofInitiator) {
    Payload.TrafficSelectors local = message.selectors(ofInitiator);
    Payload.TrafficSelectors remote = message.selectors(!ofInitiator);
    return new Selectors.Offer(
        local == null ? List.of() : local.selectors(),
        remote == null ? List.of() : remote.selectors());
  }

  /**
   * The policy that the peer's request for a child SA is best for: the one with the packet that it
   * names, then the one that agrees best, then one that has no pair on that IKE SA yet (RFC 7296
   * §2.9). Where none agrees the first, for its refusal.
   */
  static ChildPolicy choose(IkeSa ike, Vpn vpn, Payloads request) {
    Selectors.Offer offer = said(request, false);
    // Of equals the first of the configuration: max would take the last.
    return vpn.policies.reversed().stream()
        .filter(policy -> Selectors.fit(offer, policy.selectors) != Selectors.Fit.NONE)
        .max(
            Comparator.comparing((ChildPolicy p) -> Selectors.holdPacket(offer, p.selectors))
                .thenComparing(p -> Selectors.fit(offer, p.selectors))
                .thenComparing(p -> p.on(ike).isEmpty()))
        .orElse(vpn.policies.getFirst());
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
      ChildPolicy policy,
      @Nullable ChildPair model,
      Spi spi,
      boolean ourRequest,
      boolean withKeyExchange) {
    List<EspProposal> proposals = proposals(policy, model);
    Payload.SecurityAssociation sa = payloads.sa();
    if (sa == null || payloads.selectors(true) == null || payloads.selectors(false) == null) {
      return new ChildVerdict.Refused(
          NotifyType.INVALID_SYNTAX,
          DownReason.PROTOCOL_ERROR,
          "PROTOCOL_ERROR: SA, TSi or TSr is missing",
          List.of());
    }
    DhGroup pfsGroup = policy.config.pfsGroup();
    Optional<Negotiation.ChosenEsp> chosen =
        Negotiation.chooseEsp(proposals, sa.proposals(), spi, withKeyExchange, pfsGroup);
    if (chosen.isEmpty()) {
      String text =
          Wording.noEspProposal(sa.proposals(), proposals, withKeyExchange ? pfsGroup : null);
      return new ChildVerdict.Refused(
          NotifyType.NO_PROPOSAL_CHOSEN,
          DownReason.NO_PROPOSAL_CHOSEN,
          text + " (ESP)",
          Remedies.forEsp(sa.proposals(), proposals, policy.config, withKeyExchange));
    }
    Selectors.Offer theirs = said(payloads, ourRequest);
    List<TrafficSelector> local = Selectors.narrow(theirs.local(), policy.selectors.local());
    List<TrafficSelector> remote = Selectors.narrow(theirs.remote(), policy.selectors.remote());
    boolean exceedsOffer =
        ourRequest
            && !(Selectors.covers(policy.selectors.local(), theirs.local())
                && Selectors.covers(policy.selectors.remote(), theirs.remote()));
    if (local.isEmpty() || remote.isEmpty() || exceedsOffer) {
      return new ChildVerdict.Refused(
          NotifyType.TS_UNACCEPTABLE,
          DownReason.TS_UNACCEPTABLE,
          Wording.noSelectors(theirs, policy.vpn.policies.stream().map(p -> p.selectors).toList()),
          Remedies.forSelectors(theirs, policy.config));
    }
    ChildVerdict.Agreed agreed = new ChildVerdict.Agreed(chosen.get(), local, remote);
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
      ChildPolicy policy,
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
            policy.config.bindInterface(),
            policy.config.name(),
            policy.carrier(),
            policy.vpn.shortcut == null ? policy.index : policy.number,
            inboundSpi,
            chosen.peerSpi(),
            chosen.ours().algorithm(),
            ourRequest ? keys.responder() : keys.initiator(),
            ourRequest ? keys.initiator() : keys.responder(),
            ike.local,
            ike.remote,
            ike.udpEncapsulated,
            policy.config.replayWindow(),
            chosen.extendedSequenceNumbers(),
            lifetimes.lifetime(chosen.ours(), ourRequest),
            policy.config.dfBit(),
            agreed.local(),
            agreed.remote(),
            policy.path());
    Octets lowest = initiatorNonce.compareTo(responderNonce) <= 0 ? initiatorNonce : responderNonce;
    Instant rekeys = lifetimes.softEnd(now, chosen.ours().lifetime(), ourRequest);
    return new ChildPair(sa, chosen.ours(), chosen.group(), policy, ike, lowest, now, rekeys);
  }
}
