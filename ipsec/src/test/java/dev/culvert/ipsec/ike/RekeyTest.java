package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.IkeCipher;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaLifetime;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Rekeys and their collisions: at no instant may a tunnel be down or a packet be lost. */
class RekeyTest {
  /** Seeds of the test with every fault; a test of all of them takes some ten seconds. */
  static final int SWEEP = 600;

  private static final Payload NONSENSE = new Payload.VendorId(Octets.ofHex("00"));

  @Test
  void aChildSaIsRekeyedBeforeItsLifetimeEndsAndPacketsNeverStop() {
    Wire wire = established(1, null);
    neverInterrupted(wire);
    wire.run(Duration.ofHours(9));

    assertThat(wire.left.vpn().childRekeys()).isGreaterThan(8);
    assertThat(wire.left.vpn().ikeRekeys()).isEqualTo(1);
    EstablishTest.assertSettled(wire, 1);
  }

  @Test
  void rekeysAreLoggedOnBothSides() {
    Wire wire = established(9, null);
    Spi before = wire.left.outbound;
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofSeconds(20));
    wire.right.handle(new IkeEvent.RekeyRequested("gw", true));
    wire.run(Duration.ofSeconds(20));
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      boolean isLeft = node == wire.left;
      assertThat(node.notices.stream().map(Object::toString))
          .filteredOn(n -> n.contains("_SA_REKEYED"))
          .hasSize(2)
          .anyMatch(n -> n.contains("IPSEC_SA_REKEYED") && n.contains(isLeft ? "us" : "peer"))
          .anyMatch(n -> n.contains("IKE_SA_REKEYED") && n.contains(isLeft ? "peer" : "us"));
    }
    assertThat(wire.left.notices.toString()).contains(before.toString());
  }

  /** Sequence numbers, octets or packets, of either direction: the data path says so. */
  @Test
  void aSoftLimitThatTheDataPathReportsLeadsToARekeyHoweverOftenItIsReported() {
    Wire wire = established(5, null);
    neverInterrupted(wire);
    for (int rekeys = 1; rekeys <= 5; rekeys++) {
      Wire.Node side = rekeys % 2 == 0 ? wire.left : wire.right;
      SaNotice notice = new SaNotice.SoftLimitReached(side.outbound);
      for (int i = 0; i < 10; i++) {
        side.handle(new IkeEvent.DataPath(notice));
        wire.run(Duration.ofMillis(4));
      }
      wire.run(Duration.ofSeconds(20));
      assertThat(wire.left.vpn().childRekeys()).isEqualTo(rekeys);
      EstablishTest.assertSettled(wire, 5);
    }
  }

  @Test
  void lifetimesInKilobytesAndPacketsReachTheDataPathWithAMarginForTheRekey() {
    for (int seed = 1; seed <= 20; seed++) {
      Wire wire = limited(seed);
      for (Wire.Node node : List.of(wire.left, wire.right)) {
        SaLifetime lifetime = node.installed.firstEntry().getValue().lifetime();
        assertThat(lifetime.hardOctets()).isEqualTo(64_000L * 1024);
        assertThat(lifetime.hardPackets()).isEqualTo(100_000);
        // The initiator comes first, so that the two seldom collide.
        int latest = node == wire.left ? 90 : 96;
        int earliest = node == wire.left ? 85 : 92;
        assertThat(lifetime.softOctets() * 100 / lifetime.hardOctets())
            .isBetween((long) earliest - 1, (long) latest);
        assertThat(lifetime.softPackets() * 100 / lifetime.hardPackets())
            .isBetween((long) earliest - 1, (long) latest);
      }
    }
    Wire unlimited = established(6, null);
    assertThat(unlimited.left.installed.firstEntry().getValue().lifetime())
        .isEqualTo(SaLifetime.UNLIMITED);
  }

  @Test
  void aSoftLimitWhoseNoticeWasLostIsSeenInTheCounters() {
    Wire wire = limited(7);
    neverInterrupted(wire);
    Spi first = wire.left.outbound;
    report(wire, first, new SaTraffic(1, 100, 84_000, 40_000_000, 0));
    assertThat(wire.left.vpn().childRekeys()).isZero();
    assertThat(wire.left.engine.ipsecSas(wire.now).getFirst().kilobytesLeft())
        .isEqualTo(64_000 - 40_000_000 / 1024);
    report(wire, first, new SaTraffic(1, 100, 91_000, 40_000_000, 0));
    assertThat(wire.left.vpn().childRekeys()).isEqualTo(1);
    Spi second = wire.left.outbound;
    report(wire, second, new SaTraffic(9_000, 60_000_000, 10, 10, 0));
    assertThat(wire.left.vpn().childRekeys()).isEqualTo(2);
    EstablishTest.assertSettled(wire, 7);
  }

  @Test
  void aHardLimitWhoseNoticeWasLostIsSeenInTheCounters() {
    Wire wire = limited(8);
    Spi spent = wire.left.outbound;
    report(wire, spent, new SaTraffic(1, 100, 100_000, 40_000_000, 0));

    assertThat(wire.left.installed).doesNotContainKey(spent);
    wire.run(Duration.ofMinutes(1));
    EstablishTest.assertSettled(wire, 8);
  }

  private static Wire limited(long seed) {
    Wire wire = new Wire(seed);
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1").responder();
    left.esp =
        right.esp =
            List.of(
                new EspProposal(
                    "esp", EspAlgorithm.AES_256_GCM, Duration.ofHours(1), 64_000, 100_000, false));
    EstablishTest.up(wire, left, right);
    return wire;
  }

  private static void report(Wire wire, Spi spi, SaTraffic traffic) {
    TreeMap<Spi, SaTraffic> counters = new TreeMap<>();
    counters.put(spi, traffic);
    wire.left.handle(new IkeEvent.Traffic(counters));
    wire.run(Duration.ofSeconds(20));
  }

  @Test
  void rekeysWithPerfectForwardSecrecyFromEitherSideLoseNothing() {
    Wire wire = established(2, DhGroup.GROUP19);
    neverInterrupted(wire);
    for (int i = 0; i < 20; i++) {
      Wire.Node side = i % 2 == 0 ? wire.left : wire.right;
      side.handle(new IkeEvent.RekeyRequested("gw", i % 4 >= 2));
      wire.run(Duration.ofSeconds(20));
      EstablishTest.assertSettled(wire, 2);
    }
    assertThat(wire.left.vpn().childRekeys()).isEqualTo(10);
    assertThat(wire.left.vpn().ikeRekeys()).isEqualTo(10);
    assertThat(wire.left.engine.ipsecSas(wire.now).getFirst().pfsGroup()).isEqualTo("DH-group-19");
  }

  @Test
  void childRekeysThatCrossLeaveOnePair() {
    for (int seed = 1; seed <= 40; seed++) {
      Wire wire = established(seed, seed % 2 == 0 ? null : DhGroup.GROUP31);
      neverInterrupted(wire);
      wire.jitterMillis = 30;
      crossing(wire, seed, false);
      wire.run(Duration.ofSeconds(30));
      EstablishTest.assertSettled(wire, seed);
    }
  }

  @Test
  void ikeRekeysThatCrossLeaveOneIkeSa() {
    for (int seed = 1; seed <= 40; seed++) {
      Wire wire = established(seed, null);
      neverInterrupted(wire);
      wire.jitterMillis = 30;
      crossing(wire, seed, true);
      wire.run(Duration.ofMinutes(2));
      EstablishTest.assertSettled(wire, seed);
    }
  }

  @Test
  void aChildRekeyThatCrossesAnIkeRekeyIsMadeUpFor() {
    for (int seed = 1; seed <= 40; seed++) {
      Wire wire = established(seed, DhGroup.GROUP31);
      neverInterrupted(wire);
      wire.jitterMillis = 30;
      wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
      wire.schedule(
          Duration.ofMillis(seed),
          () -> wire.right.handle(new IkeEvent.RekeyRequested("gw", false)));
      wire.run(Duration.ofMinutes(2));
      EstablishTest.assertSettled(wire, seed);
      assertThat(wire.left.vpn().ikeRekeys()).as("seed %d", seed).isEqualTo(1);
      assertThat(wire.left.vpn().childRekeys()).as("seed %d", seed).isPositive();
    }
  }

  @Test
  void aPeerThatWantsAnotherGroupForTheNextIkeSaGetsItAtTheSecondTry() {
    Wire wire = new Wire(5);
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1").responder();
    left.ike =
        right.ike =
            List.of(
                Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP19),
                Configs.ike(IkeCipher.AES_256_GCM, Prf.HMAC_SHA2_256, DhGroup.GROUP20));
    EstablishTest.up(wire, left, right);
    neverInterrupted(wire);
    int[] asked = {0};
    wire.drop =
        (from, message) -> {
          boolean first =
              from == wire.left
                  && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false)
                  && asked[0]++ == 0;
          if (first) {
            Octets group20 = Octets.ofHex("0014");
            wire.right.answer(message, Payload.Notify.of(NotifyType.INVALID_KE_PAYLOAD, group20));
          }
          return first;
        };
    wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
    wire.run(Duration.ofSeconds(1));

    assertThat(wire.left.vpn().ikeRekeys()).isEqualTo(1);
    assertThat(wire.left.engine.ikeSas(wire.now).getLast().dhGroup()).isEqualTo("DH-group-20");
    EstablishTest.assertSettled(wire, 5);
  }

  /** The peer takes the request, makes the SA, and answers with something else. */
  static void answersNonsenseOnce(Wire wire) {
    boolean[] done = {false};
    wire.drop =
        (from, message) -> {
          if (done[0]
              || from != wire.right
              || !Wire.is(message, ExchangeType.CREATE_CHILD_SA, true)) {
            return false;
          }
          done[0] = true;
          wire.right.answerInstead(message, NONSENSE);
          return true;
        };
  }

  @Test
  void aChildSaThatThePeerMadeOfAnAnswerWeCannotTakeIsDeletedThere() {
    Wire wire = established(6, null);
    answersNonsenseOnce(wire);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofMillis(200));
    assertThat(
            wire.right.engine.parts.tables.pairs.all().values().stream()
                .filter(ChildPair::isUsable))
        .hasSize(1);
    wire.run(Duration.ofSeconds(30));
    EstablishTest.assertSettled(wire, 6);
  }

  @Test
  void anIkeSaThatThePeerMadeOfAnAnswerWeCannotTakeLeadsToAFreshOne() {
    Wire wire = established(7, null);
    answersNonsenseOnce(wire);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
    wire.run(Duration.ofMinutes(3));
    EstablishTest.assertSettled(wire, 7);
  }

  @Test
  void aLostResponseIsRepeatedForARepeatedRequestAndNothingIsDoneTwice() {
    Wire wire = established(3, null);
    int[] lost = {0};
    wire.drop = (from, message) -> from == wire.right && lost[0]++ < 3;
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofSeconds(30));

    assertThat(wire.right.vpn().childRekeys()).isEqualTo(1);
    EstablishTest.assertSettled(wire, 3);
  }

  @Test
  void anIkeSaIsKeptForAsLongAsThePeerMayStillAskForTheAnswerThatReplacesIt() {
    Wire wire = established(8, null);
    neverInterrupted(wire);
    wire.drop =
        (from, message) ->
            from == wire.right && Wire.is(message, ExchangeType.CREATE_CHILD_SA, true);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
    wire.run(Duration.ofSeconds(25));
    // The next repetition is half a minute behind the first request.
    wire.drop = (from, message) -> false;
    wire.run(Duration.ofMinutes(1));

    assertThat(wire.left.vpn().ikeRekeys()).isEqualTo(1);
    EstablishTest.assertSettled(wire, 8);
  }

  @Test
  void aReplayedOrForgedMessageChangesNothing() {
    Wire wire = established(4, null);
    List<Octets> recorded =
        wire.left.actions.stream()
            .filter(IkeAction.SendDatagram.class::isInstance)
            .map(a -> ((IkeAction.SendDatagram) a).message())
            .toList();
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofSeconds(20));
    var before = wire.right.engine.ipsecSas(wire.now);
    Random random = new Random(4);
    var local = wire.right.installed.firstEntry().getValue().local();
    var remote = wire.right.installed.firstEntry().getValue().remote();
    for (Octets message : recorded) {
      wire.right.handle(new IkeEvent.DatagramReceived(local, remote, message));
      byte[] forged = message.toByteArray();
      forged[random.nextInt(forged.length)] ^= 1;
      wire.right.handle(new IkeEvent.DatagramReceived(local, remote, Octets.wrap(forged)));
    }
    assertThat(wire.right.engine.ipsecSas(wire.now)).isEqualTo(before);
    EstablishTest.assertSettled(wire, 4);
  }

  /** Whatever the network does to two eager peers, once it is quiet they share one SA of each. */
  @Test
  void anyFaultsEndWithOneIkeSaAndOnePairAndNoRekeyTakesTheTunnelDown() {
    int broken = 0;
    for (int seed = 1; seed <= SWEEP; seed++) {
      Wire wire = new Wire(seed);
      wire.beFaulty();
      Configs left = Configs.towards("192.0.2.2");
      Configs right = Configs.towards("192.0.2.1");
      left.pfs = right.pfs = seed % 2 == 0 ? null : DhGroup.GROUP31;
      wire.right.configure(right.build());
      wire.left.configure(left.build());
      boolean isUp = wire.runUntil(wire::bothUp, Duration.ofMinutes(5));
      assertThat(isUp).as("up, seed %d", seed).isTrue();
      // Two eager peers settle first; from then on nothing may take the tunnel down.
      wire.run(Duration.ofMinutes(2));
      int downs = wire.downs();
      long deadPeers = wire.deadPeers();
      Random rekeys = new Random(seed);
      for (int i = 0; i < 30; i++) {
        Wire.Node side = rekeys.nextBoolean() ? wire.left : wire.right;
        side.handle(new IkeEvent.RekeyRequested("gw", rekeys.nextInt(3) == 0));
        wire.run(Duration.ofMillis(rekeys.nextInt(4000)));
      }
      wire.beFaultless();
      wire.run(Wire.SETTLING);
      EstablishTest.assertSettled(wire, seed);
      if (wire.downs() > downs) {
        assertThat(wire.deadPeers()).as("downs, seed %d", seed).isGreaterThan(deadPeers);
        broken++;
      }
    }
    assertThat(broken).as("all of a request's transmissions lost").isLessThan(SWEEP / 100);
  }

  static Wire established(long seed, DhGroup pfs) {
    Wire wire = new Wire(seed);
    Configs left = Configs.towards("192.0.2.2");
    Configs right = Configs.towards("192.0.2.1").responder();
    left.pfs = right.pfs = pfs;
    EstablishTest.up(wire, left, right);
    return wire;
  }

  /** After whatever happens, both sides are up and a packet sent either way is accepted. */
  static void neverInterrupted(Wire wire) {
    wire.invariant =
        () -> {
          assertThat(wire.bothUp()).as("up at %s", wire.now).isTrue();
          assertThat(wire.left.send()).as("left to right at %s", wire.now).isTrue();
          assertThat(wire.right.send()).as("right to left at %s", wire.now).isTrue();
        };
  }

  private static void crossing(Wire wire, int seed, boolean ikeSa) {
    wire.left.handle(new IkeEvent.RekeyRequested("gw", ikeSa));
    wire.schedule(
        Duration.ofMillis(seed % 20),
        () -> wire.right.handle(new IkeEvent.RekeyRequested("gw", ikeSa)));
  }
}
