package dev.culvert.ipsec.ike.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.InitialContacts;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.sa.Spi;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The refusals of IKE_AUTH, alone: a message in, effects out. */
class IkeAuthExchangeTest {
  private static final Payload.Authentication WRONG =
      new Payload.Authentication(Payload.Authentication.SHARED_KEY, ExchangeRig.octets(32, 9));

  private final ExchangeRig rig = new ExchangeRig();
  private final IkeAuthExchange exchange =
      new IkeAuthExchange(
          rig.tables,
          rig.random,
          new InitialContacts(rig.tables.ikeSas),
          rig.childNegotiation,
          rig.queuePairs,
          new QuickCrashDetection(
              rig.tables.ikeSas,
              rig.statistics,
              Secret.copyOf(ExchangeRig.octets(32, 10).toByteArray())),
          rig.statistics);

  private static Payloads saying(boolean initiator, IkeIdentity identity) {
    return ExchangeRig.childSa(5000, Payload.Identification.of(initiator, identity), WRONG);
  }

  private static void assertRefused(Effect effect, IkeSa ike) {
    assertThat(effect)
        .isEqualTo(
            new Effect.SendResponse(
                ike,
                ExchangeType.IKE_AUTH,
                1,
                List.of(Payload.Notify.of(NotifyType.AUTHENTICATION_FAILED))));
  }

  @Test
  void aPeerWithAnotherKeyIsRefusedAndTheVpnIsToldWhy() {
    IkeSa ike = rig.ikeSa(false, IkeSa.State.HALF_OPEN);
    exchange.request(ike, 1, saying(true, ExchangeRig.PEER), rig.step);

    List<Effect> effects = rig.effects();
    assertThat(effects).hasSize(2);
    assertRefused(effects.getFirst(), ike);
    assertThat(effects.getLast())
        .isInstanceOfSatisfying(
            Effect.TellFailure.class,
            failure -> {
              assertThat(failure.vpn()).isSameAs(rig.vpn);
              assertThat(failure.reason()).isEqualTo(DownReason.AUTHENTICATION_FAILED);
            });
    assertThat(ike.state).isEqualTo(IkeSa.State.CLOSED);
    assertThat(ike.vpn).isNull();
  }

  @Test
  void aPeerOfAnotherNameIsRefusedInTheSameWords() {
    IkeSa ike = rig.ikeSa(false, IkeSa.State.HALF_OPEN);
    exchange.request(ike, 1, saying(true, new IkeIdentity.Hostname("another")), rig.step);

    List<Effect> effects = rig.effects();
    assertThat(effects).hasSize(2);
    assertRefused(effects.getFirst(), ike);
    assertThat(effects.getLast())
        .isInstanceOfSatisfying(
            Effect.TellFailure.class,
            failure -> assertThat(failure.reason()).isEqualTo(DownReason.IDENTITY_MISMATCH));
  }

  /** RFC 7296 §2.21.2: the peer takes the IKE SA for established. */
  @Test
  void aResponderWithAnotherKeyIsToldInAnExchangeOfItsOwn() {
    IkeSa ike = rig.ikeSa(true, IkeSa.State.AUTHENTICATING);
    rig.tables.ikeSas.assign(ike, rig.vpn);
    PendingRequest.Auth request =
        new PendingRequest.Auth(rig.vpn.policies.getFirst(), new Spi(4000), true);
    exchange.response(ike, request, saying(false, ExchangeRig.PEER), rig.step);

    List<Effect> effects = rig.effects();
    assertThat(effects).hasSize(3);
    assertThat(effects.getFirst()).isEqualTo(new Effect.SendNext(ike));
    assertThat(effects.get(1))
        .isInstanceOfSatisfying(
            Effect.TellFailure.class,
            failure -> assertThat(failure.reason()).isEqualTo(DownReason.AUTHENTICATION_FAILED));
    assertThat(effects.getLast()).isEqualTo(new Effect.PauseAfterFailures(rig.vpn));
    assertThat(ike.window.queue()).containsExactly(new QueuedRequest.RefusePeer());
    assertThat(ike.state).isEqualTo(IkeSa.State.DELETING);
    assertThat(rig.vpn.failuresInARow).isEqualTo(1);
  }

  @Test
  void anAttemptThatThePeerRefusesHasFailed() {
    IkeSa ike = rig.ikeSa(true, IkeSa.State.AUTHENTICATING);
    rig.tables.ikeSas.assign(ike, rig.vpn);
    Payloads refusal = new Payloads(List.of(Payload.Notify.of(NotifyType.AUTHENTICATION_FAILED)));
    exchange.response(
        ike,
        new PendingRequest.Auth(rig.vpn.policies.getFirst(), new Spi(4000), true),
        refusal,
        rig.step);

    assertThat(rig.effects())
        .singleElement()
        .isInstanceOfSatisfying(
            Effect.AttemptFailed.class,
            failure -> {
              assertThat(failure.ike()).isSameAs(ike);
              assertThat(failure.reason()).isEqualTo(DownReason.AUTHENTICATION_FAILED);
            });
  }
}
