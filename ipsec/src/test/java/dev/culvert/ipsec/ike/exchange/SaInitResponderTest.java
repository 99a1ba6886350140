package dev.culvert.ipsec.ike.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.Computation;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.effect.Continuation;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** IKE_SA_INIT as the responder, alone: a request in, effects out. */
class SaInitResponderTest {
  private final ExchangeRig rig = new ExchangeRig();
  private final SaInitResponder responder =
      new SaInitResponder(rig.tables, rig.random, new CookieJar(new Random(2)), rig.statistics);

  private void request(Endpoint from, DhGroup group, Octets publicValue) {
    IkeHeader header =
        new IkeHeader(
            0x1111,
            0,
            0,
            IkeHeader.MAJOR_VERSION,
            ExchangeType.IKE_SA_INIT.wireValue(),
            true,
            false,
            0,
            0);
    IkeMessage message =
        new IkeMessage(
            header,
            List.of(
                ExchangeRig.ikeOffer(),
                new Payload.KeyExchange(group.wireValue(), publicValue),
                new Payload.Nonce(ExchangeRig.octets(32, 6))));
    responder.request(ExchangeRig.OURS, from, message, message.encode(), rig.step);
  }

  private static Octets publicValue() {
    Secret seed = Secret.copyOf(ExchangeRig.octets(64, 7).toByteArray());
    var generated =
        (ComputationResult.KeyGenerated) new Computation.GenerateKey(DhGroup.GROUP31, seed).run();
    return generated.keyPair().publicValue();
  }

  @Test
  void aRequestHasTheKeyAgreementComputedAndItsResultTheResponseSent() {
    request(ExchangeRig.PEERS, DhGroup.GROUP31, publicValue());

    IkeSa ike = rig.tables.ikeSas.all().firstEntry().getValue();
    List<Effect> effects = rig.effects();
    assertThat(effects).hasSize(2);
    assertThat(effects.getFirst())
        .isEqualTo(
            new Effect.StartTimer(
                new IkeTimer.HalfOpen(ike.localSpi),
                ExchangeRig.NOW.plus(SaInitExchange.HALF_OPEN_LIFETIME)));
    Effect.Compute compute = (Effect.Compute) effects.getLast();
    assertThat(compute.then().ike()).isSameAs(ike);
    assertThat(ike.state).isEqualTo(IkeSa.State.HALF_OPEN);

    responder.agreed(
        (Continuation.SaInitAnswer) compute.then(), compute.computation().run(), rig.step);

    assertThat(rig.effects())
        .singleElement()
        .isInstanceOfSatisfying(
            Effect.SendResponse.class,
            response -> {
              assertThat(response.ike()).isSameAs(ike);
              assertThat(response.exchange()).isEqualTo(ExchangeType.IKE_SA_INIT);
              assertThat(response.payloads())
                  .hasAtLeastOneElementOfType(Payload.SecurityAssociation.class)
                  .hasAtLeastOneElementOfType(Payload.KeyExchange.class)
                  .contains(new Payload.Nonce(ike.responderNonce));
            });
    assertThat(ike.keys).isNotNull();
  }

  @Test
  void anInvalidPublicValueIsNotAnsweredAndCountsAsLongAsAnyOther() {
    request(ExchangeRig.PEERS, DhGroup.GROUP31, ExchangeRig.octets(32, 0));
    Effect.Compute compute = (Effect.Compute) rig.effects().getLast();

    responder.agreed(
        (Continuation.SaInitAnswer) compute.then(), compute.computation().run(), rig.step);

    assertThat(rig.effects()).isEmpty();
    assertThat(compute.then().ike().state).isEqualTo(IkeSa.State.CLOSED);
    assertThat(rig.tables.ikeSas.halfOpen().count()).isEqualTo(1);
  }

  @Test
  void theGroupThatWeWantIsNamedAndNothingKept() {
    request(ExchangeRig.PEERS, DhGroup.GROUP14, ExchangeRig.octets(256, 8));

    assertThat(rig.effects())
        .singleElement()
        .isInstanceOfSatisfying(
            Effect.AnswerUnbound.class,
            answer -> {
              Octets wanted = Octets.wrap(new byte[] {0, 31});
              assertThat(answer.answer())
                  .containsExactly(Payload.Notify.of(NotifyType.INVALID_KE_PAYLOAD, wanted));
            });
    assertThat(rig.tables.ikeSas.all()).isEmpty();
  }

  @Test
  void whoeverIsOfNoGatewayIsRefusedAndNothingKept() {
    Endpoint stranger = new Endpoint(Ipv4Address.of("203.0.113.9"), 500);
    request(stranger, DhGroup.GROUP31, publicValue());

    List<Effect> effects = rig.effects();
    assertThat(effects).hasSize(2);
    assertThat(effects.getFirst()).isInstanceOf(Effect.Report.class);
    assertThat(effects.getLast())
        .isInstanceOfSatisfying(
            Effect.AnswerUnbound.class,
            answer -> {
              assertThat(answer.remote()).isEqualTo(stranger);
              assertThat(answer.answer())
                  .containsExactly(Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN));
            });
    assertThat(rig.tables.ikeSas.all()).isEmpty();
  }
}
