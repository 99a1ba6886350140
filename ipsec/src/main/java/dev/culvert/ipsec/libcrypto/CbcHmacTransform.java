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
 * AES-256-CBC with HMAC-SHA2-256-128 (RFC 3602, RFC 4868), encrypt then authenticate, one
 * direction. Used by one thread at a time.
 */
final class CbcHmacTransform implements EspSealer, EspOpener {
  private static final EspAlgorithm ALGORITHM = EspAlgorithm.AES_256_CBC_HMAC_SHA_256_128;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int ESP_HEADER = EspOverhead.ESP_HEADER;
  private static final int IV_LENGTH = 16;
  private static final int ICV_LENGTH = 16;
  private static final int BLOCK = 16;

  // The scratch segment: a block of zeros, the digest, the upper sequence half, unread lengths.
  private static final int ZERO_IV = 0;
  private static final int DIGEST = 16;
  private static final int SEQUENCE_HIGH = 48;
  private static final int OUT_LENGTH = 56;
  private static final int SCRATCH_LENGTH = 64;

  private final boolean extended;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment scratch = arena.allocate(SCRATCH_LENGTH, 8);
  private final long scratchAddress = scratch.address();
  private long cipherContext;
  private long hmacContext;

  CbcHmacTransform(Secret keyMaterial, boolean extended, boolean sealing) {
    if (keyMaterial.length() != ALGORITHM.keyMaterialLength()) {
      throw new IllegalArgumentException(
          ALGORITHM + " takes other than " + keyMaterial.length() + " octets of key");
    }
    this.extended = extended;
    this.cipherContext = LibCrypto.newCipherContext();
    this.hmacContext = LibCrypto.newHmacContext();
    long cipher = LibCrypto.directMethod("EVP_aes_256_cbc");
    byte[] octets = keyMaterial.reveal();
    try (Arena once = Arena.ofConfined()) {
      MemorySegment key = once.allocate(octets.length);
      MemorySegment.copy(octets, 0, key, ValueLayout.JAVA_BYTE, 0, octets.length);
      if (sealing) {
        LibCrypto.encryptInit(cipherContext, cipher, key.address(), 0);
      } else {
        LibCrypto.decryptInit(cipherContext, cipher, key.address(), 0);
      }
      LibCrypto.disablePadding(cipherContext);
      LibCrypto.hmacInit(
          hmacContext,
          key.address() + ALGORITHM.encryptionKeyLength(),
          ALGORITHM.integrityKeyLength(),
          LibCrypto.method("EVP_sha256"));
      key.fill((byte) 0);
    } finally {
      Arrays.fill(octets, (byte) 0);
    }
  }

  /**
   * The IV is the sequence number encrypted under the same key (NIST SP 800-38A appendix C, first
   * method): chaining from a zero block over [sequence number, plaintext] yields exactly that.
   */
  @Override
  public void seal(MemorySegment memory, int at, int plaintextLength, long sequence) {
    int encrypted = IV_LENGTH + plaintextLength;
    requireBlocks(plaintextLength);
    long esp = Bounds.address(memory, at, ESP_HEADER + encrypted + ICV_LENGTH);
    memory.set(LONG, at + ESP_HEADER, sequence);
    memory.set(LONG, at + ESP_HEADER + 8, 0);
    requireOpen();
    LibCrypto.encryptInit(cipherContext, 0, 0, scratchAddress + ZERO_IV);
    long outLength = scratchAddress + OUT_LENGTH;
    LibCrypto.encryptUpdate(
        cipherContext, esp + ESP_HEADER, outLength, esp + ESP_HEADER, encrypted);
    digest(esp, ESP_HEADER + encrypted, sequence);
    MemorySegment.copy(scratch, DIGEST, memory, at + ESP_HEADER + encrypted, ICV_LENGTH);
  }

  @Override
  public boolean open(
      MemorySegment memory, int at, int length, long sequence, MemorySegment out, int outAt) {
    int payload = ESP_HEADER + IV_LENGTH;
    int plaintextLength = length - payload - ICV_LENGTH;
    requireBlocks(plaintextLength);
    long esp = Bounds.address(memory, at, length);
    long plaintext = Bounds.address(out, outAt, plaintextLength);
    requireOpen();
    int icv = payload + plaintextLength;
    digest(esp, icv, sequence);
    // Both halves are always compared: no early end tells how much of a guess was right.
    long difference =
        (scratch.get(LONG, DIGEST) ^ memory.get(LONG, at + icv))
            | (scratch.get(LONG, DIGEST + 8) ^ memory.get(LONG, at + icv + 8));
    if (difference != 0) {
      return false;
    }
    LibCrypto.decryptInit(cipherContext, 0, 0, esp + ESP_HEADER);
    LibCrypto.decryptUpdate(
        cipherContext, plaintext, scratchAddress + OUT_LENGTH, esp + payload, plaintextLength);
    return true;
  }

  @Override
  public void close() {
    if (cipherContext != 0) {
      LibCrypto.freeCipherContext(cipherContext);
      LibCrypto.freeHmacContext(hmacContext);
      cipherContext = 0;
      hmacContext = 0;
      arena.close();
    }
  }

  /** RFC 4303 §2.2.1: the upper half of an extended number is appended, not sent. */
  private void digest(long esp, int length, long sequence) {
    LibCrypto.hmacInit(hmacContext, 0, 0, 0);
    LibCrypto.hmacUpdate(hmacContext, esp, length);
    if (extended) {
      scratch.set(INT, SEQUENCE_HIGH, (int) (sequence >>> 32));
      LibCrypto.hmacUpdate(hmacContext, scratchAddress + SEQUENCE_HIGH, Integer.BYTES);
    }
    LibCrypto.hmacFinal(hmacContext, scratchAddress + DIGEST);
  }

  private void requireOpen() {
    if (cipherContext == 0) {
      throw new IllegalStateException("closed");
    }
  }

  private static void requireBlocks(int plaintextLength) {
    if (plaintextLength < 0 || plaintextLength % BLOCK != 0) {
      throw new IllegalArgumentException(plaintextLength + " octets are no whole blocks");
    }
  }
}
