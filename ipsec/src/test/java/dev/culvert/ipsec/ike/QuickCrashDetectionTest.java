package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.ike.exchange.InvalidSpis;
import dev.culvert.ipsec.ike.exchange.QuickCrashDetection;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A peer that only responds has restarted (RFC 6290): who notices, how soon, and who cannot lie.
 */
class QuickCrashDetectionTest {
  /** The left side responds only, and is the one that crashes; the right one would wait for DPD. */
  private static Wire established(long seed) {
    Wire wire = new Wire(seed);
    wire.doors = true;
    wire.left.configure(responder());
    wire.right.configure(initiator());
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(5))).isTrue();
    wire.run(Duration.ofMinutes(1));
    return wire;
  }

  private static dev.culvert.ipsec.config.IpsecConfig responder() {
    return Configs.towards("192.0.2.2").responder().build();
  }

  private static dev.culvert.ipsec.config.IpsecConfig initiator() {
    Configs right = Configs.towards("192.0.2.1");
    right.detection =
        new DeadPeerDetection(DeadPeerDetection.Mode.OPTIMIZED, Duration.ofSeconds(10), 5);
    return right.build();
  }

  private static void crashAndReturn(Wire wire) {
    wire.rebornLeft(77).configure(responder());
  }

  private static boolean packetsPass(Wire wire) {
    return wire.left.up && wire.right.up && wire.left.send() && wire.right.send();
  }

  @Test
  void thePacketThatReachesItAfterARestartIsEnough() {
    Wire wire = established(1);
    crashAndReturn(wire);
    wire.right.send();

    boolean isBack = wire.runUntil(() -> packetsPass(wire), Duration.ofSeconds(1));

    assertThat(isBack).as("within a second").isTrue();
    assertThat(wire.right.engine.statistics().crashesProven()).isEqualTo(1);
    assertThat(wire.right.engine.statistics().deadPeers()).isZero();
    assertThat(wire.right.engine.ikeSas(wire.now)).hasSize(1);
  }

  @Test
  void withoutPacketsItsFirstProbeIsEnough() {
    Wire wire = established(2);
    crashAndReturn(wire);

    wire.right.does((parts, step) ->
        parts.tables.ikeSas.all().values().forEach(ike -> parts.liveness.doubted(ike, step)));

    assertThat(wire.runUntil(() -> packetsPass(wire), Duration.ofSeconds(1))).isTrue();
  }

  /** RFC 6290 §4.3: whichever side rekeys, each has the other's token of what was made. */
  @Test
  void aRekeyOfTheIkeSaRenewsTheTokens() {
    for (boolean byLeft : new boolean[] {true, false}) {
      Wire wire = established(3);
      String before = cookie(wire);
      (byLeft ? wire.left : wire.right).handle(new IkeEvent.RekeyRequested("gw", true));
      wire.run(Duration.ofSeconds(10));
      assertThat(cookie(wire)).as("by left: %s", byLeft).isNotEqualTo(before);

      crashAndReturn(wire);
      wire.right.send();

      assertThat(wire.runUntil(() -> packetsPass(wire), Duration.ofSeconds(1)))
          .as("by left: %s", byLeft)
          .isTrue();
    }
  }

  private static String cookie(Wire wire) {
    return wire.right.engine.ikeSas(wire.now).getFirst().initiatorCookie();
  }

  @Test
  void aPeerThatLosesOneIkeSaAfterTheOtherIsWaitedFor() {
    Wire wire = established(4);
    int crashes = 20;
    for (int i = 0; i < crashes; i++) {
      crashAndReturn(wire);
      wire.right.send();
      wire.runUntil(() -> packetsPass(wire), Duration.ofSeconds(5));
    }
    assertThat(Duration.between(Wire.START, wire.now))
        .as("about a second each")
        .isGreaterThan(Duration.ofSeconds(60 + crashes / 2));
    assertThat(packetsPass(wire)).isTrue();
  }

  @Test
  void whatIsForgedEndsNothingAndAsksThePeerOnceInAWhile() {
    Wire wire = established(5);
    IkeSaView sa = wire.right.engine.ikeSas(wire.now).getFirst();
    IkeSa ike = wire.right.engine.parts.tables.ikeSas.all().values().iterator().next();
    Payload invalid = Payload.Notify.of(NotifyType.INVALID_IKE_SPI);
    Octets nearly =
        ike.crashToken() == null ? Octets.EMPTY : Octets.copyOf(ike.crashToken().reveal());
    assertThat(nearly.length()).isEqualTo(QuickCrashDetection.TOKEN_LENGTH);
    for (int length : new int[] {0, 16, 31}) {
      arrives(wire, ofIkeSa(ike, true, invalid, token(nearly.slice(0, length))));
    }
    // A request is under way, which what is forged may claim to answer.
    wire.drop = (from, message) -> true;
    wire.right.does((parts, step) -> parts.liveness.doubted(ike, step));
    byte[] flipped = nearly.toByteArray();
    flipped[31] ^= 1;
    arrives(wire, ofIkeSa(ike, true, invalid, token(Octets.wrap(flipped))));
    // Without INVALID_IKE_SPI, or as a request, it is not what the RFC describes.
    arrives(wire, ofIkeSa(ike, true, token(nearly)));
    arrives(wire, ofIkeSa(ike, false, invalid, token(nearly)));
    wire.drop = (from, message) -> false;
    wire.run(Duration.ofSeconds(15));
    // Nor does it answer anything when nothing is under way.
    arrives(wire, ofIkeSa(ike, true, invalid, token(nearly)));
    int sent = wire.right.sent;
    Spi outbound = wire.right.installed.firstEntry().getValue().outboundSpi();
    for (int i = 0; i < 100; i++) {
      arrives(wire, hint(outbound));
      arrives(wire, hint(new Spi(outbound.bits() + 1)));
      wire.run(Duration.ofMillis(20));
    }

    assertThat(wire.right.sent - sent).as("requests in two seconds").isBetween(1, 3);
    assertThat(wire.right.engine.ikeSas(wire.now).getFirst().initiatorCookie())
        .isEqualTo(sa.initiatorCookie());
    assertThat(wire.downs()).isZero();
    assertThat(wire.right.engine.statistics().crashesProven()).isZero();
  }

  /** RFC 6290 §4.5: up to four, of several generations of the maker's secret. */
  @Test
  void oneOfFourTokensIsEnoughAndAFifthIsNotLookedAt() {
    for (int others : new int[] {3, 4}) {
      Wire wire = established(6);
      IkeSa ike = wire.right.engine.parts.tables.ikeSas.all().values().iterator().next();
      wire.drop = (from, message) -> true;
      wire.right.does((parts, step) -> parts.liveness.doubted(ike, step));
      Payload[] payloads = new Payload[others + 2];
      payloads[0] = Payload.Notify.of(NotifyType.INVALID_IKE_SPI);
      for (int i = 1; i <= others; i++) {
        payloads[i] = token(Octets.wrap(new byte[32]));
      }
      payloads[others + 1] = token(Octets.copyOf(IkeSa.present(ike.crashToken()).reveal()));
      arrives(wire, ofIkeSa(ike, true, payloads));
      assertThat(wire.right.engine.statistics().crashesProven()).isEqualTo(others == 3 ? 1 : 0);
    }
  }

  /**
   * The responder of a rekey speaks on the new IKE SA before the initiator has its response: that
   * is no sign of a crash, and no proof of one is given that might be believed later.
   */
  @Test
  void anIkeSaThatIsAboutToBeMadeIsGivenAwayByNoToken() {
    Wire wire = established(10);
    wire.drop =
        (from, message) ->
            from == wire.left && Wire.is(message, ExchangeType.CREATE_CHILD_SA, true);
    wire.right.handle(new IkeEvent.RekeyRequested("gw", true));
    wire.run(Duration.ofSeconds(1));
    int before = wire.right.actions.size();
    wire.left.does((parts, step) ->
        List.copyOf(parts.tables.ikeSas.all().values())
            .forEach(ike -> parts.liveness.doubted(ike, step)));
    wire.run(Duration.ofMillis(100));

    List<IkeAction> actions = wire.right.actions.subList(before, wire.right.actions.size());
    assertThat(wire.right.engine.statistics().drops().get("unknown-spi")).isPositive();
    assertThat(actions)
        .filteredOn(IkeAction.SendDatagram.class::isInstance)
        .noneMatch(a -> shows(((IkeAction.SendDatagram) a).message()));
  }

  /** RFC 6290 §9.2: whoever hears it could end the IKE SA. */
  @Test
  void theTokenOfALivingIkeSaIsShownToNobody() {
    Wire wire = established(7);
    IkeSa ike = wire.left.engine.parts.tables.ikeSas.all().values().iterator().next();
    int before = wire.left.actions.size();
    for (boolean fromInitiator : new boolean[] {true, false}) {
      for (long other : new long[] {0, 1, ike.remoteSpi, ike.remoteSpi + 1}) {
        for (boolean swapped : new boolean[] {true, false}) {
          long first = swapped ? ike.localSpi : other;
          long second = swapped ? other : ike.localSpi;
          wire.run(Duration.ofMillis(100));
          wire.left.handle(
              new IkeEvent.DatagramReceived(
                  new Endpoint(wire.left.address, 4500),
                  new Endpoint(wire.right.address, 4500),
                  sealed(first, second, fromInitiator)));
        }
      }
    }
    assertThat(wire.left.actions.subList(before, wire.left.actions.size()))
        .filteredOn(IkeAction.SendDatagram.class::isInstance)
        .noneMatch(a -> shows(((IkeAction.SendDatagram) a).message()));
  }

  @Test
  void whoAsksForTokensGetsThemOnlySoOften() {
    Wire wire = established(8);
    int sent = wire.left.sent;
    for (int i = 0; i < 1000; i++) {
      wire.left.handle(
          new IkeEvent.DatagramReceived(
              new Endpoint(wire.left.address, 4500),
              new Endpoint(wire.right.address, 4500),
              sealed(1000 + i, 2000 + i, true)));
      wire.left.handle(
          new IkeEvent.DataPath(
              new SaNotice.InvalidSpi(
                  new Spi(70_000 + i),
                  new Endpoint(wire.left.address, 4500),
                  new Endpoint(wire.left.address, 4500))));
    }
    assertThat(wire.left.sent - sent).isEqualTo(Dispatcher.CRASH_ANSWERS_PER_SECOND);
  }

  /** It tells those only whose address a gateway has, and by IKE's port what came without UDP. */
  @Test
  void espWithoutAnIkeSaIsAnsweredByAHintToConfiguredPeersOnly() {
    Wire wire = new Wire(9);
    wire.cut = true;
    wire.left.configure(responder());
    Endpoint local = new Endpoint(wire.left.address, 0);
    Endpoint stranger = new Endpoint(dev.culvert.core.net.Ipv4Address.of("203.0.113.7"), 0);
    Spi spi = new Spi(0x1234_5678);
    wire.left.handle(new IkeEvent.DataPath(new SaNotice.InvalidSpi(spi, local, stranger)));
    assertThat(wire.left.sent).isZero();
    for (int i = 0; i < 500; i++) {
      wire.left.handle(
          new IkeEvent.DataPath(
              new SaNotice.InvalidSpi(spi, local, new Endpoint(wire.right.address, 0))));
    }
    assertThat(wire.left.sent).isEqualTo(InvalidSpis.HINTS_PER_SECOND);
    IkeAction.SendDatagram hint =
        (IkeAction.SendDatagram)
            wire.left.actions.stream()
                .filter(IkeAction.SendDatagram.class::isInstance)
                .findFirst()
                .orElseThrow();
    assertThat(hint.remote()).isEqualTo(new Endpoint(wire.right.address, 500));
    assertThat(hint.message()).isEqualTo(hint(spi));
  }

  private static Payload.Notify token(Octets data) {
    return new Payload.Notify(
        Proposal.PROTOCOL_IKE, Octets.EMPTY, NotifyType.QCD_TOKEN.wireValue(), data);
  }

  private static boolean shows(Octets datagram) {
    return Wire.ok(IkeMessage.decode(datagram)).payloads().stream()
        .anyMatch(p -> p instanceof Payload.Notify n && n.is(NotifyType.QCD_TOKEN));
  }

  /** To the right side, from the left's address. */
  private static void arrives(Wire wire, Octets message) {
    wire.right.receive(
        new Endpoint(wire.right.address, 4500), new Endpoint(wire.left.address, 4500), message);
  }

  /** Unprotected, on an IKE SA that the right side has begun. */
  private static Octets ofIkeSa(IkeSa ike, boolean response, Payload... payloads) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    int messageId = outstanding == null ? 0 : outstanding.messageId();
    return message(
        ike.initiatorSpi(), ike.responderSpi(), false, response, messageId, List.of(payloads));
  }

  /** RFC 7296 §1.5. */
  private static Octets hint(Spi spi) {
    return message(
        0,
        0,
        true,
        false,
        0,
        List.of(Payload.Notify.of(NotifyType.INVALID_SPI, Negotiation.spiOctets(spi))));
  }

  /** A protected request, as far as anybody can tell who has no keys. */
  private static Octets sealed(long initiatorSpi, long responderSpi, boolean fromInitiator) {
    return message(
        initiatorSpi,
        responderSpi,
        fromInitiator,
        false,
        0,
        List.of(new Payload.Encrypted(0, Octets.wrap(new byte[28]))));
  }

  private static Octets message(
      long initiatorSpi,
      long responderSpi,
      boolean fromInitiator,
      boolean response,
      int messageId,
      List<Payload> payloads) {
    IkeHeader header =
        new IkeHeader(
            initiatorSpi,
            responderSpi,
            0,
            IkeHeader.MAJOR_VERSION,
            ExchangeType.INFORMATIONAL.wireValue(),
            fromInitiator,
            response,
            messageId,
            0);
    return new IkeMessage(header, payloads).encode();
  }
}
