package dev.culvert.bfd;

import static dev.culvert.bfd.Network.ALICE;
import static dev.culvert.bfd.Network.BOB;
import static dev.culvert.bfd.Network.every;
import static dev.culvert.bfd.Network.target;
import static dev.culvert.bfd.packet.BfdState.ADMIN_DOWN;
import static dev.culvert.bfd.packet.BfdState.DOWN;
import static dev.culvert.bfd.packet.BfdState.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bfd.operational.BfdSessionStatus;
import dev.culvert.bfd.operational.BfdStatistics.DropCause;
import dev.culvert.bfd.packet.BfdDiagnostic;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bfd.packet.ControlPacket;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BfdEngineTest {
  /** Nobody's discriminator. */
  private static final int STRANGER = 0x0bad_cafe;

  private final Network network = new Network(1);

  /** Every row of RFC 5880 §6.2: local state, state received, state afterwards. */
  @ParameterizedTest
  @CsvSource({
    "DOWN, DOWN, INIT",
    "DOWN, INIT, UP",
    "DOWN, UP, DOWN",
    "DOWN, ADMIN_DOWN, DOWN",
    "INIT, DOWN, INIT",
    "INIT, INIT, UP",
    "INIT, UP, UP",
    "INIT, ADMIN_DOWN, DOWN",
    "UP, DOWN, DOWN",
    "UP, INIT, UP",
    "UP, UP, UP",
    "UP, ADMIN_DOWN, DOWN",
    "ADMIN_DOWN, DOWN, ADMIN_DOWN",
    "ADMIN_DOWN, INIT, ADMIN_DOWN",
    "ADMIN_DOWN, UP, ADMIN_DOWN",
    "ADMIN_DOWN, ADMIN_DOWN, ADMIN_DOWN"
  })
  void theStateMachineIsTheOneOfTheRfc(BfdState local, BfdState received, BfdState next) {
    assertThat(SessionMachine.nextState(local, received)).isEqualTo(next);
  }

  @Test
  void whoComesToShareASessionThatIsUpIsToldSoAtOnceAndNobodyElse() {
    network.up();
    network.changes.clear();
    LivenessTarget second = new LivenessTarget(Network.LINK, null, Network.address(BOB));
    network.handle(ALICE, new BfdEvent.SessionConfigured(second, every(50, 3)));
    assertThat(network.changes)
        .extracting(Network.Change::what)
        .containsExactly(new BfdAction.StateChanged(second, DOWN, UP, BfdDiagnostic.NONE));

    // Another interval is no other client.
    network.handle(ALICE, new BfdEvent.SessionConfigured(second, every(60, 3)));
    assertThat(network.changes).hasSize(1);
  }

  @Test
  void whoComesToShareASessionThatIsDownWaitsForItsNews() {
    network.configure(ALICE, every(50, 3));
    LivenessTarget second = new LivenessTarget(Network.LINK, null, Network.address(BOB));
    network.handle(ALICE, new BfdEvent.SessionConfigured(second, every(50, 3)));
    assertThat(network.changes).isEmpty();
    network.configure(BOB, every(50, 3));
    network.runFor(Duration.ofSeconds(5));
    assertThat(network.changes)
        .extracting(Network.Change::what)
        .filteredOn(change -> change.to() == UP)
        .extracting(BfdAction.StateChanged::target)
        .contains(second, target(ALICE));
  }

  @Test
  void bothEndsComeUpByTheThreeWayHandshakeAndThenSpeakAtTheConfiguredInterval() {
    network.up();
    assertThat(network.state(ALICE)).isEqualTo(UP);
    assertThat(network.state(BOB)).isEqualTo(UP);
    BfdSessionStatus status = network.engines[ALICE].sessions().getFirst();
    assertThat(status.transmitInterval()).isEqualTo(Duration.ofMillis(50));
    assertThat(status.detectionTime()).isEqualTo(Duration.ofMillis(150));
    assertThat(status.polling()).isFalse();
    assertThat(network.changes).noneMatch(c -> c.what().isFailure());
  }

  @Test
  void untilTheSessionIsUpThereIsAtMostOnePacketASecond() {
    network.configure(ALICE, every(50, 3));
    network.runFor(Duration.ofSeconds(60));
    assertThat(network.sent).hasSizeBetween(60, 80);
    assertThat(network.sent)
        .allMatch(s -> s.packet().desiredMinTxMicros() == 1_000_000 && s.packet().state() == DOWN);
  }

  @Test
  void periodicPacketsAreJitteredBetween75And100Percent() {
    network.up();
    network.sent.clear();
    network.runFor(Duration.ofSeconds(20));
    List<Instant> alice =
        network.sent.stream().filter(s -> s.node() == ALICE).map(Network.Sent::at).toList();
    for (int i = 1; i < alice.size(); i++) {
      assertThat(Duration.between(alice.get(i - 1), alice.get(i)))
          .isBetween(Duration.ofNanos(37_500_000), Duration.ofMillis(50));
    }
  }

  @Test
  void aSilentCutIsDetectedWithinTheDetectionTime() {
    network.up();
    network.loss = 1.0;
    Instant cut = network.now;
    network.changes.clear();
    network.runFor(Duration.ofSeconds(3));
    assertThat(network.changes).hasSize(2);
    for (Network.Change change : network.changes) {
      assertThat(change.what().isFailure()).isTrue();
      assertThat(change.what().diagnostic())
          .isEqualTo(BfdDiagnostic.CONTROL_DETECTION_TIME_EXPIRED);
      assertThat(Duration.between(cut, change.at())).isLessThanOrEqualTo(Duration.ofMillis(151));
    }
    network.loss = 0;
    network.runFor(Duration.ofSeconds(5));
    assertThat(network.state(ALICE)).isEqualTo(UP);
    assertThat(network.engines[ALICE].sessions().getFirst().failures()).isEqualTo(1);
  }

  @Test
  void theEndThatStillHearsNoticesADetectionTimeLaterThatTheOtherHasForgottenIt() {
    network.up();
    network.changes.clear();
    network.deaf[ALICE] = true;
    network.runFor(Duration.ofMillis(310));
    assertThat(network.changes).hasSize(2);
    assertThat(network.changes.get(1).node()).isEqualTo(BOB);
    assertThat(network.changes.get(1).what().diagnostic())
        .isEqualTo(BfdDiagnostic.CONTROL_DETECTION_TIME_EXPIRED);
    assertThat(network.changes.get(1).what().isFailure()).isTrue();
  }

  @Test
  void aLongerIntervalTakesEffectOnlyWhenThePeerHasConfirmedIt() {
    network.up();
    network.deaf[ALICE] = true;
    network.changes.clear();
    network.configure(ALICE, every(400, 3));
    network.runFor(Duration.ofMillis(60));
    BfdSessionStatus waiting = network.engines[ALICE].sessions().getFirst();
    assertThat(waiting.polling()).isTrue();
    assertThat(waiting.transmitInterval()).isEqualTo(Duration.ofMillis(50));
    network.deaf[ALICE] = false;
    network.runFor(Duration.ofSeconds(5));
    BfdSessionStatus done = network.engines[ALICE].sessions().getFirst();
    assertThat(done.polling()).isFalse();
    assertThat(done.transmitInterval()).isEqualTo(Duration.ofMillis(400));
    assertThat(done.detectionTime()).isEqualTo(Duration.ofMillis(1200));
    assertThat(network.engines[BOB].sessions().getFirst().detectionTime())
        .isEqualTo(Duration.ofMillis(1200));
    assertThat(network.changes).isEmpty();
  }

  @Test
  void intervalsChangeUpAndDownWithoutAFlapForManySeeds() {
    for (long seed = 1; seed <= 50; seed++) {
      Network each = new Network(seed).up();
      each.changes.clear();
      for (int i = 0; i < 20; i++) {
        each.configure(each.random.nextInt(2), every(each.random.nextInt(10, 900), 3));
        each.runFor(Duration.ofMillis(each.random.nextInt(4000)));
      }
      assertThat(each.changes).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void removingASessionTellsThePeerAndIsNoFailureThereEvenIfOnePacketIsLost() {
    network.up();
    network.changes.clear();
    network.loss = 1.0;
    network.handle(ALICE, new BfdEvent.SessionRemoved(target(ALICE)));
    network.loss = 0;
    network.runFor(Duration.ofMillis(100));
    assertThat(network.changes).hasSize(1);
    BfdAction.StateChanged change = network.changes.getFirst().what();
    assertThat(change)
        .isEqualTo(
            new BfdAction.StateChanged(target(BOB), UP, DOWN, BfdDiagnostic.ADMINISTRATIVELY_DOWN));
    assertThat(change.isFailure()).isFalse();
    assertThat(network.sent.getLast().packet().desiredMinTxMicros()).isEqualTo(1_000_000);
    network.runFor(Duration.ofSeconds(2));
    assertThat(network.engines[ALICE].sessions()).isEmpty();
    assertThat(network.engines[ALICE].nextDeadline()).isNull();
    assertThat(network.sockets)
        .contains(new BfdAction.CloseInterface(Network.LINK, AddressFamily.INET));
  }

  @Test
  void aPeerThatStopsOnPurposeAfterItsPathFailedSaysSoOnce() {
    network.up();
    network.deaf[BOB] = true;
    network.deaf[ALICE] = true;
    network.runFor(Duration.ofSeconds(3));
    network.changes.clear();
    Octets adminDown = last(BOB, ADMIN_DOWN, false);
    for (int i = 0; i < 3; i++) {
      receive("10.0.0.2", 255, adminDown);
      network.runFor(Duration.ofSeconds(1));
    }

    assertThat(network.changes).hasSize(1);
    BfdAction.StateChanged change = network.changes.getFirst().what();
    assertThat(change.isDeliberate()).isTrue();
    assertThat(change.isFailure()).isFalse();
  }

  /** What that node sent last, in another state or with the D bit. */
  private Octets last(int node, BfdState state, boolean demand) {
    ControlPacket packet =
        network.sent.stream()
            .filter(s -> s.node() == node)
            .map(Network.Sent::packet)
            .reduce((a, b) -> b)
            .orElseThrow();
    return new ControlPacket(
            packet.diagnostic(),
            state,
            false,
            false,
            false,
            false,
            demand,
            packet.detectMultiplier(),
            packet.myDiscriminator(),
            packet.yourDiscriminator(),
            packet.desiredMinTxMicros(),
            packet.requiredMinRxMicros(),
            packet.requiredMinEchoRxMicros())
        .encode();
  }

  @Test
  void aPeerInDemandModeIsSentNothingUnasked() {
    network.up();
    network.deaf[ALICE] = true;
    Octets demand = last(BOB, UP, true);
    Octets asynchronous = last(BOB, UP, false);
    receive("10.0.0.2", 255, demand);
    network.sent.clear();
    for (int i = 0; i < 40; i++) {
      network.runFor(Duration.ofMillis(50));
      receive("10.0.0.2", 255, demand);
    }
    assertThat(network.state(ALICE)).isEqualTo(UP);
    assertThat(network.sent).noneMatch(s -> s.node() == ALICE);

    receive("10.0.0.2", 255, asynchronous);
    network.runFor(Duration.ofMillis(100));
    assertThat(network.sent).anyMatch(s -> s.node() == ALICE);
  }

  @Test
  void shutdownSaysAdminDownToEveryPeer() {
    network.up();
    network.changes.clear();
    network.handle(ALICE, new BfdEvent.ShutDown());
    assertThat(network.sent.getLast().packet().state()).isEqualTo(ADMIN_DOWN);
    network.runFor(Duration.ofSeconds(2));
    assertThat(network.changes).noneMatch(c -> c.what().isFailure());
    assertThat(network.engines[ALICE].nextDeadline()).isNull();
  }

  @Test
  void aSessionTakenBackWhileItDepartsComesUpAgain() {
    network.up();
    network.handle(ALICE, new BfdEvent.SessionRemoved(target(ALICE)));
    network.configure(ALICE, every(50, 3));
    network.runFor(Duration.ofSeconds(5));
    assertThat(network.state(ALICE)).isEqualTo(UP);
    assertThat(network.state(BOB)).isEqualTo(UP);
  }

  @Test
  void aPeerThatRestartsWithAnotherDiscriminatorIsTakenAfterTheDetectionTime() {
    network.up();
    network.changes.clear();
    network.restart(BOB);
    network.configure(BOB, every(50, 3));
    network.runFor(Duration.ofMillis(160));
    assertThat(network.changes.stream().filter(c -> c.node() == ALICE).findFirst().orElseThrow())
        .satisfies(c -> assertThat(c.what().isFailure()).isTrue())
        .satisfies(c ->
            assertThat(c.what().diagnostic())
                .isEqualTo(BfdDiagnostic.CONTROL_DETECTION_TIME_EXPIRED));
    network.runFor(Duration.ofSeconds(5));
    assertThat(network.state(ALICE)).isEqualTo(UP);
    assertThat(network.state(BOB)).isEqualTo(UP);
  }

  /** What a stranger can say without having heard us: any parameters, no discriminator of ours. */
  @ParameterizedTest
  @CsvSource({
    "DOWN, 1000000, 1000000, false, false",
    "DOWN, 1000000, 0, false, false",
    "DOWN, 4294967295, 4294967295, true, false",
    "ADMIN_DOWN, 1000000, 1000000, false, false",
    // The peer's number is easily guessed where peers count from 1.
    "DOWN, 1000000, 1000000, false, true",
    "DOWN, 4294967295, 0, true, true",
    "ADMIN_DOWN, 1000000, 1000000, false, true"
  })
  void forgedPacketsWithoutADiscriminatorDoNotTouchASessionThatIsUp(
      BfdState state, long minTx, long minRx, boolean poll, boolean underThePeersNumber) {
    network.up();
    BfdSessionStatus before = network.engines[ALICE].sessions().getFirst();
    network.changes.clear();
    network.reports.clear();
    network.sent.clear();
    int number = underThePeersNumber ? (int) before.remoteDiscriminator() : STRANGER;
    Octets forged = packet(state, poll, number, 0, minTx, minRx);
    for (int i = 0; i < 500; i++) {
      receive("10.0.0.2", 255, forged);
      network.runFor(Duration.ofMillis(10));
    }

    assertThat(network.changes).isEmpty();
    BfdSessionStatus after = network.engines[ALICE].sessions().getFirst();
    assertThat(after.detectionTime()).isEqualTo(before.detectionTime());
    assertThat(after.transmitInterval()).isEqualTo(before.transmitInterval());
    assertThat(after.remoteDiscriminator()).isEqualTo(before.remoteDiscriminator());
    assertThat(after.remoteState()).isEqualTo(UP);
    // Neither an answer to their Poll nor a pause.
    assertThat(network.sent.stream().filter(s -> s.node() == ALICE)).hasSizeBetween(95, 140);
    assertThat(network.engines[ALICE].statistics().dropped())
        .containsEntry(DropCause.WITHOUT_DISCRIMINATOR, 500L);
    // Counted always, told once a second.
    assertThat(network.reports)
        .hasSize(5)
        .allMatch(n -> n.tag().equals("BFD_PACKET_IGNORED") && n.rate() == Notice.Rate.PER_SUBJECT);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void forgedPacketsDoNotKeepADeadPathAlive(boolean underThePeersNumber) {
    network.up();
    network.deaf[ALICE] = true;
    network.changes.clear();
    long peer = network.engines[ALICE].sessions().getFirst().remoteDiscriminator();
    Octets forged =
        packet(DOWN, false, underThePeersNumber ? (int) peer : STRANGER, 0, 1_000_000, 1_000_000);
    for (int i = 0; i < 16; i++) {
      receive("10.0.0.2", 255, forged);
      network.runFor(Duration.ofMillis(10));
    }
    assertThat(network.changes.getFirst().what().diagnostic())
        .isEqualTo(BfdDiagnostic.CONTROL_DETECTION_TIME_EXPIRED);
  }

  @Test
  void aHandshakeWithAPeerThatKnowsUsGoesOnWhateverAStrangerSays() {
    network.configure(ALICE, every(50, 3));
    int ours = (int) network.engines[ALICE].sessions().getFirst().localDiscriminator();
    receive("10.0.0.2", 255, packet(DOWN, false, 7, 0, 1_000_000, 50_000));
    receive("10.0.0.2", 255, packet(DOWN, false, 7, ours, 1_000_000, 50_000));
    assertThat(network.state(ALICE)).isEqualTo(BfdState.INIT);

    receive("10.0.0.2", 255, withoutDiscriminator(ADMIN_DOWN, 1_000_000, 0, false));
    assertThat(network.state(ALICE)).isEqualTo(BfdState.INIT);
    assertThat(network.engines[ALICE].sessions().getFirst().remoteDiscriminator()).isEqualTo(7);
    receive("10.0.0.2", 255, packet(BfdState.INIT, false, 7, ours, 1_000_000, 50_000));
    assertThat(network.state(ALICE)).isEqualTo(UP);
  }

  /** Whatever it says of its intervals: 3.6 hours of detection time among them. */
  @ParameterizedTest
  @CsvSource({"DOWN, 1000000", "DOWN, 4294967295", "ADMIN_DOWN, 1000000"})
  void aHandshakeCompletesThoughAStrangerSpeaksAHundredTimesASecond(BfdState state, long minTx) {
    network.configure(ALICE, every(50, 3));
    Octets forged = packet(state, false, STRANGER, 0, minTx, 1_000_000);
    receive("10.0.0.2", 255, forged);
    network.configure(BOB, every(50, 3));
    for (int i = 0; i < 1000; i++) {
      receive("10.0.0.2", 255, forged);
      network.runFor(Duration.ofMillis(10));
    }

    assertThat(network.state(ALICE)).isEqualTo(UP);
    assertThat(network.state(BOB)).isEqualTo(UP);
  }

  @Test
  void aSessionThatDepartsSaysSoToThePeerItHadWhateverAStrangerSays() {
    network.up();
    long peer = network.engines[ALICE].sessions().getFirst().remoteDiscriminator();
    network.sent.clear();
    network.handle(ALICE, new BfdEvent.SessionRemoved(target(ALICE)));
    network.deaf[ALICE] = true;
    receive("10.0.0.2", 255, withoutDiscriminator(DOWN, 1_000_000, 1_000_000, false));
    network.runFor(Duration.ofMillis(100));

    assertThat(network.sent.stream().filter(s -> s.node() == ALICE))
        .hasSizeGreaterThan(1)
        .allMatch(s -> Integer.toUnsignedLong(s.packet().yourDiscriminator()) == peer);
  }

  private static Octets withoutDiscriminator(
      BfdState state, long minTxMicros, long minRxMicros, boolean poll) {
    return packet(state, poll, STRANGER, 0, minTxMicros, minRxMicros);
  }

  private static Octets packet(
      BfdState state, boolean poll, int my, int your, long minTxMicros, long minRxMicros) {
    return new ControlPacket(
            BfdDiagnostic.NONE,
            state,
            poll,
            false,
            false,
            false,
            false,
            3,
            my,
            your,
            minTxMicros,
            minRxMicros,
            0)
        .encode();
  }

  @Test
  void whatCannotBeFromTheNeighborIsDroppedAndCountedByCause() {
    network.up();
    Octets packet = network.sent.getLast().packet().encode();
    ControlPacket last =
        network.sent.stream().filter(s -> s.node() == BOB).toList().getLast().packet();
    Octets forged =
        new ControlPacket(
                BfdDiagnostic.NONE,
                DOWN,
                false,
                false,
                false,
                false,
                false,
                3,
                last.myDiscriminator(),
                last.yourDiscriminator() + 1,
                50_000,
                50_000,
                0)
            .encode();
    byte[] authenticated = Arrays.copyOf(last.encode().toByteArray(), 26);
    authenticated[1] |= 0x04;
    authenticated[3] = 26;

    receive("10.0.0.2", 254, packet);
    receive("10.0.0.2", 255, Octets.ofHex("00"));
    receive("10.0.0.2", 255, Octets.wrap(authenticated));
    receive("10.0.0.2", 255, forged);
    receive("10.0.0.9", 255, last.encode());

    assertThat(network.engines[ALICE].statistics().dropped())
        .containsEntry(DropCause.TTL, 1L)
        .containsEntry(DropCause.MALFORMED, 1L)
        .containsEntry(DropCause.AUTHENTICATION, 1L)
        .containsEntry(DropCause.UNKNOWN_DISCRIMINATOR, 1L)
        .containsEntry(DropCause.WRONG_PEER, 1L);
    assertThat(network.state(ALICE)).isEqualTo(UP);
  }

  @Test
  void targetsOfOneNeighborShareASessionWithTheStrictestParameters() {
    LivenessTarget anySource = new LivenessTarget(Network.LINK, null, Network.address(BOB));
    network.up();
    network.handle(ALICE, new BfdEvent.SessionConfigured(anySource, every(20, 5)));
    network.runFor(Duration.ofSeconds(2));
    BfdSessionStatus status = network.engines[ALICE].sessions().getFirst();
    assertThat(network.engines[ALICE].sessions()).hasSize(1);
    assertThat(status.localMinTransmit()).isEqualTo(Duration.ofMillis(20));
    assertThat(status.multiplier()).isEqualTo(3);
    network.handle(ALICE, new BfdEvent.SessionRemoved(anySource));
    network.runFor(Duration.ofSeconds(2));
    assertThat(network.engines[ALICE].sessions().getFirst().localMinTransmit())
        .isEqualTo(Duration.ofMillis(50));
    assertThat(network.state(ALICE)).isEqualTo(UP);
  }

  @Test
  void theSameSeedGivesTheSameTraceUnderLoss() {
    Network one = lossy(7);
    Network two = lossy(7);
    assertThat(one.changes).isEqualTo(two.changes);
    assertThat(one.sent).isEqualTo(two.sent);
  }

  private static Network lossy(long seed) {
    Network network = new Network(seed);
    network.loss = 0.3;
    network.configure(ALICE, every(50, 3));
    network.configure(BOB, every(50, 3));
    network.runFor(Duration.ofMinutes(2));
    return network;
  }

  private void receive(String source, int ttl, Octets payload) {
    network.handle(
        ALICE,
        new BfdEvent.PacketReceived(
            Network.LINK, Ipv4Address.of(source), Network.address(ALICE), ttl, payload));
  }
}
