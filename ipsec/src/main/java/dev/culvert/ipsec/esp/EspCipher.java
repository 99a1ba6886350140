package dev.culvert.ipsec.esp;

import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.crypto.ErasableKey;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/**
 * One direction of an SA's cryptography on heap arrays, by the JDK: AES-GCM (RFC 4106),
 * ChaCha20-Poly1305 (RFC 7634), AES-CBC with HMAC-SHA2-256-128 (RFC 3602, RFC 4868). Plain rather
 * than fast. Confined to one thread at a time.
 *
 * <p>Arrays hold a whole ESP packet from SPI to ICV, beginning at {@code at}.
 */
final class EspCipher {
  private final EspAlgorithm algorithm;
  private final boolean extended;
  private final byte[] salt;
  private final ErasableKey key;
  private final Cipher cipher;
  private final Mac mac;

  EspCipher(EspAlgorithm algorithm, Secret keyMaterial, boolean extended) {
    if (keyMaterial.length() != algorithm.keyMaterialLength()) {
      throw new IllegalArgumentException(
          algorithm + " takes other than " + keyMaterial.length() + " octets of key");
    }
    this.algorithm = algorithm;
    this.extended = extended;
    byte[] octets = keyMaterial.reveal();
    int keyEnd = algorithm.encryptionKeyLength();
    int saltEnd = keyEnd + algorithm.saltLength();
    this.salt = Arrays.copyOfRange(octets, keyEnd, saltEnd);
    try {
      this.mac = Mac.getInstance("HmacSHA256");
      switch (algorithm) {
        case AES_128_GCM, AES_256_GCM -> {
          this.key = new ErasableKey(octets, 0, keyEnd, "AES");
          this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
        }
        case CHACHA20_POLY1305 -> {
          this.key = new ErasableKey(octets, 0, keyEnd, "ChaCha20");
          this.cipher = Cipher.getInstance("ChaCha20-Poly1305");
        }
        case AES_256_CBC_HMAC_SHA_256_128 -> {
          this.key = new ErasableKey(octets, 0, keyEnd, "AES");
          this.cipher = Cipher.getInstance("AES/CBC/NoPadding");
          ErasableKey integrityKey =
              new ErasableKey(octets, saltEnd, algorithm.integrityKeyLength(), "HmacSHA256");
          mac.init(integrityKey);
          integrityKey.destroy();
        }
        default -> throw new AssertionError(algorithm);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks " + algorithm, e);
    } finally {
      Arrays.fill(octets, (byte) 0);
    }
  }

  /**
   * The SA has ended. What the JDK's cipher has made of the key cannot be overwritten: it goes with
   * the cipher.
   */
  void erase() {
    key.destroy();
    Arrays.fill(salt, (byte) 0);
  }

  /** Fills in IV, ciphertext and ICV around the plaintext that stands in place. */
  void seal(byte[] packet, int at, int plaintextLength, long sequence) {
    try {
      if (algorithm.isAead()) {
        sealAead(packet, at, plaintextLength, sequence);
      } else {
        sealCbc(packet, at, plaintextLength, sequence);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing failed", e);
    }
  }

  private void sealAead(byte[] packet, int at, int plaintextLength, long sequence)
      throws GeneralSecurityException {
    int iv = at + EspOverhead.ESP_HEADER;
    ByteBuffer.wrap(packet).putLong(iv, sequence);
    initialize(Cipher.ENCRYPT_MODE, packet, iv);
    cipher.updateAAD(additionalData(packet, at, sequence));
    int payload = iv + algorithm.ivLength();
    cipher.doFinal(packet, payload, plaintextLength, packet, payload);
  }

  /**
   * The IV is the sequence number encrypted under the same key (NIST SP 800-38A appendix C, first
   * method): chaining from a zero block over [sequence number, plaintext] yields exactly that.
   */
  private void sealCbc(byte[] packet, int at, int plaintextLength, long sequence)
      throws GeneralSecurityException {
    int iv = at + EspOverhead.ESP_HEADER;
    ByteBuffer.wrap(packet).putLong(iv, sequence).putLong(iv + 8, 0);
    cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(new byte[algorithm.ivLength()]));
    int encrypted = algorithm.ivLength() + plaintextLength;
    cipher.doFinal(packet, iv, encrypted, packet, iv);
    byte[] icv = integrityCheckValue(packet, at, iv + encrypted - at, sequence);
    System.arraycopy(icv, 0, packet, iv + encrypted, algorithm.icvLength());
  }

  /** The plaintext goes to {@code out}; false if the ICV does not match. */
  boolean open(byte[] packet, int at, int length, long sequence, byte[] out, int outAt) {
    int iv = at + EspOverhead.ESP_HEADER;
    int payload = iv + algorithm.ivLength();
    int end = at + length;
    int icv = end - algorithm.icvLength();
    if (icv < payload) {
      return false;
    }
    try {
      if (algorithm.isAead()) {
        initialize(Cipher.DECRYPT_MODE, packet, iv);
        cipher.updateAAD(additionalData(packet, at, sequence));
        cipher.doFinal(packet, payload, end - payload, out, outAt);
        return true;
      }
      byte[] expected = integrityCheckValue(packet, at, icv - at, sequence);
      if (!MessageDigest.isEqual(
          Arrays.copyOf(expected, algorithm.icvLength()), Arrays.copyOfRange(packet, icv, end))) {
        return false;
      }
      cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(packet, iv, algorithm.ivLength()));
      cipher.doFinal(packet, payload, icv - payload, out, outAt);
      return true;
    } catch (AEADBadTagException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("opening failed", e);
    }
  }

  private void initialize(int mode, byte[] packet, int iv)
      throws InvalidKeyException, InvalidAlgorithmParameterException {
    byte[] nonce = Arrays.copyOf(salt, salt.length + algorithm.ivLength());
    System.arraycopy(packet, iv, nonce, salt.length, algorithm.ivLength());
    AlgorithmParameterSpec parameters =
        algorithm == EspAlgorithm.CHACHA20_POLY1305
            ? new IvParameterSpec(nonce)
            : new GCMParameterSpec(algorithm.icvLength() * 8, nonce);
    cipher.init(mode, key, parameters);
  }

  /** RFC 4106 §5: SPI and sequence number, the latter of 64 bits where extended. */
  private byte[] additionalData(byte[] packet, int at, long sequence) {
    return extended
        ? ByteBuffer.allocate(12).put(packet, at, 4).putLong(sequence).array()
        : Arrays.copyOfRange(packet, at, at + EspOverhead.ESP_HEADER);
  }

  /** RFC 4303 §2.2.1: the upper half of an extended number is appended, not sent. */
  private byte[] integrityCheckValue(byte[] packet, int at, int length, long sequence) {
    mac.update(packet, at, length);
    if (extended) {
      mac.update(ByteBuffer.allocate(4).putInt((int) (sequence >>> 32)).array());
    }
    return mac.doFinal();
  }
}
