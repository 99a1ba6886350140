package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.ike.exchange.CookieJar;
import dev.culvert.ipsec.ike.exchange.SaInitExchange;
import dev.culvert.ipsec.ike.exchange.SaInitResponder;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.sa.HalfOpenTable;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What those cost who have proven nothing, and that peers get through beside them. */
class StrangersTest {
  private static final String PEER = "192.0.2.1";
  private static final String ELSEWHERE = "203.0.113.9";
  private static final IkeProposal ECP_256 =
      Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP19);

  @Test
  void whoSendsKeyExchangesThatAreNoGoodMeetsACookieAsSoonAsAnybody() {
    Wire wire = new Wire(1);
    Configs right = Configs.towards(PEER).responder();
    right.ike = List.of(ECP_256);
    wire.right.configure(right.build());
    InitCalls calls = new InitCalls(wire, wire.right);
    int flood = 200;
    for (int i = 0; i < flood; i++) {
      // Random octets are no point of the curve.
      calls.arrives(PEER, calls.request(ECP_256, 64));
      wire.run(Duration.ofMillis(10));
    }

    assertThat(wire.right.actions.stream().filter(IkeAction.Compute.class::isInstance))
        .hasSize(SaInitResponder.COOKIE_THRESHOLD);
    assertThat(wire.right.engine.statistics().cookiesRequested())
        .isEqualTo(flood - SaInitResponder.COOKIE_THRESHOLD);
    wire.run(SaInitExchange.HALF_OPEN_LIFETIME);
    assertThat(wire.right.engine.statistics().halfOpen()).isZero();
  }

  @Test
  void errorsAreToldToStrangersOnlySoOften() {
    Wire wire = new Wire(2);
    Configs right = Configs.towards(PEER).responder();
    right.ike = List.of(Configs.X25519_GCM, ECP_256);
    wire.right.configure(right.build());
    InitCalls calls = new InitCalls(wire, wire.right);
    IkeProposal foreign = Configs.ike(IkeCipher.AES_128_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP14);
    int answers = 0;
    for (int i = 0; i < 500; i++) {
      // An offer that will not do, a caller that no gateway is for.
      answers += calls.arrives(PEER, calls.request(foreign, 256)).size();
      answers += calls.arrives(ELSEWHERE, calls.request(Configs.X25519_GCM, 32)).size();
    }
    assertThat(answers).isEqualTo(SaInitResponder.ERRORS_BURST);

    wire.run(Duration.ofSeconds(1));
    for (int i = 0; i < 500; i++) {
      answers += calls.arrives(PEER, calls.request(foreign, 256)).size();
    }
    assertThat(answers).isEqualTo(SaInitResponder.ERRORS_BURST + SaInitResponder.ERRORS_PER_SECOND);
    assertThat(wire.right.notices).hasSizeLessThan(SaInitResponder.ERRORS_BURST);
    assertThat(wire.right.engine.statistics().halfOpen()).isZero();
  }

  @Test
  void anAddressThatReturnsCookiesDoesNotKeepOthersOut() {
    Wire wire = new Wire(3);
    wire.right.configure(Configs.towards(null).responder().build());
    InitCalls calls = new InitCalls(wire, wire.right);
    calls.untilCookiesAreAskedFor(PEER);
    for (int i = 0; i < 3 * SaInitResponder.MAX_HALF_OPEN_OF_ADDRESS; i++) {
      beginsByCookie(calls, ELSEWHERE);
    }
    wire.run(Duration.ofMillis(50));
    assertThat(wire.right.engine.statistics().halfOpen())
        .isEqualTo(SaInitResponder.COOKIE_THRESHOLD + SaInitResponder.MAX_HALF_OPEN_OF_ADDRESS);

    beginsByCookie(calls, "203.0.113.10");
    wire.run(Duration.ofMillis(50));
    assertThat(wire.right.engine.statistics().halfOpen())
        .isEqualTo(SaInitResponder.COOKIE_THRESHOLD + SaInitResponder.MAX_HALF_OPEN_OF_ADDRESS + 1);

    wire.run(SaInitExchange.HALF_OPEN_LIFETIME);
    calls.untilCookiesAreAskedFor(PEER);
    beginsByCookie(calls, ELSEWHERE);
    assertThat(wire.right.engine.statistics().halfOpen())
        .as("its share is its own again once those have ended")
        .isEqualTo(SaInitResponder.COOKIE_THRESHOLD + 1);
  }

  /** They hold all that a caller may whom no gateway is configured for, and renew it. */
  @Test
  void aNetworkThatReturnsCookiesFromManyAddressesKeepsNobodyElseOut() {
    Wire wire = new Wire(14);
    wire.right.configure(
        Configs.together(
            Configs.towards(null).responder(), Configs.towards(PEER).second().onFirst()));
    InitCalls calls = new InitCalls(wire, wire.right);
    calls.untilCookiesAreAskedFor(ELSEWHERE);
    keepAllPlaces(wire, calls);
    assertThat(wire.right.engine.statistics().halfOpen()).isEqualTo(SaInitResponder.MAX_HALF_OPEN);

    assertThat(beginsByCookie(calls, PEER)).as("a configured peer").isTrue();
    assertThat(beginsByCookie(calls, "198.18.0.1")).as("of another network").isTrue();
    assertThat(beginsByCookie(calls, "203.0.113.200")).as("of the same").isFalse();
    assertThat(wire.right.engine.statistics().halfOpen())
        .isEqualTo(SaInitResponder.MAX_HALF_OPEN + 1);
    int asked = computations(wire);
    for (int second = 0; second < 60; second++) {
      keepAllPlaces(wire, calls);
      assertThat(beginsByCookie(calls, "198.18." + (1 + second) + ".1")).isTrue();
      wire.run(Duration.ofSeconds(1));
    }
    assertThat(computations(wire) - asked)
        .as("key agreements in a minute")
        .isLessThan(60 + 60 * SaInitResponder.MAX_HALF_OPEN / (int) PRESSED.toSeconds());
  }

  private static final Duration PRESSED = SaInitResponder.HALF_OPEN_LIFETIME_UNDER_PRESSURE;

  private static int computations(Wire wire) {
    return (int) wire.right.actions.stream().filter(IkeAction.Compute.class::isInstance).count();
  }

  /** Sixteen each of twenty addresses of one network. */
  private static void keepAllPlaces(Wire wire, InitCalls calls) {
    for (int host = 1; host <= 20; host++) {
      for (int i = 0; i < SaInitResponder.MAX_HALF_OPEN_OF_ADDRESS; i++) {
        beginsByCookie(calls, "203.0.113." + host);
      }
    }
    wire.run(Duration.ofMillis(50));
  }

  /** A configured peer is as much a stranger as any until it has returned a cookie. */
  @Test
  void inTheNameOfAConfiguredPeerNobodyTakesItsPlaces() {
    Wire wire = new Wire(15);
    wire.right.configure(Configs.towards(PEER).responder().build());
    InitCalls calls = new InitCalls(wire, wire.right);
    calls.untilCookiesAreAskedFor(PEER);
    HalfOpenTable halfOpen = wire.right.engine.parts.tables.ikeSas.halfOpen();
    assertThat(halfOpen.ofExpected()).isZero();
    for (int i = 0; i < 2 * SaInitResponder.MAX_HALF_OPEN_OF_ADDRESS; i++) {
      beginsByCookie(calls, PEER);
    }
    assertThat(halfOpen.ofExpected()).isEqualTo(SaInitResponder.MAX_HALF_OPEN_OF_ADDRESS);
    wire.run(SaInitExchange.HALF_OPEN_LIFETIME.plusSeconds(1));
    assertThat(halfOpen.count() + halfOpen.ofExpected() + halfOpen.ofOthers()).isZero();
  }

  /** True if it is begun with a cookie. */
  private static boolean beginsByCookie(InitCalls calls, String from) {
    Octets request = calls.request(Configs.X25519_GCM, 32);
    Octets cookie =
        InitCalls.notify(calls.arrives(from, request).getFirst(), NotifyType.COOKIE).orElseThrow();
    return calls.begins(from, InitCalls.withCookie(request, cookie));
  }

  @Test
  void aCookieIsGoodForItsSenderAloneAndForAMinuteOrTwo() {
    Wire wire = new Wire(4);
    wire.right.configure(Configs.towards(null).responder().build());
    InitCalls calls = new InitCalls(wire, wire.right);
    calls.untilCookiesAreAskedFor(PEER);
    Octets request = calls.request(Configs.X25519_GCM, 32);
    Octets cookie =
        InitCalls.notify(calls.arrives(ELSEWHERE, request).getFirst(), NotifyType.COOKIE)
            .orElseThrow();
    assertThat(calls.arrives("203.0.113.10", InitCalls.withCookie(request, cookie)))
        .as("from elsewhere: a cookie is asked for")
        .hasSize(1);

    wire.run(CookieJar.SECRET_LIFETIME.multipliedBy(3));
    calls.untilCookiesAreAskedFor(PEER);
    wire.run(CookieJar.SECRET_LIFETIME);
    calls.untilCookiesAreAskedFor(PEER);
    assertThat(calls.arrives(ELSEWHERE, InitCalls.withCookie(request, cookie)))
        .as("too late: a cookie is asked for")
        .hasSize(1);
  }

  @Test
  void aRequestThatIsRepeatedIsAnsweredWhereItCameFromAndNotAtEveryTurn() {
    Wire wire = new Wire(5);
    wire.right.configure(Configs.towards(PEER).responder().build());
    InitCalls calls = new InitCalls(wire, wire.right);
    Octets request = calls.request(Configs.X25519_GCM, 32);
    calls.arrives(PEER, request);
    int before = wire.right.actions.size();
    wire.run(Duration.ofMillis(50));
    List<IkeAction.SendDatagram> first = calls.sent(before);
    assertThat(first).hasSize(1);

    Endpoint rebound = InitCalls.endpoint(PEER, 777);
    List<IkeAction.SendDatagram> again = calls.arrives(rebound, request);
    assertThat(again).hasSize(1);
    assertThat(again.getFirst().message()).isEqualTo(first.getFirst().message());
    assertThat(again.getFirst().remote()).isEqualTo(rebound);
    assertThat(calls.arrives(rebound, request)).as("right behind it").isEmpty();

    wire.run(MessageWindow.REPEAT_INTERVAL);
    assertThat(calls.arrives(PEER, request).getFirst().remote())
        .isEqualTo(InitCalls.endpoint(PEER, 500));
    assertThat(wire.right.engine.statistics().halfOpen()).isEqualTo(1);
  }

  @Test
  void anotherRequestWithAnSpiThatIsKnownIsAnotherAttempt() {
    Wire wire = new Wire(6);
    wire.right.configure(Configs.towards(PEER).responder().build());
    InitCalls calls = new InitCalls(wire, wire.right);
    calls.arrives(PEER, calls.request(Configs.X25519_GCM, 7, 32));
    calls.arrives(PEER, calls.request(Configs.X25519_GCM, 7, 32));
    int before = wire.right.actions.size();
    wire.run(Duration.ofMillis(50));

    assertThat(wire.right.engine.statistics().halfOpen()).isEqualTo(2);
    assertThat(calls.sent(before)).extracting(s -> s.message()).doesNotHaveDuplicates().hasSize(2);
  }

  /**
   * The request is answered with a cookie; its repetition, a moment later, is not, as there is less
   * to do again. What comes first to the initiator is the cookie, so it proves who it is by its
   * request with the cookie, while the responder has answered the one without.
   */
  @Test
  void whoseRequestIsHeardWithItsCookieAndWithoutIsAuthenticatedAllTheSame() {
    Wire wire = new Wire(7);
    wire.right.configure(Configs.towards(PEER).responder().build());
    InitCalls calls = new InitCalls(wire, wire.right);
    calls.untilCookiesAreAskedFor(PEER);
    wire.run(SaInitExchange.HALF_OPEN_LIFETIME.minusMillis(500));
    List<Octets> held = new ArrayList<>();
    wire.drop = (from, message) -> from == wire.right && held.add(message);
    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.run(Duration.ofMillis(400));
    assertThat(held).as("the cookie").hasSize(1);
    assertThat(wire.runUntil(() -> held.size() == 2, Duration.ofSeconds(2))).isTrue();

    wire.drop = (from, message) -> false;
    for (Octets message : held) {
      wire.left.handle(
          new IkeEvent.DatagramReceived(
              InitCalls.endpoint(PEER, 500), InitCalls.endpoint("192.0.2.2", 500), message));
    }
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(1))).isTrue();
    assertThat(wire.left.engine.statistics().cookiesReturned()).isEqualTo(1);
    assertThat(wire.left.vpn().failures() + wire.right.vpn().failures()).isZero();
  }

  @Test
  void aCookieThatComesTwiceIsReturnedOnce() {
    Wire wire = new Wire(8);
    wire.right.configure(Configs.towards(PEER).responder().build());
    new InitCalls(wire, wire.right).untilCookiesAreAskedFor(PEER);
    wire.duplication = 1;
    wire.left.configure(Configs.towards("192.0.2.2").build());

    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(5))).isTrue();
    assertThat(wire.left.engine.statistics().cookiesReturned()).isEqualTo(1);
    assertThat(requests(wire.left, ExchangeType.IKE_SA_INIT)).hasSize(2);
  }

  /** Our request was slow and so was repeated; its peer has another cookie for each of the two. */
  @Test
  void ofTwoCookiesThatComeOneBehindTheOtherTheFirstIsReturned() {
    Wire wire = new Wire(16);
    List<Octets> asked = new ArrayList<>();
    wire.right.configure(Configs.towards(PEER).responder().build());
    wire.drop = (from, message) -> from == wire.left && asked.add(message);
    wire.left.configure(Configs.towards("192.0.2.2").build());
    assertThat(wire.runUntil(() -> asked.size() == 2, Duration.ofSeconds(2))).isTrue();
    asked.clear();

    // Of the requests that come in answer the peer gets the first alone.
    wire.drop =
        (from, message) ->
            from == wire.left
                && Wire.is(message, ExchangeType.IKE_SA_INIT, false)
                && asked.add(message)
                && asked.size() > 1;
    asksForCookie(wire, "01");
    asksForCookie(wire, "02");
    assertThat(wire.runUntil(wire::bothUp, Duration.ofMillis(500))).isTrue();
    assertThat(asked).hasSize(1);
    assertThat(wire.left.vpn().failures()).isZero();
  }

  /** The peer never takes a cookie that is not of the last request. */
  @Test
  void anotherCookieIsReturnedOnceTheRequestWithTheFirstWasRepeated() {
    Wire wire = new Wire(17);
    List<Octets> asked = new ArrayList<>();
    wire.right.configure(Configs.towards(PEER).responder().build());
    wire.drop = (from, message) -> from == wire.left && asked.add(message);
    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.run(Duration.ofMillis(50));
    asksForCookie(wire, "01");
    asksForCookie(wire, "02");
    assertThat(asked).as("without a cookie, and with the first").hasSize(2);
    wire.run(Duration.ofMillis(1200));
    assertThat(asked).as("repeated").hasSize(3);
    wire.drop = (from, message) -> false;
    asksForCookie(wire, "03");
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(1))).isTrue();
  }

  /** Nothing in the peer's answer tells to which of our requests it is. */
  @Test
  void whereTheAnswerWasToAnotherRequestThanTheLastItIsTriedAnewAtOnce() {
    for (boolean withFirstCookie : new boolean[] {true, false}) {
      Wire wire = new Wire(18);
      List<Octets> asked = new ArrayList<>();
      wire.right.configure(Configs.towards(PEER).responder().build());
      wire.drop = (from, message) -> from == wire.left && asked.add(message);
      wire.left.configure(Configs.towards("192.0.2.2").build());
      wire.run(Duration.ofMillis(50));
      if (withFirstCookie) {
        asksForCookie(wire, "01");
      }
      wire.run(Duration.ofMillis(1200));
      Octets answered = asked.getLast();
      asksForCookie(wire, "02");
      assertThat(asked.getLast()).isNotEqualTo(answered);
      wire.drop = (from, message) -> false;
      new InitCalls(wire, wire.right).arrives(PEER, answered);
      assertThat(wire.runUntil(wire::bothUp, Duration.ofMillis(500)))
          .as("with the first cookie: %s", withFirstCookie)
          .isTrue();
      assertThat(wire.left.vpn().failures()).isZero();
    }
  }

  /** Whoever forges cookies cannot have a wrong key tried without a pause. */
  @Test
  void aWrongKeyIsNotTriedAtOnceMoreThanOnce() {
    Wire wire = new Wire(19);
    Configs left = Configs.towards("192.0.2.2");
    left.secret = "tamarillo";
    wire.right.configure(Configs.towards(PEER).responder().build());
    int[] cookies = {0};
    wire.drop =
        (from, message) -> {
          boolean asks = from == wire.left && Wire.is(message, ExchangeType.IKE_SA_INIT, false);
          if (asks && InitCalls.attempts(wire.left, message) == 2) {
            int number = 10 + cookies[0]++ % 80;
            wire.schedule(Duration.ofMillis(1), () -> asksForCookie(wire, "" + number));
          }
          return asks && InitCalls.attempts(wire.left, message) == 1 && !hasCookie(message);
        };
    wire.left.configure(left.build());
    wire.run(Duration.ofMinutes(10));
    assertThat(cookies[0]).isPositive();
    assertThat(wire.left.vpn().negotiations()).isLessThan(30);
    assertThat(wire.left.vpn().failures()).isPositive();
  }

  private static boolean hasCookie(Octets request) {
    return new Payloads(Wire.ok(IkeMessage.decode(request)).payloads()).has(NotifyType.COOKIE);
  }

  /** As if the peer had been asked by the last request of the left side. */
  private static void asksForCookie(Wire wire, String cookie) {
    Octets request = requests(wire.left, ExchangeType.IKE_SA_INIT).getLast();
    wire.left.handle(
        new IkeEvent.DatagramReceived(
            InitCalls.endpoint(PEER, 500),
            InitCalls.endpoint("192.0.2.2", 500),
            InitCalls.refusal(request, NotifyType.COOKIE, Octets.ofHex(cookie))));
  }

  @Test
  void aGroupThatIsAskedForTwiceIsTakenOnce() {
    Wire wire = new Wire(9);
    Configs left = Configs.towards("192.0.2.2");
    left.ike = List.of(Configs.X25519_GCM, ECP_256);
    Configs right = Configs.towards(PEER).responder();
    right.ike = List.of(ECP_256);
    wire.jitterMillis = 30;
    wire.duplication = 1;
    wire.right.configure(right.build());
    wire.left.configure(left.build());

    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(5))).isTrue();
    assertThat(wire.left.vpn().failures()).isZero();
    assertThat(requests(wire.left, ExchangeType.IKE_SA_INIT)).hasSize(2);
  }

  @Test
  void aPeerThatWantsTheGroupItGotIsNamed() {
    Wire wire = new Wire(10);
    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.run(Duration.ofMillis(20));
    Octets request = requests(wire.left, ExchangeType.IKE_SA_INIT).getFirst();
    wire.left.handle(
        new IkeEvent.DatagramReceived(
            InitCalls.endpoint(PEER, 500),
            InitCalls.endpoint("192.0.2.2", 500),
            InitCalls.refusal(request, NotifyType.INVALID_KE_PAYLOAD, Octets.ofHex("001f"))));

    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.INVALID_KE_PAYLOAD);
  }

  @Test
  void onAHalfOpenIkeSaOnlySoManyForgeriesAreOpened() {
    for (int forgeries : new int[] {Dispatcher.MAX_FORGERIES - 1, Dispatcher.MAX_FORGERIES}) {
      Wire wire = new Wire(11);
      wire.right.configure(Configs.towards(PEER).responder().build());
      List<Octets> held = new ArrayList<>();
      wire.drop =
          (from, message) -> Wire.is(message, ExchangeType.IKE_AUTH, false) && held.add(message);
      wire.left.configure(Configs.towards("192.0.2.2").build());
      assertThat(wire.runUntil(() -> !held.isEmpty(), Duration.ofSeconds(1))).isTrue();
      byte[] forged = held.getFirst().toByteArray();
      forged[forged.length - 1]++;
      for (int i = 0; i < forgeries; i++) {
        wire.right.handle(
            new IkeEvent.DatagramReceived(
                InitCalls.endpoint("192.0.2.2", 4500),
                InitCalls.endpoint(PEER, 4500),
                Octets.copyOf(forged)));
      }
      wire.drop = (from, message) -> false;

      wire.run(Duration.ofSeconds(5));
      assertThat(wire.bothUp()).isEqualTo(forgeries < Dispatcher.MAX_FORGERIES);
      assertThat(wire.right.engine.statistics().drops().get("not-authentic"))
          .isGreaterThanOrEqualTo(forgeries);
    }
  }

  @Test
  void aRequestThatIsReplayedIsAnsweredOnlySoOften() {
    Wire wire = RekeyTest.established(12, null);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofMillis(300));
    Octets last = requests(wire.left, ExchangeType.INFORMATIONAL).getLast();
    InitCalls calls = new InitCalls(wire, wire.right);
    int answers = 0;
    for (int i = 0; i < 1000; i++) {
      answers += calls.arrives(InitCalls.endpoint(ELSEWHERE, 9), last).size();
    }

    assertThat(answers).isEqualTo(1);
    assertThat(wire.right.engine.statistics().drops().get("repetition")).isEqualTo(999);
  }

  /** RFC 7296 §2.11; also where the peer is not followed, as there is no NAT. */
  @Test
  void aResponseGoesToTheAddressAndPortThatItsRequestCameFrom() {
    Wire wire = new Wire(13);
    Configs left = Configs.towards("192.0.2.2");
    left.traversal = false;
    EstablishTest.up(wire, left, Configs.towards(PEER).responder());
    List<Octets> held = new ArrayList<>();
    wire.drop = (from, message) -> from == wire.left && held.add(message);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    assertThat(wire.runUntil(() -> !held.isEmpty(), Duration.ofSeconds(1))).isTrue();

    Endpoint rebound = InitCalls.endpoint(PEER, 1234);
    int before = wire.right.actions.size();
    InitCalls calls = new InitCalls(wire, wire.right);
    calls.arrives(rebound, held.getFirst());
    wire.run(Duration.ofMillis(50));
    assertThat(calls.sent(before)).extracting(s -> s.remote()).containsExactly(rebound);

    Endpoint again = InitCalls.endpoint(PEER, 4321);
    assertThat(calls.arrives(again, held.getFirst()))
        .extracting(s -> s.remote())
        .containsExactly(again);
    assertThat(wire.right.engine.ikeSas(wire.now).getFirst().remote())
        .as("where our own requests go")
        .isEqualTo(InitCalls.endpoint(PEER, 500));
  }

  private static List<Octets> requests(Wire.Node node, ExchangeType exchange) {
    return node.actions.stream()
        .filter(IkeAction.SendDatagram.class::isInstance)
        .map(a -> ((IkeAction.SendDatagram) a).message())
        .filter(m -> Wire.is(m, exchange, false))
        .distinct()
        .toList();
  }
}
