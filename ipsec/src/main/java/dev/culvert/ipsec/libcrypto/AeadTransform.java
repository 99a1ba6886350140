package dev.culvert.ipsec.libcrypto;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.esp.EspOpener;
import dev.culvert.ipsec.esp.EspOverhead;
import dev.culvert.ipsec.esp.EspSealer;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * AES-GCM (RFC 4106) or ChaCha20-Poly1305 (RFC 7634), one direction, its key schedule in an
 * EVP_CIPHER_CTX. Used by one thread at a time.
 */
final class AeadTransform implements EspSealer, EspOpener {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int ESP_HEADER = EspOverhead.ESP_HEADER;
  private static final int SALT_LENGTH = 4;
  private static final int IV_LENGTH = 8;
  private static final int NONCE_LENGTH = SALT_LENGTH + IV_LENGTH;
  private static final int TAG_LENGTH = 16;

  // The scratch segment: nonce, additional data, and where libcrypto writes lengths nobody reads.
  private static final int NONCE = 0;
  private static final int ADDITIONAL_DATA = 16;
  private static final int OUT_LENGTH = 32;
  private static final int FINAL_OUT = 40;
  private static final int SCRATCH_LENGTH = 64;

  private final boolean extended;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment scratch = arena.allocate(SCRATCH_LENGTH, 8);
  private final long scratchAddress = scratch.address();
  private long context;

  AeadTransform(EspAlgorithm algorithm, Secret keyMaterial, boolean extended, boolean sealing) {
    if (keyMaterial.length() != algorithm.keyMaterialLength()) {
      throw new IllegalArgumentException(
          algorithm + " takes other than " + keyMaterial.length() + " octets of key");
    }
    this.extended = extended;
    this.context = LibCrypto.newCipherContext();
    long cipher =
        LibCrypto.directMethod(
            switch (algorithm) {
              case AES_128_GCM -> "EVP_aes_128_gcm";
              case AES_256_GCM -> "EVP_aes_256_gcm";
              case CHACHA20_POLY1305 -> "EVP_chacha20_poly1305";
              case AES_256_CBC_HMAC_SHA_256_128 ->
                  throw new IllegalArgumentException("not an AEAD: " + algorithm);
            });
    byte[] octets = keyMaterial.reveal();
    try (Arena once = Arena.ofConfined()) {
      MemorySegment key = once.allocate(octets.length);
      MemorySegment.copy(octets, 0, key, ValueLayout.JAVA_BYTE, 0, octets.length);
      MemorySegment.copy(
          octets,
          algorithm.encryptionKeyLength(),
          scratch,
          ValueLayout.JAVA_BYTE,
          NONCE,
          SALT_LENGTH);
      if (sealing) {
        LibCrypto.encryptInit(context, cipher, 0, 0);
      } else {
        LibCrypto.decryptInit(context, cipher, 0, 0);
      }
      LibCrypto.control(context, LibCrypto.CTRL_AEAD_SET_IV_LENGTH, NONCE_LENGTH, 0);
      if (sealing) {
        LibCrypto.encryptInit(context, 0, key.address(), 0);
      } else {
        LibCrypto.decryptInit(context, 0, key.address(), 0);
      }
      key.fill((byte) 0);
    } finally {
      Arrays.fill(octets, (byte) 0);
    }
  }

  @Override
  public void seal(MemorySegment memory, int at, int plaintextLength, long sequence) {
    int payload = ESP_HEADER + IV_LENGTH;
    long esp = Bounds.address(memory, at, payload + plaintextLength + TAG_LENGTH);
    memory.set(LONG, at + ESP_HEADER, sequence);
    scratch.set(LONG, NONCE + SALT_LENGTH, sequence);
    LibCrypto.encryptInit(open(), 0, 0, scratchAddress + NONCE);
    long outLength = scratchAddress + OUT_LENGTH;
    if (extended) {
      additionalData(memory, at, sequence);
      LibCrypto.encryptUpdate(context, 0, outLength, scratchAddress + ADDITIONAL_DATA, 12);
    } else {
      LibCrypto.encryptUpdate(context, 0, outLength, esp, ESP_HEADER);
    }
    LibCrypto.encryptUpdate(context, esp + payload, outLength, esp + payload, plaintextLength);
    LibCrypto.encryptFinal(context, scratchAddress + FINAL_OUT, outLength);
    if (!LibCrypto.control(
        context, LibCrypto.CTRL_AEAD_GET_TAG, TAG_LENGTH, esp + payload + plaintextLength)) {
      throw new IllegalStateException("libcrypto gave no tag");
    }
  }

  @Override
  public boolean open(
      MemorySegment memory, int at, int length, long sequence, MemorySegment out, int outAt) {
    int payload = ESP_HEADER + IV_LENGTH;
    int plaintextLength = length - payload - TAG_LENGTH;
    long esp = Bounds.address(memory, at, length);
    long plaintext = Bounds.address(out, outAt, plaintextLength);
    MemorySegment.copy(memory, at + ESP_HEADER, scratch, NONCE + SALT_LENGTH, IV_LENGTH);
    LibCrypto.decryptInit(open(), 0, 0, scratchAddress + NONCE);
    long outLength = scratchAddress + OUT_LENGTH;
    if (extended) {
      additionalData(memory, at, sequence);
      LibCrypto.decryptUpdate(context, 0, outLength, scratchAddress + ADDITIONAL_DATA, 12);
    } else {
      LibCrypto.decryptUpdate(context, 0, outLength, esp, ESP_HEADER);
    }
    LibCrypto.decryptUpdate(context, plaintext, outLength, esp + payload, plaintextLength);
    return LibCrypto.control(
            context, LibCrypto.CTRL_AEAD_SET_TAG, TAG_LENGTH, esp + payload + plaintextLength)
        && LibCrypto.decryptFinal(context, scratchAddress + FINAL_OUT, outLength);
  }

  @Override
  public void close() {
    if (context != 0) {
      LibCrypto.freeCipherContext(context);
      context = 0;
      scratch.fill((byte) 0);
      arena.close();
    }
  }

  private long open() {
    if (context == 0) {
      throw new IllegalStateException("closed");
    }
    return context;
  }

  /** RFC 4106 §5: SPI and the 64-bit sequence number. */
  private void additionalData(MemorySegment memory, int at, long sequence) {
    scratch.set(INT, ADDITIONAL_DATA, memory.get(INT, at));
    scratch.set(LONG, ADDITIONAL_DATA + 4, sequence);
  }
}
