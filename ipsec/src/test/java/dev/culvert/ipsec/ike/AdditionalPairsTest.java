package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
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
  static final Duration A_WHILE = Duration.ofSeconds(40);

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
    wire.left.does((parts, step) ->
        parts.tables.ikeSas.all().values().forEach(ike -> ike.asksForPairs = true));
    wire.left.does((parts, step) ->
        parts.tables.vpns.all().values().forEach(vpn -> parts.additionalPairs.ask(vpn, step)));
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
      wire.left.does((parts, step) ->
          parts.tables.vpns.all().values().forEach(vpn -> parts.additionalPairs.ask(vpn, step)));
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

  private static Wire established(long seed, int leftQueues, int rightQueues) {
    Wire wire = new Wire(seed, leftQueues, rightQueues);
    up(wire);
    return wire;
  }

  static void up(Wire wire) {
    EstablishTest.up(wire, Configs.towards("192.0.2.2"), Configs.towards("192.0.2.1").responder());
  }

  /** Every pair is there and used by both sides. */
  static Wire inUse(long seed, int leftQueues, int rightQueues, DhGroup pfs) {
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
  static void assertSettled(Wire wire, int pairs, long seed) {
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
  static Spi pair(Wire.Node node, boolean first) {
    int home =
        IkeSa.present(node.engine.parts.tables.vpns.get("vpn")).policies.getFirst().homeQueue;
    return node.outbounds.get(first ? home : 1 - home);
  }

  static int childRequests(Wire.Node node) {
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
