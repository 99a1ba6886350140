package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** RFC 9611: a pair for each queue, of peers that want it and of peers that do not. */
class AdditionalPairsTest {
  /** Long enough for a pair to be asked for again, and for a responder to use it unasked. */
  private static final Duration A_WHILE = Duration.ofSeconds(40);

  @Test
  void twoRoutersWithTwoQueuesMakeAPairForEachQueueOfBoth() {
    Wire wire = established(1, 2, 2);
    wire.run(Duration.ofSeconds(1));

    assertSettled(wire, 2, 1);
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      assertThat(node.downs).isZero();
      assertThat(node.vpn().pairs()).isEqualTo(2);
      List<IpsecSaView> views = node.engine.ipsecSas(wire.now);
      assertThat(views).extracting(IpsecSaView::tunnelId).containsOnly(131_073);
      assertThat(views).extracting(IpsecSaView::inUse).containsOnly(true);
      assertThat(views)
          .extracting(IpsecSaView::queue)
          .containsExactlyInAnyOrder(OptionalInt.of(0), OptionalInt.of(1));
    }
    List<ChildSa> pairs = List.copyOf(wire.left.installed.values());
    assertThat(pairs.get(1).localSelectors()).isEqualTo(pairs.get(0).localSelectors());
    assertThat(pairs.get(1).algorithm()).isEqualTo(pairs.get(0).algorithm());
    assertThat(pairs.get(1).inboundKey()).isNotEqualTo(pairs.get(0).inboundKey());
    assertThat(childRequests(wire.left)).isEqualTo(1);
    assertThat(childRequests(wire.right)).isZero();
  }

  @Test
  void theResponderSendsOnAnAdditionalPairOnlyOnceThePeerIsKnownToHaveIt() {
    Wire wire = established(2, 2, 2);
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.left.outbounds).hasSize(2);
    assertThat(wire.right.installed).hasSize(2);
    assertThat(wire.right.outbounds).hasSize(1);

    assertThat(wire.left.sendFromEachQueue()).isTrue();
    assertThat(wire.right.outbounds).hasSize(2);
    assertThat(wire.right.sendFromEachQueue()).isTrue();
  }

  @Test
  void theResponderSendsOnAnAdditionalPairInTheEndThoughThePeerNeverDoes() {
    Wire wire = established(3, 2, 2);
    wire.run(A_WHILE);
    assertThat(wire.right.outbounds).hasSize(2);
  }

  @Test
  void anInitiatorWithFewerQueuesAsksForNoMoreThanItHas() {
    Wire wire = established(4, 2, 4);
    wire.run(A_WHILE);
    assertSettled(wire, 2, 4);
    assertThat(wire.right.outbounds).hasSize(2);
  }

  @Test
  void aResponderWithFewerQueuesTakesTwoPairsAQueueAndUsesOneOfEach() {
    Wire wire = established(5, 4, 2);
    wire.run(A_WHILE);
    assertSettled(wire, 4, 5);
    assertThat(wire.left.outbounds).hasSize(4);
    assertThat(wire.right.outbounds).hasSize(2);
    assertThat(queues(wire.right)).containsExactly(0, 0, 1, 1);
    assertThat(wire.right.vpn().pairs()).isEqualTo(2);
  }

  @Test
  void aResponderThatHasAllItTakesAnswersTsMaxQueueAndIsNotAskedAgain() {
    Wire wire = established(6, 16, 2);
    wire.run(Duration.ofMinutes(10));
    assertSettled(wire, 4, 6);
    assertThat(childRequests(wire.left)).isEqualTo(4);
    assertThat(refusals(wire.left)).containsExactly("TS_MAX_QUEUE");
    assertThat(wire.left.vpn().failures()).isZero();
    assertThat(wire.left.downs + wire.right.downs).isZero();
  }

  @Test
  void betweenARouterWithSeveralQueuesAndOneWithoutThereIsOnePairAsEver() {
    for (int[] queues : new int[][] {{2, 1}, {1, 2}}) {
      Wire wire = established(7, queues[0], queues[1]);
      wire.run(Duration.ofMinutes(10));
      EstablishTest.assertSettled(wire, 7);
      assertThat(childRequests(wire.left) + childRequests(wire.right)).isZero();
    }
  }

  @Test
  void onlyRoutersWithSeveralQueuesAnnounceThem() {
    assertThat(announces(1, 2, false)).isFalse();
    assertThat(announces(2, 2, false)).isTrue();
    assertThat(announces(1, 2, true)).isFalse();
    assertThat(announces(2, 1, true)).isFalse();
    assertThat(announces(2, 2, true)).isTrue();
  }

  /** Whether the left side's IKE_AUTH request, or the right side's response, does. */
  private static boolean announces(int left, int right, boolean response) {
    Wire wire = new Wire(8, left, right);
    boolean[] announced = {false};
    wire.drop =
        (from, message) -> {
          if (Wire.is(message, ExchangeType.IKE_AUTH, response)) {
            announced[0] |= new Payloads(from.opened(message)).has(NotifyType.SA_RESOURCE_INFO);
          }
          return false;
        };
    up(wire);
    return announced[0];
  }

  @Test
  void aRouterWithOneQueueThatIsAskedAllTheSameAnswersTsMaxQueue() {
    Wire wire = established(9, 2, 1);
    wire.left.does((core, turn) -> core.ikeSas.values().forEach(ike -> ike.asksForPairs = true));
    wire.left.does((core, turn) ->
        core.tunnels.values().forEach(tunnel -> core.additionalPairs.ask(tunnel, turn)));
    wire.run(A_WHILE);
    EstablishTest.assertSettled(wire, 9);
    assertThat(refusals(wire.left)).containsExactly("TS_MAX_QUEUE");
  }

  @Test
  void whateverAPeerRefusesAnAdditionalPairWithItIsNotAskedAgainAndTheTunnelStaysUp() {
    for (NotifyType refusal :
        List.of(
            NotifyType.TS_MAX_QUEUE,
            NotifyType.NO_ADDITIONAL_SAS,
            NotifyType.NO_PROPOSAL_CHOSEN,
            NotifyType.TS_UNACCEPTABLE,
            NotifyType.INVALID_SYNTAX)) {
      Wire wire = new Wire(10, 2, 2);
      refuse(wire, refusal, Integer.MAX_VALUE);
      up(wire);
      wire.run(Duration.ofMinutes(10));
      EstablishTest.assertSettled(wire, 10);
      assertThat(childRequests(wire.left)).as(refusal.name()).isEqualTo(1);
      assertThat(refusals(wire.left)).containsExactly(refusal.name());
      assertThat(wire.left.downs + wire.right.downs).isZero();
    }
  }

  @Test
  void aPeerThatCannotAtTheMomentIsAskedAgainLater() {
    Wire wire = new Wire(11, 2, 2);
    refuse(wire, NotifyType.TEMPORARY_FAILURE, 2);
    up(wire);
    wire.run(Duration.ofSeconds(3));
    EstablishTest.assertSettled(wire, 11);
    wire.run(A_WHILE);
    assertSettled(wire, 2, 11);
    assertThat(childRequests(wire.left)).isEqualTo(3);
  }

  /** The right side answers that many requests for a child SA with that. */
  private static void refuse(Wire wire, NotifyType refusal, int times) {
    int[] left = {times};
    wire.drop =
        (from, message) -> {
          boolean refused =
              from == wire.left
                  && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false)
                  && left[0]-- > 0;
          if (refused) {
            wire.right.answer(message, Payload.Notify.of(refusal));
          }
          return refused;
        };
  }

  @Test
  void anAnswerThatMakesAnotherSaThanTheFirstIsDeletedAtThePeerAndNotAskedForAgain() {
    Wire wire = new Wire(12, 2, 2);
    boolean[] answered = {false};
    wire.drop =
        (from, message) -> {
          boolean answers =
              !answered[0]
                  && from == wire.right
                  && Wire.is(message, ExchangeType.CREATE_CHILD_SA, true);
          if (answers) {
            answered[0] = true;
            wire.right.answerInstead(message, new Payload.VendorId(Octets.ofHex("00")));
          }
          return answers;
        };
    up(wire);
    wire.run(Duration.ofMinutes(10));
    EstablishTest.assertSettled(wire, 12);
    assertThat(childRequests(wire.left)).isEqualTo(1);
  }

  @Test
  void whicheverMessageIsLostOnceBothPairsComeIntoBeing() {
    for (int lost = 0; lost < 16; lost++) {
      for (DhGroup pfs : new DhGroup[] {null, DhGroup.GROUP31}) {
        Wire wire = new Wire(13, 2, 2);
        int number = lost;
        int[] sent = {0};
        wire.drop = (from, message) -> sent[0]++ == number;
        Configs left = Configs.towards("192.0.2.2");
        Configs right = Configs.towards("192.0.2.1").responder();
        left.pfs = right.pfs = pfs;
        EstablishTest.up(wire, left, right);
        wire.run(Duration.ofMinutes(2));
        assertSettled(wire, 2, lost);
        assertThat(wire.left.downs + wire.right.downs).isZero();
      }
    }
  }

  @Test
  void aPairThatIsAskedForTwiceWhileItsResponseIsOnItsWayIsMadeOnce() {
    for (DhGroup pfs : new DhGroup[] {null, DhGroup.GROUP31}) {
      Wire wire = new Wire(24, 2, 2);
      boolean[] lost = {true};
      wire.drop =
          (from, message) ->
              lost[0] && from == wire.right && Wire.is(message, ExchangeType.CREATE_CHILD_SA, true);
      Configs left = Configs.towards("192.0.2.2");
      Configs right = Configs.towards("192.0.2.1").responder();
      left.pfs = right.pfs = pfs;
      EstablishTest.up(wire, left, right);
      wire.run(Duration.ofMillis(100));
      wire.left.does((core, turn) ->
          core.tunnels.values().forEach(tunnel -> core.additionalPairs.ask(tunnel, turn)));
      lost[0] = false;
      wire.run(A_WHILE);
      assertSettled(wire, 2, 24);
      assertThat(childRequests(wire.left)).isEqualTo(1);
    }
  }

  @Test
  void everyEspCipherIsAgreedUponForAdditionalPairsToo() {
    for (EspAlgorithm algorithm : EspAlgorithm.values()) {
      Wire wire = new Wire(14, 3, 3);
      Configs left = Configs.towards("192.0.2.2");
      Configs right = Configs.towards("192.0.2.1").responder();
      left.esp = List.of(Configs.esp(EspAlgorithm.AES_128_GCM), Configs.esp(algorithm));
      right.esp = List.of(Configs.esp(algorithm));
      left.pfs = right.pfs = DhGroup.GROUP19;
      EstablishTest.up(wire, left, right);
      wire.run(Duration.ofSeconds(2));
      assertSettled(wire, 3, 14);
      assertThat(wire.left.installed.values())
          .extracting(ChildSa::algorithm)
          .containsOnly(algorithm);
    }
  }

  @Test
  void bothSidesThatBeginAtOnceEndWithOneIkeSaAndAPairForEachQueue() {
    for (int seed = 1; seed <= 40; seed++) {
      Wire wire = new Wire(seed, 2, 2);
      wire.jitterMillis = 30;
      wire.right.configure(Configs.towards("192.0.2.1").build());
      wire.left.configure(Configs.towards("192.0.2.2").build());
      assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(20))).isTrue();
      wire.run(Duration.ofMinutes(3));
      assertSettled(wire, 2, seed);
      assertThat(wire.left.downs + wire.right.downs).as("downs, seed %d", seed).isZero();
    }
  }

  // Rekeys.

  @Test
  void eachPairIsRekeyedAloneInItsQueueAndPacketsNeverStop() {
    Wire wire = inUse(1, 2, 2, null);
    neverInterrupted(wire);
    wire.run(Duration.ofHours(9));
    assertSettled(wire, 2, 1);
    assertThat(wire.left.vpn().childRekeys()).isGreaterThan(16);
    assertThat(wire.left.vpn().ikeRekeys()).isEqualTo(1);
  }

  @Test
  void rekeysOfBothPairsFromBothSidesThatCrossLeaveAPairForEachQueue() {
    for (int seed = 1; seed <= 40; seed++) {
      Wire wire = inUse(seed, 2, 2, seed % 2 == 0 ? null : DhGroup.GROUP31);
      neverInterrupted(wire);
      wire.jitterMillis = 30;
      wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
      wire.schedule(
          Duration.ofMillis(seed % 20),
          () -> wire.right.handle(new IkeEvent.RekeyRequested("gw", false)));
      wire.run(Duration.ofMinutes(1));
      assertSettled(wire, 2, seed);
    }
  }

  @Test
  void aRekeyOfTheIkeSaTakesBothPairsAlong() {
    for (int seed = 1; seed <= 20; seed++) {
      Wire wire = inUse(seed, 2, 2, null);
      neverInterrupted(wire);
      var before = new TreeSet<>(wire.left.installed.keySet());
      Wire.Node side = seed % 2 == 0 ? wire.left : wire.right;
      side.handle(new IkeEvent.RekeyRequested("gw", true));
      wire.run(Duration.ofSeconds(10));
      assertThat(wire.left.vpn().ikeRekeys()).isEqualTo(1);
      assertThat(wire.left.installed.keySet()).isEqualTo(before);
      assertSettled(wire, 2, seed);

      wire.right.handle(new IkeEvent.RekeyRequested("gw", false));
      wire.run(Duration.ofSeconds(10));
      assertThat(wire.left.installed.keySet()).doesNotContainAnyElementsOf(before);
      assertSettled(wire, 2, seed);
    }
  }

  @Test
  void thePairsThatAreStillToBeMadeAreMadeOnTheIkeSaThatReplacesTheFirst() {
    for (int seed = 1; seed <= 40; seed++) {
      Wire wire = new Wire(seed, 4, 4);
      wire.jitterMillis = 20;
      up(wire);
      Wire.Node side = seed % 2 == 0 ? wire.left : wire.right;
      side.handle(new IkeEvent.RekeyRequested("gw", true));
      wire.run(Duration.ofMinutes(1));
      assertSettled(wire, 4, seed);
    }
  }

  // Losses.

  @Test
  void aPairThatEitherSideDeletesIsAskedForAgainAndTheTunnelStaysUp() {
    for (boolean first : new boolean[] {true, false}) {
      for (boolean byLeft : new boolean[] {true, false}) {
        Wire wire = inUse(15, 2, 2, null);
        Wire.Node side = byLeft ? wire.left : wire.right;
        Spi deleted = pair(side, first);
        side.does((core, turn) ->
            core.informational.deleteChild(IkeSa.present(core.children.get(deleted)), turn));
        wire.run(Duration.ofSeconds(1));
        EstablishTest.assertSettled(wire, 15);
        assertThat(wire.left.sendFromEachQueue()).isTrue();
        assertThat(wire.right.sendFromEachQueue()).isTrue();

        wire.run(A_WHILE);
        assertSettled(wire, 2, 15);
        assertThat(wire.left.downs + wire.right.downs).isZero();
      }
    }
  }

  @Test
  void aPairThatIsSpentIsReplacedAndTheTunnelStaysUp() {
    Wire wire = inUse(16, 2, 2, null);
    Spi spent = pair(wire.right, false);
    wire.right.handle(new IkeEvent.DataPath(new SaNotice.HardLimitReached(spent)));
    wire.run(A_WHILE);
    assertThat(wire.right.installed).doesNotContainKey(spent);
    assertSettled(wire, 2, 16);
    assertThat(wire.left.downs + wire.right.downs).isZero();
  }

  @Test
  void aPeerThatDeletesEveryAdditionalPairIsAskedOnlyNowAndThen() {
    Wire wire = inUse(17, 2, 2, null);
    int before = childRequests(wire.left);
    for (int i = 0; i < 600; i++) {
      wire.right.does((core, turn) -> {
        if (core.children.size() > 1) {
          core.informational.deleteChild(
              List.copyOf(core.tunnels.get("vpn").pairs).getLast(), turn);
        }
      });
      wire.run(Duration.ofMillis(500));
    }
    assertThat(childRequests(wire.left) - before).isBetween(15, 60);
    assertThat(wire.left.downs + wire.right.downs).isZero();
  }

  @Test
  void aTunnelThatLosesAllItsPairsComesBackWithAsMany() {
    Wire wire = inUse(18, 2, 2, null);
    wire.right.deleteChildSas();
    wire.run(Duration.ofMillis(200));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.right.up).isFalse();
    wire.run(Duration.ofSeconds(5));
    assertSettled(wire, 2, 18);
    assertThat(wire.left.downs).isEqualTo(1);
  }

  @Test
  void aFirstPairThatThePeerDeletesBeforeWeHaveTheResponseThatMadeItIsMadeOnceMore() {
    Wire wire = inUse(25, 2, 2, null);
    boolean[] lost = {true};
    wire.drop =
        (from, message) ->
            lost[0] && from == wire.right && Wire.is(message, ExchangeType.CREATE_CHILD_SA, true);
    wire.right.deleteChildSas();
    wire.run(Duration.ofSeconds(3));
    assertThat(wire.right.up).isTrue();
    wire.right.deleteChildSas();
    wire.run(Duration.ofMillis(100));
    lost[0] = false;
    wire.run(A_WHILE);
    assertSettled(wire, 2, 25);
  }

  @Test
  void bothSidesThatAskForAFirstPairAtOnceEndWithOneForEachQueue() {
    for (int seed = 1; seed <= 60; seed++) {
      int queues = 1 + seed % 3;
      Wire wire = new Wire(seed, queues, queues);
      Configs left = Configs.towards("192.0.2.2");
      Configs right = Configs.towards("192.0.2.1");
      left.pfs = right.pfs = seed % 2 == 0 ? null : DhGroup.GROUP31;
      wire.right.configure(right.build());
      wire.left.configure(left.build());
      wire.run(Duration.ofMinutes(3));
      wire.right.deleteChildSas();
      wire.run(Duration.ofMillis(300));
      assertThat(wire.bothUp()).isFalse();

      int lost = seed % 5;
      int[] sent = {0};
      wire.drop = (from, message) -> ++sent[0] == lost;
      for (Wire.Node node : List.of(wire.left, wire.right)) {
        node.does((core, turn) ->
            core.tunnels.values().forEach(tunnel -> core.keeper.ensure(tunnel, turn)));
      }
      wire.run(Duration.ofMinutes(1));
      assertSettled(wire, queues, seed);
    }
  }

  @Test
  void anInvalidSpiConcernsOnePairOnly() {
    Wire wire = new Wire(19, 2, 2);
    Configs right = Configs.towards("192.0.2.1").responder();
    right.badSpiResponses = 1;
    EstablishTest.up(wire, Configs.towards("192.0.2.2"), right);
    wire.run(Duration.ofMinutes(1));
    Spi lost = pair(wire.left, false);
    Spi kept = pair(wire.left, true);
    Spi unknown = wire.left.installed.get(lost).outboundSpi();
    // By a fault of its own the right side has forgotten the pair.
    wire.right.engine.core.children.remove(unknown);
    var from = new dev.culvert.core.net.Endpoint(wire.left.address, 4500);
    for (int i = 0; i < 2; i++) {
      wire.right.handle(new IkeEvent.DataPath(new SaNotice.InvalidSpi(unknown, from)));
      wire.run(Duration.ofSeconds(1));
    }
    assertThat(wire.left.installed).containsOnlyKeys(kept);
    wire.run(A_WHILE);
    assertSettled(wire, 2, 19);
    assertThat(wire.left.downs + wire.right.downs).isZero();
  }

  @Test
  void thePairsOfAPeerThatRestartedGoAllAtOnceHoweverYoungItsIkeSa() {
    for (int seconds : new int[] {5, 600}) {
      Wire wire = inUse(20, 2, 2, null);
      wire.run(Duration.ofSeconds(seconds));
      wire.rebornLeft(77).configure(Configs.towards("192.0.2.2").build());
      wire.run(Duration.ofSeconds(2));
      assertThat(wire.left.up).isTrue();
      assertThat(wire.right.sendFromEachQueue()).as("after %d s", seconds).isTrue();
      wire.run(Duration.ofMinutes(3));
      assertSettled(wire, 2, 20);
      assertThat(wire.right.downs).isZero();
    }
  }

  @Test
  void clearingAndTakingTheConfigurationAwayLeaveNothing() {
    Wire wire = inUse(21, 3, 3, null);
    wire.left.handle(new IkeEvent.ClearSecurityAssociations("gw"));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.left.installed).isEmpty();
    wire.run(Duration.ofMinutes(1));
    assertSettled(wire, 3, 21);

    for (Wire.Node node : List.of(wire.left, wire.right)) {
      node.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));
    }
    wire.run(Duration.ofMinutes(5));
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      assertThat(node.engine.nextDeadline()).isNull();
      assertThat(node.installed).isEmpty();
      assertThat(node.up).isFalse();
    }
  }

  @Test
  void tunnelsHaveTheirFirstPairsInQueuesOfTheirOwn() {
    Wire wire = new Wire(22, 2, 1);
    wire.right.configure(
        Configs.together(
            Configs.towards("192.0.2.1").responder(),
            Configs.towards("198.51.100.1").second().responder()));
    wire.left.configure(
        Configs.together(Configs.towards("192.0.2.2"), Configs.towards("198.51.100.2").second()));
    wire.run(Duration.ofSeconds(5));
    assertThat(queues(wire.left)).containsExactly(0, 1);
  }

  @Test
  void anotherNumberOfQueuesIsToldToTakeEffectAtTheNextStart() {
    Wire wire = established(23, 2, 2);
    int before = wire.left.notices.size();
    wire.left.handle(new IkeEvent.ConfigurationCommitted(queues(OptionalInt.of(4))));
    wire.left.handle(new IkeEvent.ConfigurationCommitted(queues(OptionalInt.of(4))));
    wire.left.handle(new IkeEvent.ConfigurationCommitted(queues(OptionalInt.of(2))));
    assertThat(wire.left.notices.subList(before, wire.left.notices.size()))
        .singleElement()
        .asString()
        .contains("IPSEC_QUEUES_AT_NEXT_START", "4", "2");
  }

  private static IpsecConfig queues(OptionalInt queues) {
    IpsecConfig config = Configs.towards("192.0.2.2").build();
    return new IpsecConfig(config.gateways(), config.vpns(), 0, 0, queues);
  }

  // All of it at once.

  /** Whatever the network does, once it is quiet each queue of the initiator has its pair. */
  @Test
  void anyFaultsEndWithOneIkeSaAndAPairForEachQueueAndNoRekeyTakesTheTunnelDown() {
    int broken = 0;
    for (int seed = 1; seed <= RekeyTest.SWEEP; seed++) {
      java.util.Random random = new java.util.Random(seed);
      Wire wire = new Wire(seed, 2, 1 + random.nextInt(1, 4));
      wire.beFaulty();
      Configs left = Configs.towards("192.0.2.2");
      Configs right = Configs.towards("192.0.2.1");
      left.pfs = right.pfs = seed % 2 == 0 ? null : DhGroup.GROUP31;
      wire.right.configure(right.responder().build());
      wire.left.configure(left.build());
      assertThat(wire.runUntil(wire::bothUp, Duration.ofMinutes(5))).as("seed %d", seed).isTrue();
      for (int i = 0; i < 30; i++) {
        Wire.Node side = random.nextBoolean() ? wire.left : wire.right;
        switch (random.nextInt(4)) {
          case 0 -> side.handle(new IkeEvent.RekeyRequested("gw", true));
          case 1 -> wire.left.sendFromEachQueue();
          case 2 -> wire.right.sendFromEachQueue();
          default -> side.handle(new IkeEvent.RekeyRequested("gw", false));
        }
        wire.run(Duration.ofMillis(random.nextInt(4000)));
      }
      wire.beFaultless();
      wire.run(Wire.SETTLING);
      assertSettled(wire, 2, seed);
      if (wire.downs() > 0) {
        assertThat(wire.deadPeers())
            .as("downs, seed %d: %s", seed, wire.left.vpn().events())
            .isPositive();
        broken++;
      }
    }
    assertThat(broken)
        .as("all of a request's transmissions lost")
        .isLessThan(RekeyTest.SWEEP / 100);
  }

  private static Wire established(long seed, int leftQueues, int rightQueues) {
    Wire wire = new Wire(seed, leftQueues, rightQueues);
    up(wire);
    return wire;
  }

  private static void up(Wire wire) {
    EstablishTest.up(wire, Configs.towards("192.0.2.2"), Configs.towards("192.0.2.1").responder());
  }

  /** Every pair is there and used by both sides. */
  private static Wire inUse(long seed, int leftQueues, int rightQueues, DhGroup pfs) {
    Wire wire = new Wire(seed, leftQueues, rightQueues);
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1").responder();
    left.pfs = right.pfs = pfs;
    EstablishTest.up(wire, left, right);
    wire.run(Duration.ofSeconds(2));
    wire.left.sendFromEachQueue();
    return wire;
  }

  private static void neverInterrupted(Wire wire) {
    wire.invariant =
        () -> {
          assertThat(wire.bothUp()).as("up at %s", wire.now).isTrue();
          assertThat(wire.left.outbounds).as("left at %s", wire.now).hasSize(2);
          assertThat(wire.right.outbounds).as("right at %s", wire.now).hasSize(2);
          assertThat(wire.left.sendFromEachQueue()).as("left to right at %s", wire.now).isTrue();
          assertThat(wire.right.sendFromEachQueue()).as("right to left at %s", wire.now).isTrue();
        };
  }

  /** One IKE SA, that many pairs, the same on both sides, and packets pass from every queue. */
  private static void assertSettled(Wire wire, int pairs, long seed) {
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      assertThat(node.engine.ikeSas(wire.now)).as("%s, seed %d", node.name, seed).hasSize(1);
      assertThat(node.installed).as("%s, seed %d", node.name, seed).hasSize(pairs);
      assertThat(node.engine.ipsecSas(wire.now)).hasSize(pairs);
    }
    var outbound = new TreeSet<Spi>();
    wire.left.installed.values().forEach(sa -> outbound.add(sa.outboundSpi()));
    assertThat(outbound).as("seed %d", seed).isEqualTo(wire.right.installed.keySet());
    assertThat(wire.bothUp()).as("seed %d", seed).isTrue();
    assertThat(wire.left.sendFromEachQueue()).as("left to right, seed %d", seed).isTrue();
    assertThat(wire.right.sendFromEachQueue()).as("right to left, seed %d", seed).isTrue();
  }

  private static List<Integer> queues(Wire.Node node) {
    return node.installed.keySet().stream().map(spi -> spi.queue(node.queues)).sorted().toList();
  }

  /** The pair in the tunnel's home queue, or the one in the other. */
  private static Spi pair(Wire.Node node, boolean first) {
    int home = IkeSa.present(node.engine.core.tunnels.get("vpn")).homeQueue;
    return node.outbounds.get(first ? home : 1 - home);
  }

  private static int childRequests(Wire.Node node) {
    List<Octets> distinct = new ArrayList<>();
    for (IkeAction action : node.actions) {
      if (action instanceof IkeAction.SendDatagram(var l, var r, Octets message, var w)
          && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false)
          && !distinct.contains(message)) {
        distinct.add(message);
      }
    }
    return distinct.size();
  }

  private static List<String> refusals(Wire.Node node) {
    return node.notices.stream()
        .filter(notice -> notice.tag().equals("IKE_ADDITIONAL_SA_REFUSED"))
        .map(notice -> notice.fields().get("reason"))
        .toList();
  }
}
