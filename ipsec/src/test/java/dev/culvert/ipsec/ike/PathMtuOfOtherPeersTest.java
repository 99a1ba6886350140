package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Probes of the path to peers that do not join fragments of INFORMATIONAL requests. */
class PathMtuOfOtherPeersTest {
  private static final DeadPeerDetection DETECTION =
      new DeadPeerDetection(DeadPeerDetection.Mode.ALWAYS_SEND, Duration.ofSeconds(2), 3);

  private static final List<Consumer<Wire>> OTHER_KINDS =
      List.of(
          PathMtuOfOtherPeersTest::withoutIkeFragments,
          PathMtuOfOtherPeersTest::withoutFragmentsOfProbes);

  /** RFC 7296 §2.1, to a peer that takes no fragments of IKE. */
  @Test
  void allTransmissionsAreTheSameAndOnlyTheFirstForbidsFragmentation() {
    assertAllTransmissionsAreTheSame(PathMtuOfOtherPeersTest::withoutIkeFragments);
  }

  /** RFC 7296 §2.1, to one that takes those of some exchanges, and may not of INFORMATIONAL. */
  @Test
  void allTransmissionsAreTheSameToPeersOfOtherKinds() {
    assertAllTransmissionsAreTheSame(PathMtuOfOtherPeersTest::withoutFragmentsOfProbes);
  }

  private static void assertAllTransmissionsAreTheSame(Consumer<Wire> kind) {
    Wire wire = established(4, null, EstablishTunnels.RESPONDER_ONLY);
    kind.accept(wire);
    wire.losesFragments = true;
    wire.pathMtu = 1300;
    wire.run(Duration.ofSeconds(40));
    List<IkeAction.SendDatagram> sent = PathMtuTest.transmissionsOfFirstProbe(wire);
    assertThat(sent).hasSizeGreaterThan(5);
    assertThat(sent.removeFirst().dontFragment()).isTrue();
    assertThat(sent).extracting(IkeAction.SendDatagram::dontFragment).containsOnly(false);
    assertThat(sent)
        .extracting(IkeAction.SendDatagram::message)
        .containsOnly(sent.getFirst().message());
    // UDP port 4500 would add the non-ESP marker.
    int headers = sent.getFirst().local().port() == 500 ? 28 : 32;
    assertThat(sent.getFirst().message().length() + headers).isEqualTo(1500);
  }

  @Test
  void peersOfOtherKindsAreFollowedWithinTenSecondsAndNoIkeSaIsLost() {
    for (Consumer<Wire> kind : OTHER_KINDS) {
      for (long seed = 1; seed <= 10; seed++) {
        Wire wire = busy(seed, seed % 2 == 0 ? null : DETECTION, EstablishTunnels.ON_TRAFFIC);
        kind.accept(wire);
        wire.run(Duration.ofMillis(5_000 + wire.faults.nextInt(5000)));
        int index = wire.left.engine.ikeSas(wire.now).getLast().index();
        for (int mtu : new int[] {1300, 1420, 576, 1500}) {
          wire.pathMtu = mtu;
          int told = mtu == 1500 ? 0 : mtu;
          assertThat(
                  wire.runUntil(
                      () -> wire.left.toldMtu == told && wire.right.toldMtu == told,
                      Duration.ofSeconds(10)))
              .as("seed %d: %d, %s, %s", seed, mtu, wire.left.toldMtus, wire.right.toldMtus)
              .isTrue();
        }
        assertThat(wire.left.engine.ikeSas(wire.now).getLast().index()).isEqualTo(index);
        assertThat(wire.downs()).isZero();
      }
    }
  }

  /**
   * Neither fragments of IKE nor of IP get through, so a probe that is too big never does. A fresh
   * IKE SA is there before the peer could be taken for dead; the search upward risks one more after
   * minutes, and from then on one an hour.
   */
  @Test
  void aProbeThatIsSwallowedInPiecesTooCostsAnIkeSaButNotTheTunnel() {
    for (Consumer<Wire> kind : OTHER_KINDS) {
      for (DeadPeerDetection detection : new DeadPeerDetection[] {null, DETECTION}) {
        Wire wire = busy(12, detection, EstablishTunnels.RESPONDER_ONLY);
        kind.accept(wire);
        wire.run(Duration.ofSeconds(8));
        wire.losesFragments = true;
        int index = wire.left.engine.ikeSas(wire.now).getLast().index();
        wire.pathMtu = 1300;
        Instant narrowed = wire.now;
        int lost = 0;
        while (wire.now.isBefore(narrowed.plus(Duration.ofMinutes(50)))) {
          // A fresh IKE SA is with a peer of that kind too.
          kind.accept(wire);
          lost += wire.left.send() ? 0 : 1;
          lost += wire.right.send() ? 0 : 1;
          wire.run(Duration.ofMillis(20));
          if (wire.now.equals(narrowed.plus(Duration.ofSeconds(10)))) {
            assertThat(wire.left.toldMtus).containsExactly(1280);
          }
        }
        assertThat(wire.left.engine.ikeSas(wire.now).getLast().index())
            .isBetween(index + 2, index + 5);
        assertThat(wire.downs()).isZero();
        // Of 300,000, while the peer's deletion or ours is on its way.
        assertThat(lost).isLessThanOrEqualTo(4);
        assertThat(wire.left.toldMtus).containsExactly(1280, 1300);
        EstablishTest.assertSettled(wire, 12);
      }
    }
  }

