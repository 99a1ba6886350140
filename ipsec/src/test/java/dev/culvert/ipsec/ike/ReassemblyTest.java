package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.SealedMessage;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Reassembly;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Fragments that never become a message (RFC 7383) take a bounded amount of memory. */
class ReassemblyTest {
  private static final Octets PART = Octets.wrap(new byte[4000]);

  @Test
  void whatWaitsForItsRestIsBoundedAndLessOfAPeerThatIsNotAuthenticated() {
    for (boolean authenticated : new boolean[] {true, false}) {
      int bound = authenticated ? Reassembly.MAX_OCTETS : Reassembly.MAX_OCTETS_UNAUTHENTICATED;
      Reassembly reassembly = new Reassembly();
      int most = 0;
      for (int number = 1; number < Reassembly.MAX_FRAGMENTS; number++) {
        add(reassembly, number, authenticated);
        most = Math.max(most, reassembly.held());
        assertThat(reassembly.held()).isLessThanOrEqualTo(bound);
      }
      assertThat(most).isGreaterThan(bound - PART.length());
    }
  }

  @Test
  void aMessageOfTheUsualLengthIsPutTogetherInAnyOrder() {
    Reassembly reassembly = new Reassembly();
    assertThat(add(reassembly, 3, 3, false)).isNull();
    assertThat(add(reassembly, 1, 3, false)).isNull();
    Reassembly.Whole whole = add(reassembly, 2, 3, false);
    assertThat(whole).isNotNull();
    assertThat(whole.plaintext().length()).isEqualTo(3 * PART.length());
    assertThat(whole.firstPayload()).isEqualTo(Payload.ID_I);
    assertThat(reassembly.held()).isZero();
  }

  private static void add(Reassembly reassembly, int number, boolean authenticated) {
    assertThat(add(reassembly, number, Reassembly.MAX_FRAGMENTS, authenticated)).isNull();
  }

  private static Reassembly.Whole add(
      Reassembly reassembly, int number, int total, boolean authenticated) {
    int first = number == 1 ? Payload.ID_I : 0;
    return reassembly.add(
        1, new Payload.EncryptedFragment(first, number, total, Octets.EMPTY), PART, authenticated);
  }

  /** Who has agreed on keys and says no more than that keeps little of our memory. */
  @Test
  void aHalfOpenIkeSaIsTreatedAsOneThatIsNotAuthenticated() {
    Wire wire = new Wire(1);
    wire.right.configure(Configs.towards("192.0.2.1").responder().build());
    wire.drop =
        (from, message) -> from == wire.left && Wire.is(message, ExchangeType.IKE_AUTH, false);
    wire.left.configure(Configs.towards("192.0.2.2").build());
    wire.run(Duration.ofMillis(500));
    IkeSa ours = wire.left.engine.parts.tables.ikeSas.all().values().iterator().next();
    IkeSa theirs = wire.right.engine.parts.tables.ikeSas.all().values().iterator().next();
    IkeHeader header =
        new IkeHeader(
            ours.initiatorSpi(),
            ours.responderSpi(),
            0,
            IkeHeader.MAJOR_VERSION,
            ExchangeType.IKE_AUTH.wireValue(),
            true,
            false,
            1,
            0);
    Payload padding = new Payload.VendorId(Octets.wrap(new byte[60_000]));
    long[] iv = {1000};
    List<Octets> pieces =
        SealedMessage.sealInPieces(
            header,
            List.of(padding),
            IkeSa.present(ours.outbound),
            () -> java.nio.ByteBuffer.allocate(8).putLong(iv[0]++).array(),
            4000);
    for (Octets piece : pieces.subList(0, pieces.size() - 1)) {
      wire.right.receive(theirs.local, theirs.remote, piece);
      assertThat(theirs.requests.held()).isLessThanOrEqualTo(Reassembly.MAX_OCTETS_UNAUTHENTICATED);
    }
  }
}
