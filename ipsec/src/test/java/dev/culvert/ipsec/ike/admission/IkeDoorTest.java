package dev.culvert.ipsec.ike.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.admission.AdmissionPolicy.Strangers;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IkeDoorTest {
  private static final Endpoint FROM = new Endpoint(Ipv4Address.of("192.0.2.1"), 500);
  private static final long OURS = 0xAAAA;
  private static final long THEIRS = 0xBBBB;
  private static final long SECOND = 1_000_000_000L;

  private final Random random = new Random(1);
  private final CookieSecrets cookies = CookieSecrets.of(CookieSecretsTest.secret(1));
  private final IkeDoor door = new IkeDoor(1, 0);
  private long now;

  @BeforeEach
  void welcome() {
    door.policy(new AdmissionPolicy(Strangers.WELCOME, cookies));
  }

  @Test
  void aMessageIsOfAnIkeSaByBothSpisAndTheSideThatSentIt() {
    door.known(OURS, THEIRS, true, false);
    assertThat(lane(message(ExchangeType.INFORMATIONAL, OURS, THEIRS, false)))
        .isEqualTo(Lane.KNOWN);
    assertThat(lane(message(ExchangeType.INFORMATIONAL, OURS, THEIRS + 1, false)))
        .isEqualTo(Lane.STRANGERS);
    assertThat(lane(message(ExchangeType.INFORMATIONAL, OURS, THEIRS, true)))
        .isEqualTo(Lane.STRANGERS);

    door.forget(OURS);
    assertThat(lane(message(ExchangeType.INFORMATIONAL, OURS, THEIRS, false)))
        .isEqualTo(Lane.STRANGERS);
  }

  @Test
  void anIkeSaThatWeHaveBegunIsKnownBeforeThePeerHasNamedIt() {
    door.known(OURS, 0, true, false);
    assertThat(lane(message(ExchangeType.IKE_SA_INIT, OURS, THEIRS, false))).isEqualTo(Lane.KNOWN);
    door.known(OURS, THEIRS, true, false);
    assertThat(lane(message(ExchangeType.IKE_AUTH, OURS, THEIRS + 1, false)))
        .isEqualTo(Lane.STRANGERS);
  }

  @Test
  void aHalfOpenIkeSaIsNoBetterThanACookieUntilItIsEstablished() {
    door.known(OURS, THEIRS, false, true);
    Octets auth = message(ExchangeType.IKE_AUTH, THEIRS, OURS, true);
    assertThat(lane(auth)).isEqualTo(Lane.PROVEN);
    door.known(OURS, THEIRS, false, false);
    assertThat(lane(auth)).isEqualTo(Lane.KNOWN);
  }

  @Test
  void strangersWhoComeTooFastAreAskedForACookieThatLetsThemIn() {
    List<Octets> asked = new ArrayList<>();
    int admitted = 0;
    for (int i = 0; i < 1000; i++) {
      Octets request = init(random.nextLong() | 1, Octets.EMPTY);
      if (receive(request) instanceof Verdict.Answered(Octets answer)) {
        asked.add(withCookie(request, cookieOf(answer)));
      } else {
        admitted++;
      }
    }
    assertThat(admitted).isEqualTo(IkeDoor.STRANGERS_BURST);
    assertThat(door.cookiesRequested()).isEqualTo(1000 - admitted);

    assertThat(receive(asked.getFirst())).isEqualTo(new Verdict.Admitted(Lane.PROVEN, null));
    now += SECOND;
    assertThat(lane(init(77, Octets.EMPTY))).isEqualTo(Lane.STRANGERS);
  }

  @Test
  void withoutEndReturnedCookiesOfOneAddressAreNotAdmittedWithoutEnd() {
    door.policy(new AdmissionPolicy(Strangers.WITH_COOKIE, cookies));
    Octets request = init(7, Octets.EMPTY);
    Octets answer = ((Verdict.Answered) receive(request)).message();
    Octets returned = withCookie(request, cookieOf(answer));
    int admitted = 0;
    for (int i = 0; i < 1000; i++) {
      admitted += receive(returned) instanceof Verdict.Admitted ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(IkeDoor.PROVEN_BURST);
    assertThat(door.refused(Refusal.ADDRESS_RATE)).isEqualTo(1000 - admitted);
  }

  /** Whoever has a /48 has an address for each cell, and may replay what he has got there. */
  @Test
  void howManyEverReturnCookiesAConfiguredPeerIsAdmitted() {
    door.policy(new AdmissionPolicy(Strangers.WITH_COOKIE, cookies));
    for (Endpoint peer : List.of(FROM, new Endpoint(Ipv6Address.of("2001:db8::1"), 500))) {
      door.peers(Set.of(peer.address()), now);
      for (int i = 0; i < 200_000; i++) {
        Endpoint from =
            peer == FROM
                ? new Endpoint(new Ipv4Address(i << 8), 500)
                : new Endpoint(new Ipv6Address(0x2001_0db8_0007_0000L + i % 65_536, 0), 500);
        returnsCookie(from);
      }
      int admitted = 0;
      for (int i = 0; i < 100; i++) {
        admitted += returnsCookie(peer) instanceof Verdict.Admitted ? 1 : 0;
      }
      assertThat(admitted).as(peer.toString()).isEqualTo(IkeDoor.PROVEN_BURST);
    }
  }

  @Test
  void addressesOfOneFamilyTakeNothingFromTheOther() {
    door.policy(new AdmissionPolicy(Strangers.WITH_COOKIE, cookies));
    for (int i = 0; i < 200_000; i++) {
      returnsCookie(new Endpoint(new Ipv6Address(0x2001_0db8_0007_0000L + i % 65_536, 0), 500));
    }
    assertThat(returnsCookie(FROM)).isEqualTo(new Verdict.Admitted(Lane.PROVEN, null));
  }

  private Verdict returnsCookie(Endpoint from) {
    Octets request = init(7, Octets.EMPTY);
    Octets nonce = Octets.wrap(new byte[32]);
    Octets cookie = cookies.cookie(nonce, from.address(), 7);
    return door.receive(from, withCookie(request, cookie), now);
  }

  @Test
  void anAnswerIsShorterThanTheRequestAndOfItsAttempt() {
    door.policy(new AdmissionPolicy(Strangers.WITH_COOKIE, cookies));
    Octets request = init(7, Octets.EMPTY);
    Octets answer = ((Verdict.Answered) receive(request)).message();

    assertThat(answer.length()).isLessThan(request.length());
    IkeHeader header = ok(IkeMessage.decode(answer)).header();
    assertThat(header.initiatorSpi()).isEqualTo(7);
    assertThat(header.responderSpi()).isZero();
    assertThat(header.response()).isTrue();
    assertThat(header.fromInitiator()).isFalse();
    assertThat(header.exchangeType()).isEqualTo(ExchangeType.IKE_SA_INIT.wireValue());
    assertThat(header.messageId()).isZero();
  }

  @Test
  void whereNobodyMayBeginNobodyIsAnswered() {
    door.policy(new AdmissionPolicy(Strangers.REFUSED, cookies));
    assertThat(receive(init(7, Octets.EMPTY))).isEqualTo(new Verdict.Refused(Refusal.NO_GATEWAY));
    door.known(OURS, THEIRS, true, false);
    assertThat(lane(message(ExchangeType.INFORMATIONAL, OURS, THEIRS, false)))
        .isEqualTo(Lane.KNOWN);

    door.shut();
    assertThat(receive(init(7, Octets.EMPTY))).isEqualTo(new Verdict.Refused(Refusal.NO_GATEWAY));
    assertThat(lane(message(ExchangeType.INFORMATIONAL, OURS, THEIRS, false)))
        .isEqualTo(Lane.STRANGERS);
  }

  @Test
  void whatNamesNoIkeSaIsAdmittedOnlySoOften() {
    int admitted = 0;
    for (int i = 0; i < 1000; i++) {
      Octets message =
          i % 2 == 0
              ? message(ExchangeType.INFORMATIONAL, random.nextLong(), random.nextLong(), true)
              : foreignVersion(i % 4 == 1 ? 1 : 3);
      admitted += receive(message) instanceof Verdict.Admitted ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(IkeDoor.UNKNOWN_BURST);
    assertThat(door.refused(Refusal.UNKNOWN_SPI)).isEqualTo(1000 - admitted);
  }

  @Test
  void whatIsNoRequestIsNotEvenAskedForACookie() {
    door.policy(new AdmissionPolicy(Strangers.WITH_COOKIE, cookies));
    Octets whole = init(7, Octets.EMPTY);
    byte[] longer = java.util.Arrays.copyOf(whole.toByteArray(), whole.length() + 1);
    List<Octets> malformed =
        List.of(
            Octets.EMPTY,
            whole.slice(0, 27),
            whole.slice(0, whole.length() - 1),
            Octets.wrap(longer),
            init(0, Octets.EMPTY),
            Octets.wrap(new byte[IkeMessage.MAX_LENGTH + 1]),
            request(8, List.of(new Payload.Nonce(Octets.wrap(new byte[32])))));

    for (Octets message : malformed) {
      assertThat(receive(message)).isEqualTo(new Verdict.Refused(Refusal.MALFORMED));
    }
    assertThat(door.cookiesRequested()).isZero();
  }

  /** What one whose SPIs were overheard can make wait, and the place that is free again. */
  @Test
  void anIkeSaHasItsShareOfTheQueueAndNoMore() {
    door.known(OURS, THEIRS, true, false);
    Octets message = message(ExchangeType.INFORMATIONAL, OURS, THEIRS, false);
    KnownIkeSa sa = ((Verdict.Admitted) receive(message)).of();
    for (int i = 0; i < KnownIkeSa.MOST_WAITING; i++) {
      assertThat(sa.enter()).isTrue();
    }
    assertThat(sa.enter()).isFalse();
    sa.leave();
    assertThat(sa.enter()).isTrue();
  }

  private Verdict receive(Octets message) {
    return door.receive(FROM, message, now);
  }

  private Lane lane(Octets message) {
    return ((Verdict.Admitted) receive(message)).lane();
  }

  private static Octets cookieOf(Octets answer) {
    Payload.Notify notify = (Payload.Notify) ok(IkeMessage.decode(answer)).payloads().getFirst();
    assertThat(notify.is(NotifyType.COOKIE)).isTrue();
    return notify.data();
  }

  private static Octets withCookie(Octets request, Octets cookie) {
    IkeMessage message = ok(IkeMessage.decode(request));
    List<Payload> payloads = new ArrayList<>(message.payloads());
    payloads.addFirst(Payload.Notify.of(NotifyType.COOKIE, cookie));
    return new IkeMessage(message.header(), payloads).encode();
  }

  private static Octets init(long spi, Octets cookie) {
    Octets request =
        request(
            spi,
            List.of(
                new Payload.SecurityAssociation(List.of()),
                new Payload.KeyExchange(31, Octets.wrap(new byte[32])),
                new Payload.Nonce(Octets.wrap(new byte[32]))));
    return cookie.length() == 0 ? request : withCookie(request, cookie);
  }

  private static Octets request(long spi, List<Payload> payloads) {
    return new IkeMessage(header(ExchangeType.IKE_SA_INIT, spi, 0, true), payloads).encode();
  }

  private static Octets message(
      ExchangeType exchange, long initiatorSpi, long responderSpi, boolean fromInitiator) {
    IkeHeader header = header(exchange, initiatorSpi, responderSpi, fromInitiator);
    return new IkeMessage(header, List.of()).encode();
  }

  private static Octets foreignVersion(int major) {
    byte[] message = message(ExchangeType.INFORMATIONAL, 1, 2, true).toByteArray();
    message[17] = (byte) (major << 4);
    return Octets.wrap(message);
  }

  private static IkeHeader header(
      ExchangeType exchange, long initiatorSpi, long responderSpi, boolean fromInitiator) {
    return new IkeHeader(
        initiatorSpi,
        responderSpi,
        0,
        IkeHeader.MAJOR_VERSION,
        exchange.wireValue(),
        fromInitiator,
        !fromInitiator,
        0,
        0);
  }

  private static <T> T ok(Decoded<T> decoded) {
    return ((Decoded.Ok<T>) decoded).value();
  }
}
