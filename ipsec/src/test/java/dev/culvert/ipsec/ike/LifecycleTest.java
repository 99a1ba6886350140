package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.IpsecConfig;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What ends tunnels, and how they come back. */
class LifecycleTest {
  @Test
  void aDeadPeerIsFoundByProbesAndTheTunnelComesBackWithIt() {
    Wire wire = established(1, DeadPeerDetection.Mode.ALWAYS_SEND);
    wire.cut = true;
    wire.run(Duration.ofSeconds(12));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.left.vpn().reason()).isIn(DownReason.PEER_DEAD, DownReason.NO_RESPONSE);
    assertThat(wire.left.notices.stream().map(n -> n.tag())).contains("IKE_VPN_DOWN");
    assertThat(wire.left.engine.statistics().deadPeers()).isEqualTo(1);

    wire.cut = false;
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofSeconds(30))).isTrue();
    wire.run(Duration.ofMinutes(1));
    EstablishTest.assertSettled(wire, 1);
  }

  /** The IKE SA is there and in order; its SA pairs carry nothing, as far as the monitor knows. */
  @Test
  void aPathThatFailedGetsOtherSaPairsOnTheSameIkeSa() {
    Wire wire = established(31, DeadPeerDetection.Mode.OPTIMIZED);
    Spi before = wire.left.installed.firstKey();
    int ikeSa = wire.left.engine.ikeSas(wire.now).getFirst().index();

    wire.left.handle(new IkeEvent.PathFailed("vpn", "VPN monitoring: no reply"));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.MONITOR_FAILED);
    assertThat(wire.left.vpn().lastFailure()).isEqualTo("VPN monitoring: no reply");

    assertThat(wire.runUntil(() -> wire.left.up && wire.right.up, Duration.ofSeconds(5))).isTrue();
    wire.run(Duration.ofMinutes(1));
    assertThat(wire.left.installed).hasSize(1).doesNotContainKey(before);
    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().index()).isEqualTo(ikeSa);
    EstablishTest.assertSettled(wire, 1);
  }

  @Test
  void anOperatorGetsOtherSaPairsOnTheSameIkeSa() {
    Wire wire = established(34, DeadPeerDetection.Mode.OPTIMIZED);
    Spi before = wire.left.installed.firstKey();
    int ikeSa = wire.left.engine.ikeSas(wire.now).getFirst().index();

    wire.left.handle(new IkeEvent.ClearIpsecSas("another"));
    assertThat(wire.left.up).isTrue();
    wire.left.handle(new IkeEvent.ClearIpsecSas("vpn"));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.CLEARED);

    assertThat(wire.runUntil(() -> wire.left.up && wire.right.up, Duration.ofSeconds(5))).isTrue();
    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().index()).isEqualTo(ikeSa);
    wire.left.handle(new IkeEvent.ClearIpsecSas(null));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.runUntil(() -> wire.left.up && wire.right.up, Duration.ofSeconds(5))).isTrue();
    wire.run(Duration.ofMinutes(1));
    assertThat(wire.left.installed).hasSize(1).doesNotContainKey(before);
    EstablishTest.assertSettled(wire, 1);
  }

  @Test
  void bothEndsMayFindThePathFailedAtOnce() {
    for (long seed = 1; seed <= 30; seed++) {
      Wire wire = established(seed, DeadPeerDetection.Mode.OPTIMIZED);
      wire.left.handle(new IkeEvent.PathFailed("vpn", "no reply"));
      wire.right.handle(new IkeEvent.PathFailed("vpn", "no reply"));
      assertThat(wire.runUntil(() -> wire.left.up && wire.right.up, Duration.ofSeconds(30)))
          .as("seed %d", seed)
          .isTrue();
      wire.run(Duration.ofMinutes(2));
      EstablishTest.assertSettled(wire, 1);
    }
  }

  /** No route leads into it, so no packet would ever ask for it. */
  @Test
  void aPathThatFailedIsMadeAnewAlsoWhereTrafficWouldHaveToAsk() {
    Wire wire = new Wire(33);
    Configs left = Configs.towards("192.0.2.2");
    left.establish = EstablishTunnels.ON_TRAFFIC;
    wire.left.configure(left.build());
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.handle(new IkeEvent.DataPath(new SaNotice.OutboundSaMissing(Wire.ST0)));
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofSeconds(5))).isTrue();

    wire.left.handle(new IkeEvent.PathFailed("vpn", "no reply"));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofSeconds(5))).isTrue();
  }

  @Test
  void anIdleTunnelIsProbedOnlyWhereAskedFor() {
    Wire optimized = established(2, DeadPeerDetection.Mode.OPTIMIZED);
    confirmPath(optimized);
    int sent = optimized.left.sent;
    optimized.run(Duration.ofMinutes(5));
    assertThat(optimized.left.sent).isEqualTo(sent);

    Wire idle = established(2, DeadPeerDetection.Mode.PROBE_IDLE_TUNNEL);
    int before = idle.left.sent;
    idle.run(Duration.ofMinutes(5));
    assertThat(idle.left.sent).isGreaterThan(before + 100);
  }

  @Test
  void packetsThatGoOutUnansweredArouseSuspicion() {
    Wire wire = established(3, DeadPeerDetection.Mode.OPTIMIZED);
    confirmPath(wire);
    Spi spi = wire.left.installed.firstKey();
    int sent = wire.left.sent;
    wire.left.lastSent.put(spi, wire.now);
    wire.run(Duration.ofSeconds(3));
    assertThat(wire.left.sent).isEqualTo(sent + 1);
  }

  /** Interval and threshold count from the last packet of the peer, whatever that was. */
  @Test
  void aPeerThatDiesUnderTrafficIsFoundAfterThresholdAndOneIntervals() {
    for (DeadPeerDetection.Mode mode : DeadPeerDetection.Mode.values()) {
      for (long seed = 1; seed <= 40; seed++) {
        Wire wire = new Wire(seed);
        wire.answerNanos = 3_000_000;
        Configs left = Configs.towards("192.0.2.2");
        left.detection = new DeadPeerDetection(mode, Duration.ofSeconds(3), 2);
        EstablishTest.up(wire, left, Configs.towards("192.0.2.1").responder());
        boolean isBusy = seed % 2 == 0;
        if (isBusy) {
          wire.left.talk();
        }
        wire.left.chat(Duration.ofMillis(20));
        wire.right.chat(Duration.ofMillis(20));
        wire.run(Duration.ofMillis(20_000 + wire.faults.nextInt(10_000)));
        wire.cut = true;
        var from = wire.now;
        assertThat(wire.runUntil(() -> !wire.left.up, Duration.ofMinutes(2))).isTrue();
        assertThat(Duration.between(from, wire.now))
            .as("%s, seed %d", mode, seed)
            .isBetween(Duration.ofSeconds(4), Duration.ofMillis(9500));
        assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.PEER_DEAD);
      }
    }
  }

  /** Without a packet of ours nobody misses an answer, so an optimized peer is left in peace. */
  @Test
  void aPeerThatSendsAndIsNotAnsweredIsNotProbed() {
    Wire wire = established(15, DeadPeerDetection.Mode.OPTIMIZED);
    confirmPath(wire);
    int sent = wire.left.sent;
    wire.right.chat(Duration.ofMillis(500));
    wire.run(Duration.ofMinutes(2));
    assertThat(wire.left.sent).isEqualTo(sent);
  }

  /** The request is no probe, and would have six transmissions without a word of the peer. */
  @Test
  void aPeerThatDiesWhileARekeyIsUnderWayIsFoundAsSoon() {
    for (long seed = 1; seed <= 20; seed++) {
      Wire wire = new Wire(seed);
      Configs left = Configs.towards("192.0.2.2");
      left.detection =
          new DeadPeerDetection(DeadPeerDetection.Mode.OPTIMIZED, Duration.ofSeconds(3), 2);
      EstablishTest.up(wire, left, Configs.towards("192.0.2.1").responder());
      wire.left.chat(Duration.ofMillis(20));
      wire.right.chat(Duration.ofMillis(20));
      wire.run(Duration.ofMillis(5000 + wire.faults.nextInt(3000)));
      wire.cut = true;
      wire.left.handle(new IkeEvent.RekeyRequested("gw", seed % 2 == 0));
      boolean isFound = wire.runUntil(() -> !wire.left.up, Duration.ofMillis(10_500));
      assertThat(isFound).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void aPeerThatSendsPacketsIsNotDeadWhateverBecomesOfARequest() {
    Wire wire = established(16, DeadPeerDetection.Mode.OPTIMIZED);
    wire.left.chat(Duration.ofMillis(20));
    wire.right.chat(Duration.ofMillis(20));
    wire.run(Duration.ofSeconds(5));
    wire.drop =
        (from, message) ->
            from == wire.right && Wire.is(message, ExchangeType.CREATE_CHILD_SA, true);
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofSeconds(30));
    assertThat(wire.downs()).isZero();
    assertThat(wire.deadPeers()).isZero();
  }

  /** Its IKE is busy, or starts anew, while its kernel forwards. */
  @Test
  void aPeerWhosePacketsArriveIsNotDeadThoughItsIkeIsSilentForAMinute() {
    for (DeadPeerDetection.Mode mode : DeadPeerDetection.Mode.values()) {
      for (long seed = 1; seed <= 10; seed++) {
        Wire wire = busyBothWays(mode, seed);
        wire.drop = (from, message) -> from == wire.right;
        wire.run(Duration.ofMinutes(1));
        assertThat(wire.deadPeers()).as("%s, seed %d", mode, seed).isZero();
        wire.drop = (from, message) -> false;
        wire.run(Duration.ofMinutes(1));
        assertThat(wire.downs()).as("%s, seed %d", mode, seed).isZero();
        EstablishTest.assertSettled(wire, seed);
      }
    }
  }

  @Test
  void aPeerWhoseIkeWasSilentAndWhosePacketsEndTooIsFoundInTime() {
    for (long seed = 1; seed <= 40; seed++) {
      Wire wire = busyBothWays(DeadPeerDetection.Mode.ALWAYS_SEND, seed);
      wire.drop = (from, message) -> from == wire.right;
      wire.run(Duration.ofMillis(wire.faults.nextInt(50_000)));
      assertThat(wire.left.up).as("seed %d", seed).isTrue();
      wire.cut = true;
      assertThat(wire.runUntil(() -> !wire.left.up, Duration.ofMillis(9500)))
          .as("seed %d", seed)
          .isTrue();
      assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.PEER_DEAD);
    }
  }

  /** Without dead-peer-detection, too. */
  @Test
  void aPeerWhosePacketsArriveIsNotDeadAsItDoesNotAnswerARekey() {
    Wire wire = busyBothWays(null, 1);
    wire.drop = (from, message) -> from == wire.right;
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofSeconds(90));
    assertThat(wire.deadPeers()).isZero();
    wire.drop = (from, message) -> false;
    wire.run(Duration.ofMinutes(1));
    assertThat(wire.downs()).isZero();
    assertThat(wire.left.vpn().childRekeys()).isEqualTo(1);
  }

  private static Wire busyBothWays(DeadPeerDetection.Mode mode, long seed) {
    Wire wire = new Wire(seed);
    Configs left = Configs.towards("192.0.2.2");
    left.detection = mode == null ? null : new DeadPeerDetection(mode, Duration.ofSeconds(3), 2);
    EstablishTest.up(wire, left, Configs.towards("192.0.2.1").responder());
    if (seed % 2 == 0) {
      wire.left.talk();
    }
    wire.left.chat(Duration.ofMillis(20));
    wire.right.chat(Duration.ofMillis(20));
    wire.run(Duration.ofMillis(20_000 + wire.faults.nextInt(10_000)));
    return wire;
  }

  @Test
  void aPeerThatLostItsStateReplacesItsOldIkeSaAtOnce() {
    Wire before = established(4, null);
    before.run(Duration.ofMinutes(10));
    // The left router restarts: an engine without memory at the same address.
    Wire.Node reborn = before.rebornLeft(77);
    reborn.configure(Configs.towards("192.0.2.2").build());
    before.run(Duration.ofSeconds(30));

    EstablishTest.assertSettled(before, 4);
    assertThat(before.right.downs).isZero();
  }

  @Test
  void aTunnelWhoseChildlessIkeSaDiesIsTriedAgain() {
    Wire wire = established(11, DeadPeerDetection.Mode.ALWAYS_SEND);
    wire.right.deleteChildSas();
    assertThat(wire.runUntil(() -> !wire.left.up, Duration.ofSeconds(1))).isTrue();
    wire.cut = true;
    wire.run(Duration.ofMinutes(5));
    wire.cut = false;

    assertThat(wire.runUntil(wire::bothUp, Duration.ofMinutes(2))).isTrue();
    wire.run(Duration.ofMinutes(1));
    EstablishTest.assertSettled(wire, 11);
  }

  @Test
  void aTunnelWhoseChildlessIkeSaIsDeletedByThePeerIsTriedAgain() {
    Wire wire = established(12, null);
    wire.right.deleteChildSas();
    // The request for another child SA never arrives; the peer deletes the IKE SA meanwhile.
    wire.drop =
        (from, message) ->
            from == wire.left && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false);
    boolean asked = wire.runUntil(() -> isAskingForChild(wire.left), Duration.ofSeconds(3));
    assertThat(asked).isTrue();
    wire.right.handle(new IkeEvent.ClearSecurityAssociations(null));
    wire.run(Duration.ofSeconds(30));

    EstablishTest.assertSettled(wire, 12);
  }

  private static boolean isAskingForChild(Wire.Node node) {
    return node.actions.getLast()
            instanceof IkeAction.SendDatagram(var l, var r, Octets message, var w)
        && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false);
  }

  @Test
  void theIkeSaOfAPeerThatRestartedAtOnceIsNeverGivenUpForTheOneItLost() {
    for (int seed = 1; seed <= 20; seed++) {
      Wire wire = established(seed, null);
      wire.run(Duration.ofSeconds(5));
      Wire.Node reborn = wire.rebornLeft(1000 + seed);
      reborn.configure(Configs.towards("192.0.2.2").build());
      wire.run(Duration.ofMinutes(3));

      EstablishTest.assertSettled(wire, seed);
      assertThat(reborn.downs + wire.right.downs).as("seed %d", seed).isZero();
    }
  }

  @Test
  void aBusyTunnelIsBackWithinSecondsOfItsPeersRestart() {
    for (int seed = 1; seed <= 60; seed++) {
      Wire wire = new Wire(seed);
      EstablishTest.up(wire, Configs.towards("192.0.2.2"), Configs.towards("192.0.2.1"));
      wire.left.talk();
      wire.right.talk();
      wire.run(Duration.ofMillis(20_000 + wire.faults.nextInt(5_000)));
      wire.cut = true;
      wire.run(Duration.ofMillis(500 + wire.faults.nextInt(2_500)));
      wire.cut = false;
      wire.jitterMillis = 20;
      Wire.Node reborn = wire.rebornLeft(1000 + seed);
      reborn.configure(Configs.towards("192.0.2.2").build());
      reborn.talk();

      boolean isBack =
          wire.runUntil(
              () -> reborn.up && wire.right.up && reborn.send() && wire.right.send(),
              Duration.ofSeconds(3));
      assertThat(isBack).as("seed %d", seed).isTrue();
      wire.run(Duration.ofMinutes(3));
      EstablishTest.assertSettled(wire, seed);
    }
  }

  @Test
  void clearingTakesTheTunnelDownOnBothSidesAndItComesBack() {
    Wire wire = established(5, null);
    wire.left.handle(new IkeEvent.ClearSecurityAssociations("gw"));
    assertThat(wire.left.up).isFalse();
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.CLEARED);
    wire.run(Duration.ofMillis(8));
    assertThat(wire.right.up).isFalse();
    assertThat(wire.right.vpn().reason()).isEqualTo(DownReason.DELETED_BY_PEER);
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(5))).isTrue();
    wire.run(Duration.ofMinutes(1));
    EstablishTest.assertSettled(wire, 5);
  }

  @Test
  void clearingBeginsAnewAtOnce() {
    for (long seed = 1; seed <= 20; seed++) {
      Wire wire = established(seed, null);
      wire.run(Duration.ofSeconds(30));
      wire.left.handle(new IkeEvent.ClearSecurityAssociations("gw"));
      assertThat(wire.runUntil(wire::bothUp, Duration.ofMillis(100))).as("seed %d", seed).isTrue();
      wire.run(Duration.ofMinutes(1));
      EstablishTest.assertSettled(wire, seed);
    }
  }

  /** What routing sends into a tunnel that is up arrives, but for what is on its way meanwhile. */
  @Test
  void aTunnelThatWasClearedLosesNothingOnceItIsUpAgain() {
    for (long seed = 1; seed <= 12; seed++) {
      Wire wire = new Wire(seed);
      Configs right = Configs.towards("192.0.2.1");
      EstablishTest.up(
          wire, Configs.towards("192.0.2.2"), seed % 2 == 0 ? right : right.responder());
      wire.run(Duration.ofSeconds(30));
      wire.jitterMillis = 5;
      wire.left.handle(new IkeEvent.ClearSecurityAssociations("gw"));
      int lost = 0;
      for (int millis = 0; millis < 5000; millis++) {
        wire.run(Duration.ofMillis(1));
        lost += wire.left.up && !wire.left.send() ? 1 : 0;
        lost += wire.right.up && !wire.right.send() ? 1 : 0;
      }
      assertThat(lost).as("packets, one a millisecond each way, seed %d", seed).isLessThan(60);
    }
  }

  @Test
  void clearingEndsThePauseAfterFailures() {
    Wire wire = new Wire(17);
    Configs wrong = Configs.towards("192.0.2.1").responder();
    wrong.secret = "tamarillo";
    wire.right.configure(wrong.build());
    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.run(Duration.ofMinutes(20));
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.handle(new IkeEvent.ClearSecurityAssociations(null));
    assertThat(wire.runUntil(wire::bothUp, Duration.ofMillis(100))).isTrue();
  }

  /** A first packet is what one on traffic waits for, and it need not wait any longer. */
  @Test
  void aClearedTunnelOnTrafficComesUpByTheNextPacket() {
    Wire wire = new Wire(18);
    Configs left = Configs.towards("192.0.2.2");
    left.establish = EstablishTunnels.ON_TRAFFIC;
    left.secret = "tamarillo";
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.left.configure(left.build());
    for (int i = 0; i < 600; i++) {
      wire.left.handle(new IkeEvent.DataPath(new SaNotice.OutboundSaMissing(Wire.ST0)));
      wire.run(Duration.ofSeconds(1));
    }
    Configs right = Configs.towards("192.0.2.1").responder();
    right.secret = "tamarillo";
    wire.right.configure(right.build());
    wire.left.handle(new IkeEvent.ClearSecurityAssociations("gw"));
    wire.run(Duration.ofSeconds(5));
    assertThat(wire.left.up).isFalse();
    wire.left.handle(new IkeEvent.DataPath(new SaNotice.OutboundSaMissing(Wire.ST0)));
    assertThat(wire.runUntil(wire::bothUp, Duration.ofMillis(100))).isTrue();
  }

  @Test
  void shuttingDownTellsThePeerAndLeavesNothing() {
    Wire wire = established(6, null);
    wire.left.handle(new IkeEvent.ShutDown());
    wire.run(Duration.ofSeconds(1));

    assertThat(wire.left.installed).isEmpty();
    assertThat(wire.left.engine.nextDeadline()).isNull();
    assertThat(wire.right.up).isFalse();
    assertThat(wire.right.engine.ikeSas(wire.now)).isEmpty();
  }

  @Test
  void aCommitTouchesOnlyTheTunnelsItChanges() {
    Wire wire = established(7, null);
    var before = wire.left.installed.firstKey();
    IpsecConfig same = Configs.towards("192.0.2.2").build();
    wire.left.handle(new IkeEvent.ConfigurationCommitted(same));
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.left.installed.firstKey()).isEqualTo(before);

    wire.left.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.left.installed).isEmpty();
    assertThat(wire.left.up).isFalse();
    assertThat(wire.right.up).isFalse();
    assertThat(wire.left.engine.ikeSas(wire.now)).isEmpty();
    assertThat(wire.left.actions).anyMatch(IkeAction.ClosePort.class::isInstance);
  }

  @Test
  void aForeignMajorVersionAndAnUnknownSpiAreAnsweredOnceInAWhile() {
    Wire wire = established(8, null);
    byte[] message = new byte[28];
    message[0] = 1;
    message[8] = 1;
    message[17] = 0x20;
    message[18] = 37;
    message[19] = 0x08;
    message[27] = 28;
    int sent = wire.right.sent;
    var local = new dev.culvert.core.net.Endpoint(wire.right.address, 500);
    var remote = new dev.culvert.core.net.Endpoint(wire.left.address, 500);
    for (int i = 0; i < 100; i++) {
      wire.right.handle(new IkeEvent.DatagramReceived(local, remote, Octets.copyOf(message)));
    }
    assertThat(wire.right.sent).isEqualTo(sent + 1);
    assertThat(lastNotify(wire.right)).isEqualTo(NotifyType.INVALID_IKE_SPI.wireValue());

    wire.run(Duration.ofSeconds(1));
    message[17] = 0x30;
    wire.right.handle(new IkeEvent.DatagramReceived(local, remote, Octets.copyOf(message)));
    assertThat(lastNotify(wire.right)).isEqualTo(NotifyType.INVALID_MAJOR_VERSION.wireValue());
  }

  @Test
  void aPeerThatSpeaksIkev1IsNamed() {
    Wire wire = new Wire(9);
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    byte[] message = new byte[28];
    message[0] = 1;
    message[17] = 0x10;
    var local = new dev.culvert.core.net.Endpoint(wire.right.address, 500);
    var remote = new dev.culvert.core.net.Endpoint(wire.left.address, 500);
    wire.right.handle(new IkeEvent.DatagramReceived(local, remote, Octets.wrap(message)));
    assertThat(wire.right.vpn().reason()).isEqualTo(DownReason.IKE_VERSION);
  }

  @Test
  void forgedDatagramsNeitherHideWhyATunnelIsDownNorFloodItsCounters() {
    Wire wire = established(13, null);
    wire.right.handle(new IkeEvent.ClearSecurityAssociations(null));
    assertThat(wire.right.vpn().reason()).isEqualTo(DownReason.CLEARED);
    long failures = wire.right.vpn().failures();
    byte[] message = new byte[28];
    message[0] = 1;
    message[17] = 0x10;
    var local = new dev.culvert.core.net.Endpoint(wire.right.address, 500);
    var remote = new dev.culvert.core.net.Endpoint(wire.left.address, 500);
    for (int i = 0; i < 100; i++) {
      wire.right.handle(new IkeEvent.DatagramReceived(local, remote, Octets.copyOf(message)));
    }
    assertThat(wire.right.vpn().reason()).isEqualTo(DownReason.CLEARED);
    assertThat(wire.right.vpn().failures()).isEqualTo(failures + 1);
  }

  @Test
  void anUnknownSpiIsToldToThePeerOnceItPersistsAndOneOfOursNever() {
    Wire wire = establishedAnswering(11, 2);
    ChildSa lost = wire.left.installed.firstEntry().getValue();
    var local = new dev.culvert.core.net.Endpoint(wire.right.address, 4500);
    var from = new dev.culvert.core.net.Endpoint(wire.left.address, 4500);
    SaNotice notice = new SaNotice.InvalidSpi(lost.outboundSpi(), local, from);
    Spi forgotten = new Spi(lost.outboundSpi().bits() ^ 1);
    wire.right.handle(new IkeEvent.DataPath(new SaNotice.InvalidSpi(forgotten, local, from)));
    wire.run(Duration.ofSeconds(2));
    int sent = wire.right.sent;
    wire.right.handle(new IkeEvent.DataPath(new SaNotice.InvalidSpi(forgotten, local, from)));
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.right.sent).as("answered once it persists").isEqualTo(sent + 1);
    assertThat(wire.left.up).as("an SPI that is not ours changes nothing").isTrue();

    wire.right.handle(new IkeEvent.DataPath(notice));
    wire.run(Duration.ofSeconds(5));
    assertThat(wire.right.sent).as("an SPI that we do have").isEqualTo(sent + 1);
  }

  @Test
  void anAuthenticInvalidSpiReplacesTheChildSaItNames() {
    Wire wire = establishedAnswering(12, 1);
    ChildSa lost = wire.left.installed.firstEntry().getValue();
    var local = new dev.culvert.core.net.Endpoint(wire.right.address, 4500);
    var from = new dev.culvert.core.net.Endpoint(wire.left.address, 4500);
    SaNotice notice = new SaNotice.InvalidSpi(lost.outboundSpi(), local, from);
    // By a fault of its own the right side has forgotten the pair.
    wire.right.engine.parts.tables.pairs.byInboundSpi.remove(lost.outboundSpi());
    wire.right.handle(new IkeEvent.DataPath(notice));
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.left.installed).containsKey(lost.inboundSpi());
    wire.right.handle(new IkeEvent.DataPath(notice));
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.left.installed).doesNotContainKey(lost.inboundSpi());

    wire.run(Duration.ofMinutes(1));
    EstablishTest.assertSettled(wire, 12);
  }

  @Test
  void invalidSpisAreAnsweredOnlyAsOftenAsConfigured() {
    for (int answers : new int[] {0, 3}) {
      Wire wire = establishedAnswering(13, answers);
      var from = new dev.culvert.core.net.Endpoint(wire.left.address, 4500);
      var local = new dev.culvert.core.net.Endpoint(wire.right.address, 4500);
      var stranger = new dev.culvert.core.net.Endpoint(wire.right.address, 4500);
      int sent = wire.right.sent;
      for (int i = 0; i < 40; i++) {
        Spi spi = new Spi(0x4000_0000 + i / 4);
        wire.right.handle(new IkeEvent.DataPath(new SaNotice.InvalidSpi(spi, local, from)));
        wire.right.handle(new IkeEvent.DataPath(new SaNotice.InvalidSpi(spi, local, stranger)));
        wire.run(Duration.ofMillis(600));
      }
      assertThat(wire.right.sent).isEqualTo(sent + answers);
      assertThat(wire.right.engine.statistics().invalidSpis()).isEqualTo(80);
    }
  }

  @Test
  void aPairThatHasCarriedAllItMayIsDeletedAndReplaced() {
    Wire wire = established(14, null);
    Spi spent = wire.left.installed.firstKey();
    wire.left.handle(new IkeEvent.DataPath(new SaNotice.HardLimitReached(spent)));
    wire.left.handle(new IkeEvent.DataPath(new SaNotice.HardLimitReached(spent)));
    wire.run(Duration.ofSeconds(1));
    assertThat(wire.left.installed).doesNotContainKey(spent);

    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(5))).isTrue();
    wire.run(Duration.ofMinutes(1));
    EstablishTest.assertSettled(wire, 14);
  }

  @Test
  void anEndedIkeSaLeavesNoTimerAndNoState() {
    Wire wire = established(10, null);
    wire.left.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));
    wire.right.handle(new IkeEvent.ConfigurationCommitted(IpsecConfig.EMPTY));
    wire.run(Duration.ofMinutes(5));
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      assertThat(node.engine.nextDeadline()).isNull();
      assertThat(node.engine.ikeSas(wire.now)).isEmpty();
      assertThat(node.installed).isEmpty();
    }
  }

  /** The MTU of the path is probed once when a tunnel comes up. */
  private static void confirmPath(Wire wire) {
    wire.run(Duration.ofSeconds(2));
  }

  private static Wire established(long seed, DeadPeerDetection.Mode mode) {
    Wire wire = new Wire(seed);
    Configs left = Configs.towards("192.0.2.2");
    if (mode != null) {
      left.detection = new DeadPeerDetection(mode, Duration.ofSeconds(2), 3);
    }
    EstablishTest.up(wire, left, Configs.towards("192.0.2.1").responder());
    return wire;
  }

  private static Wire establishedAnswering(long seed, int badSpiResponses) {
    Wire wire = new Wire(seed);
    Configs right = Configs.towards("192.0.2.1").responder();
    right.badSpiResponses = badSpiResponses;
    EstablishTest.up(wire, Configs.towards("192.0.2.2"), right);
    // Afterwards the MTU of the path is known, and nobody sends without a reason.
    wire.run(Duration.ofMinutes(1));
    return wire;
  }

  private static int lastNotify(Wire.Node node) {
    Octets message =
        node.actions.reversed().stream()
            .filter(IkeAction.SendDatagram.class::isInstance)
            .map(a -> ((IkeAction.SendDatagram) a).message())
            .findFirst()
            .orElseThrow();
    var decoded = (dev.culvert.core.wire.Decoded.Ok<IkeMessage>) IkeMessage.decode(message);
    IkeHeader header = decoded.value().header();
    assertThat(header.response()).isTrue();
    return ((Payload.Notify) decoded.value().payloads().getFirst()).notifyType();
  }
}
