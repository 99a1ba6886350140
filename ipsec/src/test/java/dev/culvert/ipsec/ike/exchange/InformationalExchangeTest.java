package dev.culvert.ipsec.ike.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.sa.Spi;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Deletes in INFORMATIONAL (RFC 7296 §1.4.1), alone: a message in, effects out. */
class InformationalExchangeTest {
  private final ExchangeRig rig = new ExchangeRig();
  private final InformationalExchange exchange = new InformationalExchange();
  private final IkeSa ike = rig.established(false);
  private final ChildPair pair = rig.pair(ike, 5000);

  private void deleted(int protocol, Spi... spis) {
    Payload.Delete delete =
        new Payload.Delete(protocol, List.of(spis).stream().map(Negotiation::spiOctets).toList());
    exchange.request(ike, 7, new Payloads(List.of(delete)), List.of(), rig.step);
  }

  private static Effect.SendResponse answer(IkeSa ike, Payload... payloads) {
    return new Effect.SendResponse(ike, ExchangeType.INFORMATIONAL, 7, List.of(payloads));
  }

  @Test
  void aPairThatThePeerDeletesIsRetiredAndItsOtherHalfNamedInTheAnswer() {
    deleted(Proposal.PROTOCOL_ESP, pair.sa.outboundSpi());

    assertThat(rig.effects())
        .containsExactly(
            Effect.RetirePair.deletedByPeer(pair),
            answer(
                ike,
                new Payload.Delete(
                    Proposal.PROTOCOL_ESP, List.of(Negotiation.spiOctets(pair.inboundSpi())))));
  }

  @Test
  void ofAPairThatBothDeleteAtOnceTheAnswerIsEmpty() {
    exchange.deleteChild(pair, rig.step);
    assertThat(rig.effects())
        .containsExactly(
            new Effect.StopTimer(new IkeTimer.RekeyChild(pair.inboundSpi())),
            new Effect.SendNext(ike));
    assertThat(ike.window.queue()).containsExactly(new QueuedRequest.DeleteChild(pair));

    deleted(Proposal.PROTOCOL_ESP, pair.sa.outboundSpi());

    assertThat(rig.effects()).containsExactly(Effect.RetirePair.deletedByPeer(pair), answer(ike));
  }

  @Test
  void anUnknownPairIsNobodysAndTheAnswerEmpty() {
    deleted(Proposal.PROTOCOL_ESP, new Spi(0x7777));

    assertThat(rig.effects()).containsExactly(answer(ike));
  }

  @Test
  void anIkeSaThatThePeerDeletesIsAnsweredFirstAndThenClosed() {
    deleted(Proposal.PROTOCOL_IKE);

    List<Effect> effects = rig.effects();
    assertThat(effects).hasSize(3);
    assertThat(effects.subList(0, 2)).containsExactly(answer(ike), new Effect.HandPairsOver(ike));
    assertThat(effects.getLast())
        .isInstanceOfSatisfying(
            Effect.CloseIkeSa.class,
            close -> {
              assertThat(close.ike()).isSameAs(ike);
              assertThat(close.reason()).isEqualTo(DownReason.DELETED_BY_PEER);
            });
  }
}
