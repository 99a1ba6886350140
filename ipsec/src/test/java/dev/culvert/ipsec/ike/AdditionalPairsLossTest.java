package dev.culvert.ipsec.ike;

import static dev.culvert.ipsec.ike.AdditionalPairsTest.A_WHILE;
import static dev.culvert.ipsec.ike.AdditionalPairsTest.assertSettled;
import static dev.culvert.ipsec.ike.AdditionalPairsTest.childRequests;
import static dev.culvert.ipsec.ike.AdditionalPairsTest.inUse;
import static dev.culvert.ipsec.ike.AdditionalPairsTest.pair;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pairs of several queues (RFC 9611) that get lost, and what comes in their place. */
class AdditionalPairsLossTest {
  @Test
  void aPairThatEitherSideDeletesIsAskedForAgainAndTheTunnelStaysUp() {
    for (boolean first : new boolean[] {true, false}) {
      for (boolean byLeft : new boolean[] {true, false}) {
        Wire wire = inUse(15, 2, 2, null);
        Wire.Node side = byLeft ? wire.left : wire.right;
        Spi deleted = pair(side, first);
        side.does((parts, step) ->
            parts.informational.deleteChild(IkeSa.present(parts.tables.pairs.get(deleted)), step));
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
      wire.right.does((parts, step) -> {
        if (parts.tables.pairs.all().size() > 1) {
          parts.informational.deleteChild(
              List.copyOf(parts.tables.vpns.get("vpn").pairs).getLast(), step);
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
        node.does((parts, step) ->
            parts.tables.vpns.all().values().forEach(vpn -> parts.establishing.ensure(vpn, step)));
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
    wire.right.engine.parts.tables.pairs.byInboundSpi.remove(unknown);
    var local = new dev.culvert.core.net.Endpoint(wire.right.address, 4500);
    var from = new dev.culvert.core.net.Endpoint(wire.left.address, 4500);
    for (int i = 0; i < 2; i++) {
      wire.right.handle(new IkeEvent.DataPath(new SaNotice.InvalidSpi(unknown, local, from)));
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

  /** Whatever the network does, once it is quiet each queue of the initiator has its pair. */
  @Test
  void anyFaultsEndWithOneIkeSaAndAPairForEachQueueAndNoRekeyTakesTheTunnelDown() {
    int broken = 0;
    for (int seed = 1; seed <= RekeyTest.SWEEP; seed++) {
      Random random = new Random(seed);
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
}
