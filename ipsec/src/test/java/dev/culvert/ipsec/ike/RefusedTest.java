package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.Negotiation;
import dev.culvert.ipsec.ike.sa.ChildPurpose;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Peers that refuse, once or for ever, what an IKE SA was asked for: the requests are few, and the
 * tunnel has another way (RFC 7296 §2.8).
 */
class RefusedTest {
  private static final Duration SHORT = Duration.ofSeconds(180);
  private static final Duration LONG = Duration.ofHours(24);

  /** What a peer may say to CREATE_CHILD_SA, of no known type included. */
  private static final List<Payload.Notify> REFUSALS =
      List.of(
          Payload.Notify.of(NotifyType.NO_ADDITIONAL_SAS),
          Payload.Notify.of(NotifyType.TEMPORARY_FAILURE),
          Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN),
          Payload.Notify.of(NotifyType.INVALID_KE_PAYLOAD, Octets.ofHex("000e")),
          Payload.Notify.of(NotifyType.INVALID_KE_PAYLOAD, Octets.ofHex("001f")),
          Payload.Notify.of(NotifyType.TS_UNACCEPTABLE),
          Payload.Notify.of(NotifyType.SINGLE_PAIR_REQUIRED),
          Payload.Notify.of(NotifyType.INTERNAL_ADDRESS_FAILURE),
          Payload.Notify.of(NotifyType.FAILED_CP_REQUIRED),
          Payload.Notify.of(NotifyType.INVALID_SYNTAX),
          Payload.Notify.of(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD),
          Payload.Notify.of(NotifyType.AUTHENTICATION_FAILED),
          Payload.Notify.of(NotifyType.TS_MAX_QUEUE),
          new Payload.Notify(0, Octets.EMPTY, 8191, Octets.EMPTY));

  /** Both sides, the peer's SAs outliving every test. */
  private final Configs left = Configs.towards("192.0.2.2");

  private final Configs right = Configs.towards("192.0.2.1").responder();

  @Test
  void aPeerThatRefusesEveryChildRekeyKeepsItsTunnelByFreshIkeSas() {
    for (Payload.Notify refusal : REFUSALS) {
      Wire wire = established(1, SHORT, LONG);
      RekeyTest.neverInterrupted(wire);
      List<Octets> asked = refusing(wire, refusal);
      int before = wire.left.sent;
      wire.run(Duration.ofHours(1));

      String what = NotifyType.name(refusal.notifyType());
      assertThat(asked).as(what).isNotEmpty();
      // Some 25 lifetimes: each a few refusals, an IKE SA and a delete.
      assertThat(asked.size()).as(what).isLessThan(25 * 6);
      assertThat(wire.left.sent - before).as(what).isLessThan(25 * 12);
      EstablishTest.assertSettled(wire, 1);
    }
  }

  @Test
  void aPeerThatRefusesEveryIkeRekeyKeepsItsTunnelByFreshIkeSas() {
    for (Payload.Notify refusal : REFUSALS) {
      Wire wire = established(2, LONG, SHORT);
      RekeyTest.neverInterrupted(wire);
      List<Octets> asked = refusing(wire, refusal);
      wire.run(Duration.ofHours(1));

      String what = NotifyType.name(refusal.notifyType());
      assertThat(asked).as(what).isNotEmpty();
      assertThat(asked.size()).as(what).isLessThan(25 * 6);
      EstablishTest.assertSettled(wire, 2);
    }
  }

  /** RFC 7296 §2.25.1: the peer has lost the pair, so there is an end without a replacement. */
  @Test
  void aPeerThatHasLostTheChildSaAndRefusesAnotherIsGivenAFreshIkeSa() {
    Wire wire = established(3, SHORT, LONG);
    List<Octets> asked = refusing(wire, Payload.Notify.of(NotifyType.CHILD_SA_NOT_FOUND));
    wire.run(Duration.ofHours(1));

    assertThat(asked.size()).isBetween(10, 25 * 8);
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(30))).isTrue();
    assertThat(wire.left.vpn().flaps()).isLessThan(30);
  }

  /** Every packet that the pair may carry is sent before the rekey has been answered. */
  @Test
  void aPairThatIsUsedUpWithAPeerThatAllowsNoOtherIsReplacedWithinSeconds() {
    for (Payload.Notify refusal : REFUSALS) {
      Wire wire = established(4, LONG, LONG);
      List<Octets> asked = refusing(wire, refusal);
      for (int round = 0; round < 5; round++) {
        Spi spent = wire.left.outbound;
        wire.left.handle(new IkeEvent.DataPath(new SaNotice.HardLimitReached(spent)));
        wire.run(Duration.ofMillis(100));
        assertThat(wire.left.installed).doesNotContainKey(spent);
        boolean returns = wire.runUntil(wire::bothUp, Duration.ofSeconds(15));
        assertThat(returns).as(NotifyType.name(refusal.notifyType())).isTrue();
        wire.run(Duration.ofMinutes(10));
      }
      assertThat(asked.size()).isLessThan(5 * 4);
    }
  }

  @Test
  void aRekeyThatAnOperatorAsksForIsNotRepeatedWithoutEnd() {
    for (Payload.Notify refusal : REFUSALS) {
      for (boolean ikeSa : new boolean[] {false, true}) {
        Wire wire = established(5, LONG, LONG);
        RekeyTest.neverInterrupted(wire);
        List<Octets> asked = refusing(wire, refusal);
        wire.left.handle(new IkeEvent.RekeyRequested("gw", ikeSa));
        wire.run(Duration.ofMinutes(1));
        assertThat(asked.size())
            .as("%s, IKE SA %s", NotifyType.name(refusal.notifyType()), ikeSa)
            .isBetween(1, 6);
        wire.run(Duration.ofMinutes(10));
        assertThat(asked.size()).isLessThan(8);
        EstablishTest.assertSettled(wire, 5);
      }
    }
  }

  /** The data path goes on saying that the soft limit is reached; that is no reason to hurry. */
  @Test
  void aSoftLimitThatIsReportedAgainAndAgainDoesNotHurryARefusedRekey() {
    Wire wire = established(6, LONG, LONG);
    RekeyTest.neverInterrupted(wire);
    List<Octets> asked = refusing(wire, Payload.Notify.of(NotifyType.TEMPORARY_FAILURE));
    Spi due = wire.left.outbound;
    for (int i = 0; i < 3000 && wire.left.installed.containsKey(due); i++) {
      wire.left.handle(new IkeEvent.DataPath(new SaNotice.SoftLimitReached(due)));
      wire.run(Duration.ofMillis(50));
    }
    assertThat(wire.left.installed).doesNotContainKey(due);
    assertThat(asked.size()).isLessThan(8);
  }

  @Test
  void aPeerThatIsBusyForAMomentKeepsItsIkeSa() {
    Wire wire = established(7, LONG, LONG);
    RekeyTest.neverInterrupted(wire);
    int index = wire.left.engine.ikeSas(wire.now).getFirst().index();
    refusing(wire, Payload.Notify.of(NotifyType.TEMPORARY_FAILURE));
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofSeconds(10));
    wire.drop = (from, message) -> false;
    wire.run(Duration.ofMinutes(1));

    assertThat(wire.left.vpn().childRekeys()).isEqualTo(1);
    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().index()).isEqualTo(index);
    EstablishTest.assertSettled(wire, 7);
  }

  @Test
  void aPeerThatInsistedOnPfsAndTakesNoneLaterIsOfferedItOnceMore() {
    Wire wire = established(15, SHORT, LONG);
    RekeyTest.neverInterrupted(wire);
    int[] asked = {0};
    int[] refused = {0};
    wire.drop =
        (from, message) -> {
          if (from != wire.left || !Wire.is(message, ExchangeType.CREATE_CHILD_SA, false)) {
            return false;
          }
          boolean keyExchange =
              wire.left.opened(message).stream().anyMatch(p -> p.type() == Payload.KE);
          if (asked[0]++ == 0) {
            wire.right.answer(
                message, Payload.Notify.of(NotifyType.INVALID_KE_PAYLOAD, Octets.ofHex("001f")));
          } else if (keyExchange) {
            refused[0]++;
            wire.right.answer(message, Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN));
          } else {
            return false;
          }
          return true;
        };
    wire.run(Duration.ofHours(1));
    assertThat(asked[0]).isGreaterThan(15);
    assertThat(refused[0]).isBetween(1, 2);
    EstablishTest.assertSettled(wire, 15);
  }

  /** A peer that refuses the fresh IKE SA too is asked for it in vain, but not in a hurry. */
  @Test
  void aFreshIkeSaThatIsRefusedIsTriedAgainAfterPausesThatGrow() {
    Wire wire = established(8, LONG, LONG);
    RekeyTest.neverInterrupted(wire);
    List<Octets> asked = new ArrayList<>();
    wire.drop =
        (from, message) -> {
          boolean child = Wire.is(message, ExchangeType.CREATE_CHILD_SA, false);
          boolean auth = Wire.is(message, ExchangeType.IKE_AUTH, false);
          if (from != wire.left || !(child || auth)) {
            return false;
          }
          asked.add(message);
          wire.right.answer(message, Payload.Notify.of(NotifyType.NO_ADDITIONAL_SAS));
          return true;
        };
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofHours(1));
    assertThat(asked.size()).isBetween(50, 110);
    assertThat(wire.left.vpn().lastFailure()).contains("NO_ADDITIONAL_SAS");

    wire.drop = (from, message) -> false;
    wire.run(Duration.ofMinutes(3));
    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().index()).isGreaterThan(1);
    EstablishTest.assertSettled(wire, 8);
  }

  /** As a daemon does that keeps one IKE SA for each pair of identities. */
  @Test
  void aPeerThatDeletesTheOldIkeSaBeforeItAnswersTheFreshOneDoesNotTakeTheTunnelDown() {
    for (int seed = 1; seed <= 20; seed++) {
      Wire wire = established(seed, LONG, LONG);
      refusing(wire, Payload.Notify.of(NotifyType.NO_ADDITIONAL_SAS));
      var refuses = wire.drop;
      boolean[] told = {false};
      wire.drop =
          (from, message) -> {
            if (from == wire.right && Wire.is(message, ExchangeType.IKE_AUTH, true) && !told[0]) {
              told[0] = true;
              wire.right.does((parts, step) ->
                  parts.tables.ikeSas.all().values().stream()
                      .filter(IkeSa::isEstablished)
                      .min(java.util.Comparator.comparingInt(i -> i.index))
                      .ifPresent(old -> parts.informational.sendDeleteIke(old, step)));
              // The answer comes behind it.
              wire.schedule(
                  Duration.ofMillis(200),
                  () ->
                      wire.right.does(
                          (parts, step) -> step.add(new Effect.RepeatResponse(newest(parts)))));
              return true;
            }
            return refuses.test(from, message);
          };
      wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
      wire.run(Duration.ofMinutes(1));
      assertThat(told[0]).isTrue();
      assertThat(wire.left.downs).as("seed %d", seed).isZero();
      EstablishTest.assertSettled(wire, seed);
    }
  }

  @Test
  void aTunnelThatWaitsForTrafficIsReplacedWithoutWaitingForItToEnd() {
    left.establish = EstablishTunnels.ON_TRAFFIC;
    Wire wire = wire(9, SHORT, LONG);
    wire.left.handle(new IkeEvent.DataPath(new SaNotice.OutboundSaMissing(Wire.ST0)));
    wire.run(Duration.ofSeconds(2));
    RekeyTest.neverInterrupted(wire);
    refusing(wire, Payload.Notify.of(NotifyType.NO_ADDITIONAL_SAS));
    wire.run(Duration.ofHours(1));
    EstablishTest.assertSettled(wire, 9);
  }

  /** One that may not begin tells the end of the IKE SA, so that the peer does. */
  @Test
  void aResponderThatIsRefusedEndsTheIkeSaAndThePeerBeginsAnew() {
    right.esp = List.of(esp(SHORT));
    Wire wire = wire(10, LONG, LONG);
    wire.run(Duration.ofSeconds(2));
    int[] asked = {0};
    wire.drop =
        (from, message) -> {
          boolean refuses =
              from == wire.right && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false);
          if (refuses) {
            asked[0]++;
            wire.left.answer(message, Payload.Notify.of(NotifyType.NO_ADDITIONAL_SAS));
          }
          return refuses;
        };
    for (int i = 0; i < 20; i++) {
      wire.run(SHORT);
      assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(5))).isTrue();
    }
    assertThat(asked[0]).isBetween(10, 40);
    EstablishTest.assertSettled(wire, 10);
  }

  /** Two that cannot rekey, as each insists on a group of its own, replace at the same time. */
  @Test
  void bothSidesThatReplaceAtOnceEndWithOneIkeSaAndOnePair() {
    left.pfs = dev.culvert.ipsec.crypto.DhGroup.GROUP19;
    right.pfs = dev.culvert.ipsec.crypto.DhGroup.GROUP20;
    right.establish = EstablishTunnels.IMMEDIATELY;
    right.esp = List.of(esp(SHORT));
    for (int seed = 1; seed <= 30; seed++) {
      Wire wire = wire(seed, SHORT, LONG);
      wire.jitterMillis = 30;
      wire.run(Duration.ofMinutes(1));
      RekeyTest.neverInterrupted(wire);
      wire.run(Duration.ofMinutes(30));
      wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
      wire.right.handle(new IkeEvent.RekeyRequested("gw", false));
      wire.run(Duration.ofMinutes(2));
      EstablishTest.assertSettled(wire, seed);
    }
  }

  /** RFC 7296 §2.21.3: it ends the IKE SA, whichever request it answers. */
  @Test
  void anInformationalRequestThatIsAnsweredWithInvalidSyntaxEndsTheIkeSa() {
    Wire wire = established(11, LONG, LONG);
    RekeyTest.neverInterrupted(wire);
    int index = wire.left.engine.ikeSas(wire.now).getFirst().index();
    wire.drop =
        (from, message) -> {
          boolean probe = from == wire.left && Wire.is(message, ExchangeType.INFORMATIONAL, false);
          if (probe) {
            wire.drop = (f, m) -> false;
            wire.right.answer(message, Payload.Notify.of(NotifyType.INVALID_SYNTAX));
          }
          return probe;
        };
    wire.left.does((parts, step) ->
        IkeSaTable.current(parts.tables.vpns.all().firstEntry().getValue())
            .ifPresent(ike -> {
              ike.window.enqueue(new QueuedRequest.Probe());
              step.add(new Effect.SendNext(ike));
            }));
    wire.run(Duration.ofMinutes(1));
    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().index()).isGreaterThan(index);
    EstablishTest.assertSettled(wire, 11);
  }

  /** We are the one that says it: the peer forgets the IKE SA, and tells nobody. */
  @Test
  void aPeerWhoseRequestForAChildMakesNoSenseIsGivenAFreshIkeSa() {
    Wire wire = established(16, LONG, LONG);
    wire.right.does((parts, step) -> {
      IkeSa ike = newest(parts);
      step.add(
          new Effect.SendRequest(
              ike,
              new PendingRequest.CreateChild(
                  new ChildPurpose.First(IkeSa.present(ike.vpn).policies.getFirst()),
                  new Spi(0x7777),
                  new Payload.Nonce(Octets.wrap(new byte[32])),
                  null),
              List.of(
                  new Payload.SecurityAssociation(
                      Negotiation.espOffer(right.esp, new Spi(0x7777), null)),
                  new Payload.Nonce(Octets.wrap(new byte[32])))));
    });
    List<IkeSa> forgotten = new ArrayList<>();
    wire.right.does((parts, step) -> forgotten.add(newest(parts)));
    wire.drop =
        (from, message) -> {
          boolean refusal =
              from == wire.left && Wire.is(message, ExchangeType.CREATE_CHILD_SA, true);
          if (refusal) {
            wire.drop = (f, m) -> false;
            assertThat(wire.left.opened(message))
                .contains(Payload.Notify.of(NotifyType.INVALID_SYNTAX));
            wire.right.does((parts, step) ->
                parts.lifecycle.close(
                    forgotten.getFirst(),
                    dev.culvert.ipsec.ike.operational.DownReason.NONE,
                    "",
                    step));
          }
          return refusal;
        };
    wire.run(Duration.ofSeconds(5));
    assertThat(wire.bothUp()).isTrue();
    assertThat(wire.left.downs).isZero();
    // The delete of the old one is never answered.
    wire.run(Wire.SETTLING);
    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().index()).isGreaterThan(1);
    EstablishTest.assertSettled(wire, 16);
  }

  /** The fresh IKE SA has the same fault, and so has the next. */
  @Test
  void aPeerThatEndsEachIkeSaAtTheFirstProbeIsGivenFreshOnesAfterPausesThatGrow() {
    Wire wire = wire(14, LONG, LONG);
    wire.drop =
        (from, message) -> {
          boolean probe =
              from == wire.left
                  && Wire.is(message, ExchangeType.INFORMATIONAL, false)
                  && wire.left.opened(message).stream().noneMatch(Payload.Delete.class::isInstance);
          if (probe) {
            wire.right.answer(message, Payload.Notify.of(NotifyType.INVALID_SYNTAX));
          }
          return probe;
        };
    wire.run(Duration.ofSeconds(1));
    RekeyTest.neverInterrupted(wire);
    wire.run(Duration.ofHours(1));
    assertThat(wire.left.engine.ikeSas(wire.now).getLast().index()).isBetween(2, 80);
  }

  /** In IKE_AUTH the child SA alone is refused: the IKE SA would stand without one. */
  @Test
  void aChildSaThatIsRefusedInIkeAuthIsAskedForAgainAfterPausesThatGrow() {
    List<Payload.Notify> refusals = new ArrayList<>(REFUSALS);
    refusals.add(Payload.Notify.of(NotifyType.CHILD_SA_NOT_FOUND));
    for (Payload.Notify refusal : refusals) {
      Wire wire = wire(12, LONG, LONG);
      int[] asked = {0};
      wire.drop =
          (from, message) -> {
            boolean answer = from == wire.right && Wire.is(message, ExchangeType.IKE_AUTH, true);
            if (!answer) {
              return false;
            }
            asked[0]++;
            List<Payload> payloads = new ArrayList<>();
            wire.right.opened(message).stream()
                .filter(p -> p.type() == Payload.ID_R || p.type() == Payload.AUTH)
                .forEach(payloads::add);
            payloads.add(refusal);
            var keep = wire.drop;
            wire.drop = (f, m) -> false;
            wire.right.answerInstead(message, payloads.toArray(Payload[]::new));
            wire.drop = keep;
            return true;
          };
      wire.run(Duration.ofHours(1));
      String what = NotifyType.name(refusal.notifyType());
      assertThat(asked[0]).as(what).isBetween(50, 90);
      assertThat(wire.left.up).isFalse();
      assertThat(wire.left.vpn().lastFailure()).contains(what);
      wire.drop = (from, message) -> false;
      assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(70))).as(what).isTrue();
    }
  }

  /** A peer that refuses no more than further pairs is not asked for them without end. */
  @Test
  void additionalPairsThatAreRefusedForEverAreDoneWithout() {
    for (Payload.Notify refusal : REFUSALS) {
      Wire wire = new Wire(13, 2, 2);
      List<Octets> asked = refusing(wire, refusal);
      left.esp = List.of(esp(LONG));
      left.ike = List.of(ike(LONG));
      right.esp = List.of(esp(LONG));
      right.ike = List.of(ike(LONG));
      EstablishTest.up(wire, left, right);
      wire.run(Duration.ofHours(1));
      assertThat(asked.size()).as(NotifyType.name(refusal.notifyType())).isBetween(1, 8);
      assertThat(wire.bothUp()).isTrue();
      assertThat(wire.downs()).isZero();
    }
  }

  private static IkeSa newest(EngineParts parts) {
    return parts.tables.ikeSas.all().values().stream()
        .max(java.util.Comparator.comparingInt(i -> i.index))
        .orElseThrow();
  }

  /** The peer answers every CREATE_CHILD_SA request of the left side with that. */
  private static List<Octets> refusing(Wire wire, Payload.Notify refusal) {
    List<Octets> asked = new ArrayList<>();
    wire.drop =
        (from, message) -> {
          boolean refuses =
              from == wire.left && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false);
          if (refuses) {
            asked.add(message);
            wire.right.answer(message, refusal);
          }
          return refuses;
        };
    return asked;
  }

  private Wire established(long seed, Duration child, Duration ike) {
    Wire wire = wire(seed, child, ike);
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(20))).isTrue();
    // The path has been probed by then.
    wire.run(Duration.ofSeconds(2));
    return wire;
  }

  /** Lifetimes of the left side; the right side's outlive every test, if it has none. */
  private Wire wire(long seed, Duration child, Duration ike) {
    Wire wire = new Wire(seed);
    left.esp = List.of(esp(child));
    left.ike = List.of(ike(ike));
    right.ike = List.of(ike(LONG));
    if (right.esp.getFirst().lifetime().equals(Duration.ofHours(1))) {
      right.esp = List.of(esp(LONG));
    }
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    return wire;
  }

  private static EspProposal esp(Duration lifetime) {
    return new EspProposal("esp", EspAlgorithm.AES_256_GCM, lifetime, 0, 0, false);
  }

  private static IkeProposal ike(Duration lifetime) {
    IkeProposal model = Configs.X25519_GCM;
    return new IkeProposal(model.name(), model.cipher(), model.prfs(), model.dhGroup(), lifetime);
  }
}
