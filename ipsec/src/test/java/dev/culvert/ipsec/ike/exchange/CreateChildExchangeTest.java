package dev.culvert.ipsec.ike.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rekeys of one SA pair that cross (RFC 7296 §2.8.1), alone: messages in, effects out. */
class CreateChildExchangeTest {
  private static final int OLD = 5000;
  private static final int OF_PEERS_REKEY = 6000;
  private static final int OF_OUR_REKEY = 7000;
  private static final Octets LOWEST = ExchangeRig.octets(32, 0);
  private static final Octets HIGHEST = ExchangeRig.octets(32, 0xFF);

  private final ExchangeRig rig = new ExchangeRig();
  private final CreateChildExchange ours =
      new CreateChildExchange(
          rig.random, rig.childNegotiation, rig.queuePairs, rig.tables.unitAddresses);
  private final CreateChildResponder theirs =
      new CreateChildResponder(
          rig.random, rig.childNegotiation, rig.queuePairs, rig.tables.unitAddresses);
  private final IkeSa ike = rig.established(true);
  private final ChildPair old = rig.pair(ike, OLD);

  /** Ours is sent, and the peer's arrives before the response to it. */
  private PendingRequest.CreateChild cross(Octets peersNonce) {
    ours.beginRekey(ike, old, rig.step);
    Effect.SendRequest sent = (Effect.SendRequest) rig.effects().getFirst();
    peerRekeys(peersNonce);
    return (PendingRequest.CreateChild) sent.request();
  }

  private void peerRekeys(Octets peersNonce) {
    Payload.Notify rekey =
        new Payload.Notify(
            Proposal.PROTOCOL_ESP,
            Negotiation.spiOctets(old.sa.outboundSpi()),
            NotifyType.REKEY_SA.wireValue(),
            Octets.EMPTY);
    theirs.request(
        ike,
        8,
        ExchangeRig.childSa(OF_PEERS_REKEY, rekey, new Payload.Nonce(peersNonce)),
        rig.step);
  }

  private void answered(PendingRequest.CreateChild request, Octets peersNonce) {
    ours.response(
        ike, request, ExchangeRig.childSa(OF_OUR_REKEY, new Payload.Nonce(peersNonce)), rig.step);
  }

  private static ChildPair installed(List<Effect> effects, boolean useNow) {
    Effect.InstallPair install =
        effects.stream()
            .filter(Effect.InstallPair.class::isInstance)
            .map(Effect.InstallPair.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(install.useNow()).isEqualTo(useNow);
    return install.pair();
  }

  @Test
  void whileOursIsUnderWayThePeersIsAnsweredAndTheOldPairLeftToWhoeverWins() {
    cross(HIGHEST);

    List<Effect> effects = rig.effects();
    ChildPair made = installed(effects, false);
    assertThat(made.sa.outboundSpi().bits()).isEqualTo(OF_PEERS_REKEY);
    assertThat(old.madeByPeer).isSameAs(made);
    assertThat(effects).noneMatch(Effect.MarkRekeyed.class::isInstance);
    assertThat(effects.getLast()).isInstanceOf(Effect.SendResponse.class);
  }

  @Test
  void oursWithTheLowestNonceIsDeletedAndThePeersStays() {
    PendingRequest.CreateChild request = cross(HIGHEST);
    rig.effects();
    answered(request, LOWEST);

    List<Effect> effects = rig.effects();
    ChildPair made = installed(effects, false);
    assertThat(effects).hasSize(4);
    assertThat(effects.getFirst()).isInstanceOf(Effect.Report.class);
    assertThat(effects.subList(1, 4))
        .containsExactly(
            new Effect.InstallPair(made, false),
            new Effect.MarkRekeyed(old),
            new Effect.DeletePair(made));
  }

  @Test
  void oursStaysIfThePeersHoldsTheLowestNonceAndTheOldPairIsOursToDelete() {
    PendingRequest.CreateChild request = cross(LOWEST);
    ChildPair rival = installed(rig.effects(), false);
    answered(request, HIGHEST);

    List<Effect> effects = rig.effects();
    ChildPair made = installed(effects, true);
    assertThat(effects.subList(1, effects.size()))
        .containsExactly(
            new Effect.InstallPair(made, true),
            new Effect.MarkRekeyed(old),
            new Effect.MarkRekeyed(rival),
            new Effect.DeletePair(old));
  }

  @Test
  void ofAPairThatIsBeingDeletedThePeerIsTurnedAwayForTheMoment() {
    old.state = ChildPair.State.DELETING;
    peerRekeys(HIGHEST);

    assertThat(rig.effects())
        .singleElement()
        .isInstanceOfSatisfying(
            Effect.SendResponse.class,
            response ->
                assertThat(response.payloads())
                    .containsExactly(Payload.Notify.of(NotifyType.TEMPORARY_FAILURE)));
  }
}
