package dev.culvert.ipsec.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.IkeIdentity;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The two notifications of RFC 9611 §6 as they are on the wire, and where they may come. */
class ResourceNotifyTest {
  @Test
  void saResourceInfoIsAStatusWithoutSpiAndMayBeEmpty() {
    Payload.Notify notify = decoded("00" + "00" + "0008" /* payload */ + "00" + "00" + "403c");

    assertThat(notify).isEqualTo(Payload.Notify.of(NotifyType.SA_RESOURCE_INFO));
    assertThat(notify.isError()).isFalse();
  }

  @Test
  void saResourceInfoMayNameTheResource() {
    Payload.Notify notify = decoded("00" + "00" + "000c" + "00" + "00" + "403c" + "00000003");

    assertThat(notify.is(NotifyType.SA_RESOURCE_INFO)).isTrue();
    assertThat(notify.data()).isEqualTo(Octets.ofHex("00000003"));
  }

  /** §6.1: protocol and SPI size are ignored where they are not zero. */
  @Test
  void saResourceInfoWithAProtocolAndAnSpiIsTakenAllTheSame() {
    Payload.Notify notify = decoded("00" + "00" + "000c" + "03" + "04" + "403c" + "c0ffee01");

    assertThat(notify.is(NotifyType.SA_RESOURCE_INFO)).isTrue();
  }

  @Test
  void tsMaxQueueIsAnError() {
    Payload.Notify notify = decoded("00" + "00" + "0008" + "00" + "00" + "0030");

    assertThat(notify).isEqualTo(Payload.Notify.of(NotifyType.TS_MAX_QUEUE));
    assertThat(notify.isError()).isTrue();
  }

  @Test
  void theRulesOfBothExchangesThatMakeChildSasAllowThem() {
    Payload.Notify announcement = Payload.Notify.of(NotifyType.SA_RESOURCE_INFO);
    Payload.Notify refusal = Payload.Notify.of(NotifyType.TS_MAX_QUEUE);
    Payload.Nonce nonce = new Payload.Nonce(Octets.wrap(new byte[32]));
    Payload.SecurityAssociation sa = new Payload.SecurityAssociation(List.of());
    Payload.Identification id =
        Payload.Identification.of(true, new IkeIdentity.Hostname("a.example"));

    assertThat(violation(ExchangeType.IKE_AUTH, false, id, sa, announcement)).isEmpty();
    assertThat(violation(ExchangeType.IKE_AUTH, true, sa, announcement)).isEmpty();
    assertThat(violation(ExchangeType.CREATE_CHILD_SA, false, announcement, sa, nonce)).isEmpty();
    assertThat(violation(ExchangeType.CREATE_CHILD_SA, true, announcement, sa, nonce)).isEmpty();
    assertThat(violation(ExchangeType.CREATE_CHILD_SA, true, refusal)).isEmpty();
    assertThat(violation(ExchangeType.CREATE_CHILD_SA, false, announcement, nonce)).isPresent();
  }

  private static Optional<String> violation(
      ExchangeType exchange, boolean response, Payload... payloads) {
    return MessageRules.violation(exchange, response, List.of(payloads));
  }

  /** Decodes a payload with its generic header, and sees that it is encoded the same way. */
  private static Payload.Notify decoded(String hex) {
    Octets octets = Octets.ofHex(hex);
    if (!(PayloadCodec.decode(Payload.NOTIFY, octets)
        instanceof Decoded.Ok<List<Payload>>(List<Payload> payloads))) {
      throw new AssertionError(hex);
    }
    assertThat(PayloadCodec.encode(payloads)).isEqualTo(octets);
    return (Payload.Notify) payloads.getFirst();
  }
}
