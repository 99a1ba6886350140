package dev.culvert.ipsec.esp;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * ESP transforms by the JDK's own providers, for machines without libcrypto: packets go through a
 * heap array, and the ciphers leave garbage behind.
 */
public final class JceAeadProvider implements AeadProvider {
  private static final int LARGEST_PACKET = 65_535 + 128;

  @Override
  public String name() {
    return "SunJCE";
  }

  @Override
  public EspSealer sealer(EspAlgorithm algorithm, Secret key, boolean extended) {
    EspCipher cipher = new EspCipher(algorithm, key, extended);
    byte[] packet = new byte[LARGEST_PACKET];
    return new EspSealer() {
      @Override
      public void seal(MemorySegment memory, int at, int plaintextLength, long sequence) {
        int length =
            EspOverhead.ESP_HEADER + algorithm.ivLength() + plaintextLength + algorithm.icvLength();
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, packet, 0, length);
        cipher.seal(packet, 0, plaintextLength, sequence);
        MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, at, length);
      }

      @Override
      public void close() {
        cipher.erase();
      }
    };
  }

  @Override
  public EspOpener opener(EspAlgorithm algorithm, Secret key, boolean extended) {
    EspCipher cipher = new EspCipher(algorithm, key, extended);
    byte[] packet = new byte[LARGEST_PACKET];
    byte[] plaintext = new byte[LARGEST_PACKET];
    return new EspOpener() {
      @Override
      public boolean open(
          MemorySegment memory, int at, int length, long sequence, MemorySegment out, int outAt) {
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, packet, 0, length);
        if (!cipher.open(packet, 0, length, sequence, plaintext, 0)) {
          return false;
        }
        int opened = length - EspOverhead.ESP_HEADER - algorithm.ivLength() - algorithm.icvLength();
        MemorySegment.copy(plaintext, 0, out, ValueLayout.JAVA_BYTE, outAt, opened);
        return true;
      }

      @Override
      public void close() {
        cipher.erase();
        Arrays.fill(plaintext, (byte) 0);
      }
    };
  }
}
