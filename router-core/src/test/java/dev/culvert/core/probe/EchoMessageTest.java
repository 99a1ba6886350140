package dev.culvert.core.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EchoMessageTest {
  /** As Linux' ping sends it: type 8, identifier 0x1c0e, sequence 1, eight octets of data. */
  private static final Octets REQUEST = Octets.ofHex("0800 4a5b 1c0e 0001 6162636465666768");

  @Test
  void isWhatPingSends() {
    EchoMessage message = new EchoMessage(8, 0x1c0e, 1, Octets.ofHex("6162636465666768"));
    assertThat(EchoMessage.decode(AddressFamily.INET, REQUEST))
        .isEqualTo(new Decoded.Ok<>(message));
    assertThat(message.encode(AddressFamily.INET)).isEqualTo(REQUEST);
  }

  @Test
  void aFlippedBitAnywhereIsFound() {
    byte[] good =
        new EchoMessage(0, 7, 9, Octets.ofHex("0102030405"))
            .encode(AddressFamily.INET)
            .toByteArray();
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(EchoMessage.decode(AddressFamily.INET, Octets.wrap(bad)))
          .as("bit %d", bit)
          .isInstanceOf(Decoded.Malformed.class);
    }
  }

  @Test
  void rubbishDoesNotThrow() {
    Random random = new Random(42);
    for (int i = 0; i < 10_000; i++) {
      byte[] bytes = new byte[random.nextInt(24)];
      random.nextBytes(bytes);
      for (AddressFamily family : AddressFamily.values()) {
        assertThat(EchoMessage.decode(family, Octets.wrap(bytes))).isNotNull();
      }
    }
  }

  @Test
  void icmpv6HasTypesOfItsOwnAndLeavesTheChecksumToTheKernel() {
    EchoMessage message = new EchoMessage(129, 5, 6, Octets.ofHex("aa"));
    assertThat(message.encode(AddressFamily.INET6))
        .isEqualTo(Octets.ofHex("81 00 0000 0005 0006 aa"));
    assertThat(EchoMessage.decode(AddressFamily.INET6, message.encode(AddressFamily.INET6)))
        .isEqualTo(new Decoded.Ok<>(message));
  }
}