  /** All transmissions of a probe were lost, and so was all else for a while. */
  @Test
  void anOutageLowersNothingForLong() {
    for (Consumer<Wire> kind : OTHER_KINDS) {
      for (int seconds = 1; seconds <= 20; seconds++) {
        Wire wire = busy(14, null, EstablishTunnels.ON_TRAFFIC);
        kind.accept(wire);
        wire.run(Duration.ofSeconds(5));
        wire.cut = true;
        wire.run(Duration.ofSeconds(seconds));
        wire.cut = false;
        for (int tenths = 0; tenths < 3000; tenths++) {
          kind.accept(wire);
          wire.run(Duration.ofMillis(100));
        }
        assertThat(wire.left.toldMtu + wire.right.toldMtu).as("%d s", seconds).isZero();
        assertThat(wire.downs()).as("%d s", seconds).isZero();
      }
    }
  }

  /** One that is lost for good would be the end of the tunnel where only the peer may begin. */
  @Test
  void aPeerOfAnotherKindIsNotProbedWhereOnlyItMayBegin() {
    for (Consumer<Wire> kind : OTHER_KINDS) {
      for (boolean isDynamic : new boolean[] {false, true}) {
        Configs right = Configs.towards(isDynamic ? null : "192.0.2.1");
        right.establish = isDynamic ? EstablishTunnels.ON_TRAFFIC : EstablishTunnels.RESPONDER_ONLY;
        right.detection = DETECTION;
        Configs left = Configs.towards("192.0.2.2");
        Wire wire = new Wire(15);
        EstablishTest.up(wire, left, right);
        kind.accept(wire);
        wire.left.talk();
        wire.right.talk();
        wire.run(Duration.ofSeconds(10));
        wire.right.handle(new IkeEvent.RekeyRequested("gw", true));
        wire.run(Duration.ofMinutes(10));
        assertThat(wire.right.actions)
            .noneMatch(a -> a instanceof IkeAction.SendDatagram d && d.dontFragment());
        assertThat(wire.left.actions)
            .anyMatch(a -> a instanceof IkeAction.SendDatagram d && d.dontFragment());
        IkeSaView sa = wire.right.engine.ikeSas(wire.now).getFirst();
        assertThat(sa.pathMtu()).isEqualTo(1500);
        assertThat(sa.pathMtuConfirmed()).isFalse();
        assertThat(wire.downs()).isZero();
        EstablishTest.assertSettled(wire, 15);
      }
    }
  }

  /** As with a peer that lacks RFC 7383. */
  /** Its first probes are under way, or about to be. */
  @Test
  void aPeerThatDiesAsSoonAsItIsThereIsFoundDead() {
    for (DeadPeerDetection.Mode mode : DeadPeerDetection.Mode.values()) {
      for (long seed = 1; seed <= 60; seed++) {
        Wire wire = new Wire(seed);
        Configs left = Configs.towards("192.0.2.2");
        left.detection = new DeadPeerDetection(mode, Duration.ofSeconds(3), 2);
        left.establish = EstablishTunnels.IMMEDIATELY;
        wire.invariant = () -> withoutFragmentsOfProbes(wire);
        EstablishTest.up(wire, left, Configs.towards("192.0.2.1").responder());
        wire.left.chat(Duration.ofMillis(100));
        if (seed % 3 != 0) {
          wire.left.talk();
        }
        wire.run(Duration.ofMillis(wire.faults.nextInt(4000)));
        wire.cut = true;
        boolean isFound = wire.runUntil(() -> !wire.left.up, Duration.ofSeconds(14));
        assertThat(isFound).as("%s, seed %d", mode, seed).isTrue();
      }
    }
  }

  private static void withoutIkeFragments(Wire wire) {
    withoutFragmentsOfProbes(wire);
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      node.does((parts, step) ->
          parts.tables.ikeSas.all().values().forEach(ike -> ike.fragmentation = false));
    }
  }

  /** As with a peer of another kind, whatever it says of RFC 7383. */
  static void withoutFragmentsOfProbes(Wire wire) {
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      node.does((parts, step) ->
          parts.tables.ikeSas.all().values().forEach(ike -> ike.joinsProbes = false));
    }
  }

  private static Wire busy(long seed, DeadPeerDetection detection, EstablishTunnels right) {
    Wire wire = established(seed, detection, right);
    wire.left.talk();
    wire.right.talk();
    return wire;
  }

  /** The left side has begun. */
  private static Wire established(long seed, DeadPeerDetection detection, EstablishTunnels right) {
    Wire wire = new Wire(seed);
    Configs ofLeft = Configs.towards("192.0.2.2");
    Configs ofRight = Configs.towards("192.0.2.1");
    ofLeft.detection = detection;
    ofRight.detection = detection;
    ofRight.establish = right;
    EstablishTest.up(wire, ofLeft, ofRight);
    return wire;
  }
}
