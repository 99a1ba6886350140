package dev.culvert.ipsec.esp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.EspCodec.Opened;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.Spi;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EspCodecTest {
  private static final Spi SPI = new Spi(0x0102_0304);

  /** An ICMP echo request from 198.51.100.5 to 192.0.2.5, of RFC 7634 appendix A. */
  private static final Octets ECHO_REQUEST =
      Octets.ofHex(
          """
          45000054 a6f20000 4001e778 c6336405 c0000205 08005b7a 3a080000 553bec10
          00073627 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f 20212223
          24252627 28292a2b 2c2d2e2f 30313233 34353637
          """);

  /** RFC 7634 appendix A: SPI, sequence number 5, IV, ciphertext, ICV. */
  private static final Octets RFC_7634_PACKET =
      Octets.ofHex(
          """
          01020304 00000005 10111213 14151617
          24039428 b97f417e 3c13753a 4f05087b 67c352e6 a7fab1b9 82d466ef 407ae5c6
          14ee8099 d52844eb 61aa95df ab4c02f7 2aa71e7c 4c4f64c9 befe2fac c638e8f3
          cbec163f ac469b50 2773f6fb 94e664da 9165b828 29f641e0
          76aaa826 6b7fb0f7 b11b3699 07e1ad43
          """);

  private static final Secret RFC_7634_KEY =
      Secret.copyOf(
          HexFormat.of()
              .parseHex(
                  "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"));

  @Test
  void opensThePacketOfRfc7634() {
    EspCodec codec = new EspCodec(EspAlgorithm.CHACHA20_POLY1305, SPI, RFC_7634_KEY, false, 64);

    assertThat(codec.open(RFC_7634_PACKET)).isEqualTo(new Opened.Packet(ECHO_REQUEST, 5));
  }

  @ParameterizedTest
  @EnumSource(EspAlgorithm.class)
  void whatIsSealedOpensToTheSamePacketWithAndWithoutExtendedNumbers(EspAlgorithm algorithm) {
    Random random = new Random(4303);
    for (boolean extended : new boolean[] {false, true}) {
      Secret key = key(algorithm, random);
      EspCodec sender = new EspCodec(algorithm, SPI, key, extended, 0);
      EspCodec receiver = new EspCodec(algorithm, SPI, key, extended, 64);
      for (int length = 20; length < 120; length++) {
        Octets inner = ipv4(length, random);
        assertThat(receiver.open(sender.seal(inner)))
            .isEqualTo(new Opened.Packet(inner, length - 19L));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(EspAlgorithm.class)
  void everyFlippedBitIsAnAuthenticationFailure(EspAlgorithm algorithm) {
    Random random = new Random(1);
    Secret key = key(algorithm, random);
    byte[] good = new EspCodec(algorithm, SPI, key, false, 0).seal(ipv4(40, random)).toByteArray();
    EspCodec receiver = new EspCodec(algorithm, SPI, key, false, 64);
    // The SPI chooses the SA; from the sequence number on, everything is authenticated.
    for (int bit = 32; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (0x80 >> bit % 8);
      if (bad[4] == 0 && bad[5] == 0 && bad[6] == 0 && bad[7] == 0) {
        continue;
      }
      assertThat(receiver.open(Octets.wrap(bad)))
          .isEqualTo(new Opened.Dropped(DropCause.AUTHENTICATION));
    }
    assertThat(receiver.open(Octets.wrap(good))).isInstanceOf(Opened.Packet.class);
  }

  @ParameterizedTest
  @EnumSource(EspAlgorithm.class)
  void everyTruncationIsRefused(EspAlgorithm algorithm) {
    Random random = new Random(2);
    Secret key = key(algorithm, random);
    Octets good = new EspCodec(algorithm, SPI, key, false, 0).seal(ipv4(60, random));
    EspCodec receiver = new EspCodec(algorithm, SPI, key, false, 64);
    for (int length = 0; length < good.length(); length++) {
      assertThat(receiver.open(good.slice(0, length))).isInstanceOf(Opened.Dropped.class);
    }
  }

  @Test
  void aRepeatedPacketIsAReplay() {
    Secret key = key(EspAlgorithm.AES_128_GCM, new Random(3));
    EspCodec sender = new EspCodec(EspAlgorithm.AES_128_GCM, SPI, key, false, 0);
    EspCodec receiver = new EspCodec(EspAlgorithm.AES_128_GCM, SPI, key, false, 64);
    Octets packet = sender.seal(ECHO_REQUEST);

    assertThat(receiver.open(packet)).isInstanceOf(Opened.Packet.class);
    assertThat(receiver.open(packet)).isEqualTo(new Opened.Dropped(DropCause.REPLAY));
  }

  @Test
  void aDummyPacketIsNotDelivered() {
    Secret key = key(EspAlgorithm.AES_256_GCM, new Random(4));
    EspCodec sender = new EspCodec(EspAlgorithm.AES_256_GCM, SPI, key, false, 0);
    EspCodec receiver = new EspCodec(EspAlgorithm.AES_256_GCM, SPI, key, false, 64);

    Octets dummy = sender.seal(Octets.copyOf(new byte[30]), EspCodec.NEXT_HEADER_DUMMY);

    assertThat(receiver.open(dummy)).isEqualTo(new Opened.Dummy());
  }

  private static Octets ipv4(int length, Random random) {
    byte[] packet = new byte[length];
    random.nextBytes(packet);
    packet[0] = 0x45;
    packet[2] = (byte) (length >>> 8);
    packet[3] = (byte) length;
    return Octets.wrap(packet);
  }

  private static Secret key(EspAlgorithm algorithm, Random random) {
    byte[] key = new byte[algorithm.keyMaterialLength()];
    random.nextBytes(key);
    return Secret.copyOf(key);
  }
}
