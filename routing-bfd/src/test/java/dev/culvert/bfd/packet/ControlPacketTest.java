package dev.culvert.bfd.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.DecodeFault;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlPacketTest {
  /** RFC 5880 §4.1: Up, Poll, multiplier 3, 50 ms both ways. */
  private static final Octets UP_WITH_POLL =
      Octets.ofHex(
          """
          20       # Vers 1, Diag 0
          e0       # Sta Up, P
          03 18    # Detect Mult, Length
          00000001 # My Discriminator
          00000002 # Your Discriminator
          0000c350 # Desired Min TX Interval 50000
          0000c350 # Required Min RX Interval 50000
          00000000 # Required Min Echo RX Interval
          """
              .replaceAll("#.*", ""));

  @Test
  void aPacketDecodesToItsFieldsAndEncodesToItsOctets() {
    ControlPacket packet =
        new ControlPacket(
            BfdDiagnostic.NONE,
            BfdState.UP,
            true,
            false,
            false,
            false,
            false,
            3,
            1,
            2,
            50_000,
            50_000,
            0);
    assertThat(ControlPacket.decode(UP_WITH_POLL.reader())).isEqualTo(new Decoded.Ok<>(packet));
    assertThat(packet.encode()).isEqualTo(UP_WITH_POLL);
  }

  /** The rules of RFC 5880 §6.8.6, each broken alone. */
  @ParameterizedTest
  @CsvSource({
    "0, 40, Vers",
    "3, 17, Length",
    "3, 19, Length",
    "2, 00, Detect Mult",
    "1, e1, Multipoint",
    "7, 00, My Discriminator",
    "11, 00, Your Discriminator",
  })
  void aPacketThatBreaksARuleIsRefused(int offset, String octet, String field) {
    byte[] bytes = UP_WITH_POLL.toByteArray();
    bytes[offset] = (byte) Integer.parseInt(octet, 16);
    assertThat(fault(Octets.wrap(bytes)).field()).isEqualTo(field);
  }

  @Test
  void theAuthenticatedFormNeedsTwoMoreOctets() {
    byte[] bytes = UP_WITH_POLL.toByteArray();
    bytes[1] |= 0x04;
    assertThat(fault(Octets.wrap(bytes)).field()).isEqualTo("Length");
  }

  @Test
  void aTruncatedPacketIsRefusedAtEveryLength() {
    for (int length = 0; length < ControlPacket.LENGTH; length++) {
      assertThat(fault(UP_WITH_POLL.slice(0, length))).isNotNull();
    }
  }

  private static DecodeFault fault(Octets octets) {
    return ((Decoded.Malformed<ControlPacket>) ControlPacket.decode(octets.reader())).fault();
  }
}
