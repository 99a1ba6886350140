package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.IkeMessage;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * When a unit of st0 is up: routes that leave a working tunnel for it are not to lose a packet, so
 * the other side must have the first pair as well.
 */
class UnitUpTest {
  @Test
  void aResponderWaitsForTheSignThatItsAnswerHasArrived() {
    for (long seed = 1; seed <= 50; seed++) {
      Wire wire = new Wire(seed);
      wire.jitterMillis = 50;
      wire.invariant = () -> assertThat(isPremature(wire)).isFalse();
      EstablishTest.up(wire, Configs.towards("192.0.2.2"), responder());
    }
  }

  @Test
  void anAnswerThatIsLostLeavesTheRoutesWhereTheyAre() {
    for (int lost = 1; lost <= 4; lost++) {
      Wire wire = new Wire(lost);
      int[] answers = {0};
      int losses = lost;
      // The answer to IKE_SA_INIT, and those to IKE_AUTH.
      wire.drop = (from, message) -> from == wire.right && ++answers[0] > 1 && answers[0] <= losses;
      wire.invariant = () -> assertThat(isPremature(wire)).isFalse();
      EstablishTest.up(wire, Configs.towards("192.0.2.2"), responder());
      assertThat(answers[0]).isGreaterThanOrEqualTo(lost);
    }
  }

  /** Each may answer the other's IKE_AUTH before it has the answer to its own. */
  @Test
  void twoThatBeginAtOnceAreUpOnBothSidesAtOnce() {
    for (long seed = 1; seed <= 500; seed++) {
      Wire wire = new Wire(seed);
      wire.jitterMillis = 60;
      wire.left.configure(Configs.towards("192.0.2.2").build());
      wire.right.configure(Configs.towards("192.0.2.1").build());
      assertThat(wire.runUntil(() -> wire.left.up && wire.right.up, Duration.ofSeconds(2)))
          .as("seed %d: left %s, right %s", seed, wire.left.up, wire.right.up)
          .isTrue();
    }
  }

  /** What it has begun itself needs no sign, whoever had begun before. */
  @Test
  void aResponderWhoseAnswersAreLostIsUpByItsOwnIkeSa() {
    int established = 0;
    for (long seed = 1; seed <= 200; seed++) {
      Wire wire = new Wire(seed);
      wire.jitterMillis = 60;
      wire.drop = (from, message) -> from == wire.right && isAuthResponse(message);
      wire.left.configure(Configs.towards("192.0.2.2").build());
      wire.right.configure(Configs.towards("192.0.2.1").build());
      if (wire.runUntil(() -> wire.left.up, Duration.ofSeconds(5))) {
        established++;
        assertThat(wire.right.up).as("seed %d", seed).isTrue();
      }
    }
    assertThat(established).isGreaterThan(20);
  }

  /** Its message or its packet: whatever is heard of first. */
  @Test
  void aPacketOfTheInitiatorIsASignToo() {
    Wire wire = new Wire(1);
    // IKE falls silent once both have the pair.
    wire.drop =
        (from, message) -> !wire.left.installed.isEmpty() && !wire.right.installed.isEmpty();
    wire.right.configure(responder().build());
    wire.left.configure(Configs.towards("192.0.2.2").build());
    assertThat(wire.runUntil(() -> wire.left.up, Duration.ofSeconds(5))).isTrue();
    assertThat(wire.right.up).isFalse();
    assertThat(wire.left.send()).isTrue();
    wire.run(Duration.ofMillis(20));
    assertThat(wire.right.up).isTrue();
  }

  /** Of a peer of another kind nothing can be expected. */
  @Test
  void withoutASignTimeDecides() {
    Wire wire = new Wire(2);
    wire.invariant = () -> PathMtuOfOtherPeersTest.withoutFragmentsOfProbes(wire);
    wire.right.configure(responder().build());
    wire.left.configure(Configs.towards("192.0.2.2").build());
    assertThat(wire.runUntil(() -> !wire.right.installed.isEmpty(), Duration.ofSeconds(5)))
        .isTrue();
    wire.run(Duration.ofMillis(150));
    assertThat(wire.left.up).isTrue();
    assertThat(wire.right.up).isFalse();
    wire.run(Duration.ofMillis(100));
    assertThat(wire.right.up).isTrue();
  }

  private static boolean isAuthResponse(Octets message) {
    return IkeMessage.decodeHeader(message) instanceof Decoded.Ok<IkeHeader>(IkeHeader header)
        && header.exchangeType() == ExchangeType.IKE_AUTH.wireValue()
        && header.response();
  }

  /** Up where the other side has no SA to open the packets with. */
  private static boolean isPremature(Wire wire) {
    return wire.right.up && wire.left.installed.isEmpty();
  }

  private static Configs responder() {
    return Configs.towards("192.0.2.1").responder();
  }
}
