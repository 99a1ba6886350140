package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rekeys some of whose messages are lost for a while, or overtaken by others. */
class RekeyLossTest {
  /** The path has been explored, and nobody has anything more to say. */
  private static final Duration UNTIL_IDLE = Duration.ofMinutes(10);

  /** What the network loses at the moment. */
  private boolean losesLeftRequests;

  private boolean losesRightResponses;
  private boolean losesRightDeletes;

  private Wire lossy(long seed, DhGroup pfs) {
    losesLeftRequests = false;
    losesRightResponses = false;
    losesRightDeletes = false;
    Wire wire = RekeyTest.established(seed, pfs);
    wire.drop = (from, message) -> from == wire.left ? dropsOfLeft(message) : dropsOfRight(message);
    return wire;
  }

  private boolean dropsOfLeft(Octets message) {
    return losesLeftRequests && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false);
  }

  private boolean dropsOfRight(Octets message) {
    return (losesRightResponses && Wire.is(message, ExchangeType.CREATE_CHILD_SA, true))
        || (losesRightDeletes && Wire.is(message, ExchangeType.INFORMATIONAL, false));
  }

  // The IKE SA.

  @Test
  void aPeerThatRekeysItsIkeSaAgainBeforeItDeletesTheFirstTakesTheChildrenAlong() {
    for (int seed = 1; seed <= 10; seed++) {
      Wire wire = lossy(seed, null);
      RekeyTest.neverInterrupted(wire);
      losesLeftRequests = true;
      losesRightDeletes = true;
      wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
      for (int i = 0; i < 3; i++) {
        wire.right.handle(new IkeEvent.RekeyRequested("gw", true));
        wire.run(Duration.ofMillis(100));
      }
      // The left side still waits for the answer to its own, which never got there.
      losesLeftRequests = seed % 2 == 0;
      losesRightDeletes = seed % 2 != 0;
      wire.run(Duration.ofSeconds(10));
      losesLeftRequests = false;
      losesRightDeletes = false;
      wire.run(Duration.ofMinutes(2));
      EstablishTest.assertSettled(wire, seed);
      assertThat(wire.left.vpn().childRekeys()).isZero();
    }
  }

  @Test
  void aPeerThatRekeysWhatWonAgainBeforeWeKnowThatWeLostTakesTheChildrenAlong() {
    for (int seed = 1; seed <= 20; seed++) {
      Wire wire = lossy(seed, null);
      RekeyTest.neverInterrupted(wire);
      losesRightResponses = true;
      losesRightDeletes = true;
      wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
      wire.right.handle(new IkeEvent.RekeyRequested("gw", true));
      wire.run(Duration.ofMillis(100));
      wire.right.handle(new IkeEvent.RekeyRequested("gw", true));
      wire.run(Duration.ofMillis(100));
      losesRightResponses = false;
      losesRightDeletes = seed % 2 == 0;
      wire.run(Duration.ofSeconds(5));
      losesRightDeletes = false;
      wire.run(Duration.ofMinutes(2));
      EstablishTest.assertSettled(wire, seed);
    }
  }

  @Test
  void anIkeSaWhoseCreatorNeverLearnsThatItWasMadeIsDeletedOnceItsRivalIsKnownToBeThere() {
    for (int seed = 1; seed <= 20; seed++) {
      Wire wire = lossy(seed, null);
      RekeyTest.neverInterrupted(wire);
      wire.run(UNTIL_IDLE);
      losesRightResponses = true;
      wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
      wire.right.handle(new IkeEvent.RekeyRequested("gw", true));
      wire.run(Duration.ofMillis(200));
      losesRightResponses = false;
      // What the right side keeps is made by the left: there it only listens.
      wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
      wire.run(Duration.ofMinutes(2));
      EstablishTest.assertSettled(wire, seed);
    }
  }

  @Test
  void anIkeSaThatReplacesAnotherIsGivenUpIfThePeerIsNeverHeardOnIt() {
    Wire wire = lossy(1, null);
    wire.run(UNTIL_IDLE);
    losesRightResponses = true;
    wire.left.handle(new IkeEvent.RekeyRequested("gw", true));
    wire.run(Duration.ofMillis(100));
    wire.cut = true;
    wire.run(Duration.ofMinutes(3));
    assertThat(wire.right.engine.ikeSas(wire.now)).isEmpty();
    assertThat(wire.right.up).isFalse();
    assertThat(wire.right.installed).isEmpty();
  }

  // Child SAs.

  /** RFC 7296 §2.25: TEMPORARY_FAILURE, as CHILD_SA_NOT_FOUND would have the peer delete it. */
  @Test
  void aPairThatThePeerRekeysBeforeWeHaveTheResponseThatMadeItIsRekeyedLater() {
    for (DhGroup pfs : new DhGroup[] {null, DhGroup.GROUP31}) {
      Wire wire = lossy(2, pfs);
      RekeyTest.neverInterrupted(wire);
      losesRightResponses = true;
      wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
      wire.run(Duration.ofMillis(100));
      wire.right.does((parts, step) -> parts.createChild.rekey(youngest(parts), step));
      wire.run(Duration.ofMillis(100));
      losesRightResponses = false;
      wire.run(Duration.ofSeconds(40));
      EstablishTest.assertSettled(wire, 2);
      assertThat(wire.left.vpn().childRekeys()).isEqualTo(2);
    }
  }

  @Test
  void aPairThatThePeerDeletesBeforeWeHaveTheResponseThatMadeItIsNotKept() {
    for (DhGroup pfs : new DhGroup[] {null, DhGroup.GROUP31}) {
      Wire wire = lossy(3, pfs);
      losesRightResponses = true;
      wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
      wire.run(Duration.ofMillis(100));
      wire.right.does((parts, step) -> parts.informational.deleteChild(youngest(parts), step));
      wire.run(Duration.ofMillis(100));
      losesRightResponses = false;
      wire.run(Duration.ofSeconds(40));
      EstablishTest.assertSettled(wire, 3);
    }
  }

  private static ChildPair youngest(EngineParts parts) {
    return IkeSa.present(parts.tables.vpns.get("vpn")).pairs.getLast();
  }

  @Test
  void anOrphanOfThePeerIsDeletedThereThoughTheIkeSaIsRekeyedFirst() {
    for (boolean byLeft : new boolean[] {true, false}) {
      Wire wire = RekeyTest.established(4, null);
      RekeyTest.answersNonsenseOnce(wire);
      wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
      (byLeft ? wire.left : wire.right).handle(new IkeEvent.RekeyRequested("gw", true));
      wire.run(Duration.ofMinutes(1));
      EstablishTest.assertSettled(wire, 4);
    }
  }

  // Peers that are heard, and do not answer.

  @Test
  void aPeerThatIsHeardIsNotGivenUpForTheResponsesThatTheNetworkLoses() {
    Wire wire = lossy(5, null);
    RekeyTest.neverInterrupted(wire);
    losesRightResponses = true;
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    saysSomething(wire);
    wire.run(Duration.ofSeconds(90));
    losesRightResponses = false;
    wire.run(Duration.ofMinutes(1));
    EstablishTest.assertSettled(wire, 5);
    assertThat(wire.left.vpn().childRekeys()).isEqualTo(1);
    assertThat(wire.left.downs + wire.right.downs).isZero();
  }

  @Test
  void aPeerThatIsHeardAndNeverAnswersIsGivenUpInTheEnd() {
    Wire wire = lossy(6, null);
    losesRightResponses = true;
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    saysSomething(wire);
    wire.run(Duration.ofMinutes(2));
    assertThat(wire.left.engine.statistics().deadPeers()).isZero();
    wire.run(Duration.ofMinutes(1));
    assertThat(wire.left.engine.statistics().deadPeers()).isEqualTo(1);
  }

  private static void saysSomething(Wire wire) {
    wire.right.does((parts, step) ->
        IkeSaTable.current(IkeSa.present(parts.tables.vpns.get("vpn")))
            .ifPresent(ike -> {
              ike.window.enqueue(new QueuedRequest.Probe());
              step.add(new Effect.SendNext(ike));
            }));
    wire.schedule(Duration.ofSeconds(5), () -> saysSomething(wire));
  }
}
