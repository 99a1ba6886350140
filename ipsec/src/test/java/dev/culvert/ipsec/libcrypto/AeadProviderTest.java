package dev.culvert.ipsec.libcrypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.EspOpener;
import dev.culvert.ipsec.esp.EspSealer;
import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AeadProviderTest {
  /** Wycheproof: algorithm, key, nonce, additional data, message, ciphertext, tag. */
  private static final String[] VECTORS = {
    // aes_gcm_test/3
    "AES_128_GCM aa023d0478dcb2b2312498293d9a9129 0432bc49ac34412081288127 aac39231129872a2"
        + " 2035af313d1346ab00154fea78322105 eea945f3d0f98cc0fbab472a0cf24e87"
        + " 4bb9b4812519dadf9e1232016d068133",
    // aes_gcm_test/12
    "AES_128_GCM e63a43216c08867210e248859eb5e99c 9c3a4263d983456658aad4b1 834afdc5c737186b"
        + " b14da56b0462dc05b871fc815273ff4810f92f4b bf864616c2347509ca9b10446379b9bdbb3b8f64"
        + " a97d25b490390b53c5db91f6ee2a15b8",
    // aes_gcm_test/91
    "AES_256_GCM 92ace3e348cd821092cd921aa3546374299ab46209691bc28b8752d17f123c20"
        + " 00112233445566778899aabb 00000000ffffffff 00010203040506070809 e27abdd2d2a53d2f136b"
        + " 9a4a2579529301bcfb71c78d4060f52c",
    // aes_gcm_test/101
    "AES_256_GCM cdccfe3f46d782ef47df4e72f0c02d9c7f774def970d23486f11a57f54247f17"
        + " 376187894605a8d45e30de51 956846a209e087ed e28e0e9f9d22463ac0e42639b530f42102fded75"
        + " feca44952447015b5df1f456df8ca4bb4eee2ce2 082e91924deeb77880e1b1c84f9b8d30",
    // chacha20_poly1305_test/5
    "CHACHA20_POLY1305 46f0254965f769d52bdb4a70b443199f8ef207520d1220c55e4b70f0fda620ee"
        + " ab0dca716ee051d2782f4403 91ca6c592cbcca53 51 c4 168310ca45b1f7c66cad4e99e43f72b9",
    // chacha20_poly1305_test/7
    "CHACHA20_POLY1305 c8833dce5ea9f248aa2030eacfe72bffe69a620caf793344e5718fe0d7ab1a58"
        + " 61546ba5f1720590b6040ac6 88364fc8060518bf ddf2 b60d ead0fd4697ec2e5558237719d02437a2",
  };

  static Stream<AeadProvider> providers() {
    return Stream.concat(
        Stream.of(new JceAeadProvider()), LibCryptoAeadProvider.installed().stream());
  }

  @ParameterizedTest
  @MethodSource("providers")
  void opensWhatWycheproofCallsValidAndNothingElse(AeadProvider provider) {
    HexFormat hex = HexFormat.of();
    for (String vector : VECTORS) {
      String[] part = vector.split(" ");
      EspAlgorithm algorithm = EspAlgorithm.valueOf(part[0]);
      String salt = part[2].substring(0, 8);
      String iv = part[2].substring(8);
      byte[] packet = hex.parseHex(part[3] + iv + part[5] + part[6]);
      byte[] message = hex.parseHex(part[4]);
      Secret key = Secret.copyOf(hex.parseHex(part[1] + salt));
      try (Arena arena = Arena.ofConfined();
          EspOpener opener = provider.opener(algorithm, key, false)) {
        MemorySegment memory = arena.allocate(packet.length + 7);
        MemorySegment out = arena.allocate(message.length + 3);
        MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 7, packet.length);

        assertThat(opener.open(memory, 7, packet.length, 0, out, 3)).isTrue();
        assertThat(out.asSlice(3).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(message);

        int last = 7 + packet.length - 1;
        byte tag = memory.get(ValueLayout.JAVA_BYTE, last);
        memory.set(ValueLayout.JAVA_BYTE, last, (byte) (tag ^ 1));
        assertThat(opener.open(memory, 7, packet.length, 0, out, 3)).isFalse();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(EspAlgorithm.class)
  void libcryptoAndTheJdkAgreeOctetForOctet(EspAlgorithm algorithm) {
    long seed = 20_261_124;
    Random random = new Random(seed);
    AeadProvider fast = LibCryptoAeadProvider.best();
    AeadProvider plain = new JceAeadProvider();
    for (boolean extended : new boolean[] {false, true}) {
      byte[] keyMaterial = new byte[algorithm.keyMaterialLength()];
      random.nextBytes(keyMaterial);
      Secret key = Secret.copyOf(keyMaterial);
      try (Arena arena = Arena.ofConfined();
          EspSealer fastSealer = fast.sealer(algorithm, key, extended);
          EspSealer plainSealer = plain.sealer(algorithm, key, extended);
          EspOpener fastOpener = fast.opener(algorithm, key, extended);
          EspOpener plainOpener = plain.opener(algorithm, key, extended)) {
        for (int i = 0; i < 200; i++) {
          int plaintext = random.nextInt(1, 100) * 16;
          int header = 8 + algorithm.ivLength();
          int length = header + plaintext + algorithm.icvLength();
          long sequence = extended ? random.nextLong() >>> 1 : random.nextInt() & 0xFFFF_FFFFL;
          int at = random.nextInt(16);
          byte[] before = new byte[at + length];
          random.nextBytes(before);
          MemorySegment one = arena.allocate(before.length);
          MemorySegment two = arena.allocate(before.length);
          MemorySegment opened = arena.allocate(plaintext);
          one.copyFrom(MemorySegment.ofArray(before));
          two.copyFrom(MemorySegment.ofArray(before));

          fastSealer.seal(one, at, plaintext, sequence);
          plainSealer.seal(two, at, plaintext, sequence);

          assertThat(one.mismatch(two)).as("seed %d, packet %d", seed, i).isEqualTo(-1);
          byte[] expected =
              MemorySegment.ofArray(before)
                  .asSlice(at + header, plaintext)
                  .toArray(ValueLayout.JAVA_BYTE);
          for (EspOpener opener : new EspOpener[] {fastOpener, plainOpener}) {
            opened.fill((byte) 0);
            assertThat(opener.open(one, at, length, sequence, opened, 0)).isTrue();
            assertThat(opened.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
            assertThat(opener.open(one, at, length, sequence + (1L << 32), opened, 0))
                .as("the upper half is authenticated if there is one")
                .isEqualTo(!extended);
          }
        }
      }
    }
  }

  @Test
  void memoryOutsideTheSegmentIsUnreachable() {
    Secret key = Secret.copyOf(new byte[20]);
    AeadProvider provider = LibCryptoAeadProvider.best();
    try (Arena arena = Arena.ofConfined();
        EspSealer sealer = provider.sealer(EspAlgorithm.AES_128_GCM, key, false);
        EspOpener opener = provider.opener(EspAlgorithm.AES_128_GCM, key, false)) {
      MemorySegment memory = arena.allocate(100);
      for (int[] range : new int[][] {{0, 69}, {-1, 10}, {90, 10}, {0, Integer.MAX_VALUE - 64}}) {
        assertThatThrownBy(() -> sealer.seal(memory, range[0], range[1], 1))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
      assertThatThrownBy(() -> opener.open(memory, 0, 101, 1, memory, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> opener.open(memory, 0, 100, 1, memory, 40))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void aClosedTransformIsNotUsed() {
    Secret key = Secret.copyOf(new byte[20]);
    EspSealer sealer = LibCryptoAeadProvider.best().sealer(EspAlgorithm.AES_128_GCM, key, false);
    sealer.close();
    sealer.close();
    if (LibCryptoAeadProvider.installed().isPresent()) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = arena.allocate(100);
        assertThatThrownBy(() -> sealer.seal(memory, 0, 16, 1))
            .isInstanceOf(IllegalStateException.class);
      }
    }
  }

  @Test
  void theProviderNamesItself() {
    assertThat(new JceAeadProvider().name()).isEqualTo("SunJCE");
    LibCryptoAeadProvider.installed()
        .ifPresent(provider -> assertThat(provider.name()).startsWith("libcrypto (OpenSSL"));
  }
}
