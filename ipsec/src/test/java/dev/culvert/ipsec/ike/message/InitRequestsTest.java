package dev.culvert.ipsec.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InitRequestsTest {
  private static final List<Payload> PAYLOADS =
      List.of(
          new Payload.SecurityAssociation(
              List.of(
                  new Proposal(
                      1,
                      Proposal.PROTOCOL_IKE,
                      Octets.EMPTY,
                      List.of(new Transform(Transform.ENCR, 20, 256))))),
          new Payload.KeyExchange(31, Octets.wrap(new byte[32])),
          new Payload.Nonce(Octets.wrap(new byte[32])));

  private static final Payload COOKIE = Payload.Notify.of(NotifyType.COOKIE, Octets.ofHex("0102"));

  @Test
  void aCookieInFrontIsTakenOffAndTheRestIsAsItWas() {
    Octets without = encode(1, PAYLOADS);
    List<Payload> with = new java.util.ArrayList<>(PAYLOADS);
    with.addFirst(COOKIE);

    assertThat(InitRequests.withoutCookie(encode(1, with))).isEqualTo(without);
    assertThat(InitRequests.withoutCookie(without)).isSameAs(without);
    assertThat(InitRequests.withoutCookie(encode(2, with))).isNotEqualTo(without);
  }

  @Test
  void aCookieElsewhereAndAnotherNotificationInFrontStay() {
    List<Payload> behind = new java.util.ArrayList<>(PAYLOADS);
    behind.add(COOKIE);
    Octets message = encode(1, behind);
    assertThat(InitRequests.withoutCookie(message)).isSameAs(message);

    List<Payload> other = new java.util.ArrayList<>(PAYLOADS);
    other.addFirst(Payload.Notify.of(NotifyType.IKEV2_FRAGMENTATION_SUPPORTED));
    Octets second = encode(1, other);
    assertThat(InitRequests.withoutCookie(second)).isSameAs(second);
  }

  @Test
  void whateverItIsGivenItNeverFails() {
    Random random = new Random(1);
    List<Payload> with = new java.util.ArrayList<>(PAYLOADS);
    with.addFirst(COOKIE);
    byte[] message = encode(1, with).toByteArray();
    for (int i = 0; i < 20_000; i++) {
      byte[] altered = java.util.Arrays.copyOf(message, random.nextInt(message.length + 1));
      for (int changes = random.nextInt(4); changes > 0 && altered.length > 0; changes--) {
        altered[random.nextInt(altered.length)] = (byte) random.nextInt();
      }
      assertThat(InitRequests.withoutCookie(Octets.wrap(altered)).length())
          .isLessThanOrEqualTo(altered.length);
    }
  }

  private static Octets encode(long spi, List<Payload> payloads) {
    return new IkeMessage(
            new IkeHeader(
                spi,
                0,
                0,
                IkeHeader.MAJOR_VERSION,
                ExchangeType.IKE_SA_INIT.wireValue(),
                true,
                false,
                0,
                0),
            payloads)
        .encode();
  }
}
