package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Protects IKE messages of one direction: what an Encrypted payload holds after its generic header
 * is IV, ciphertext, ICV (RFC 7296 §3.14, RFC 5282 §3). Confined to its IKE SA's thread.
 */
public final class IkeProtection {
  private static final int AES_BLOCK = 16;

  private final IkeCipher cipher;
  private final ErasableKey encryptionKey;
  private final byte[] salt;
  private final Secret integrityKey;

  public IkeProtection(IkeCipher cipher, Secret encryptionKey, Secret integrityKey) {
    byte[] material = encryptionKey.reveal();
    int keyLength = material.length - cipher.saltLength();
    this.cipher = cipher;
    this.encryptionKey = new ErasableKey(material, 0, keyLength, "AES");
    this.salt = Arrays.copyOfRange(material, keyLength, material.length);
    this.integrityKey = integrityKey;
    Arrays.fill(material, (byte) 0);
  }

  /** The IKE SA has ended: nothing is sealed or opened any more. */
  public void erase() {
    encryptionKey.destroy();
    Arrays.fill(salt, (byte) 0);
    integrityKey.erase();
  }

  /** Nothing is left of its keys. */
  public boolean isErased() {
    return encryptionKey.isDestroyed() && Secret.copyOf(salt).isErased() && integrityKey.isErased();
  }

  /** Octets {@link #seal} yields for that many of plaintext. */
  public int sealedLength(int plaintextLength) {
    return cipher.ivLength() + plaintextLength + padding(plaintextLength) + 1 + cipher.icvLength();
  }

  /**
   * @param header what stands before the sealed octets: the message from its first octet to the end
   *     of the Encrypted payload's own header, with all lengths final
   * @param iv of the cipher's IV length; never the same twice for an AEAD
   */
  public Octets seal(byte[] header, byte[] iv, byte[] plaintext) {
    byte[] padded = new byte[plaintext.length + padding(plaintext.length) + 1];
    System.arraycopy(plaintext, 0, padded, 0, plaintext.length);
    padded[padded.length - 1] = (byte) padding(plaintext.length);
    try {
      Cipher aes = cipher(Cipher.ENCRYPT_MODE, iv);
      if (cipher.isAead()) {
        aes.updateAAD(header);
      }
      byte[] ciphertext = aes.doFinal(padded);
      if (cipher.isAead()) {
        return Octets.wrap(concat(iv, ciphertext));
      }
      byte[] body = concat(iv, ciphertext);
      return Octets.wrap(concat(body, icv(header, body)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing with " + cipher, e);
    }
  }

  /** The plaintext without its padding, or null if the octets are not authentic. */
  public byte @Nullable [] open(byte[] header, byte[] sealed) {
    int ivLength = cipher.ivLength();
    int ciphertextLength = sealed.length - ivLength - cipher.icvLength();
    if (ciphertextLength < 1 || (!cipher.isAead() && ciphertextLength % AES_BLOCK != 0)) {
      return null;
    }
    byte[] iv = Arrays.copyOf(sealed, ivLength);
    int end = sealed.length;
    if (!cipher.isAead()) {
      end -= cipher.icvLength();
      byte[] expected = icv(header, Arrays.copyOf(sealed, end));
      if (!MessageDigest.isEqual(expected, Arrays.copyOfRange(sealed, end, sealed.length))) {
        return null;
      }
    }
    try {
      Cipher aes = cipher(Cipher.DECRYPT_MODE, iv);
      if (cipher.isAead()) {
        aes.updateAAD(header);
      }
      return withoutPadding(aes.doFinal(sealed, ivLength, end - ivLength));
    } catch (AEADBadTagException e) {
      return null;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("opening with " + cipher, e);
    }
  }

  private static byte @Nullable [] withoutPadding(byte[] padded) {
    int length = padded.length - 1 - (padded[padded.length - 1] & 0xFF);
    return length < 0 ? null : Arrays.copyOf(padded, length);
  }

  private int padding(int plaintextLength) {
    return cipher.isAead() ? 0 : Math.floorMod(-(plaintextLength + 1), AES_BLOCK);
  }

  private Cipher cipher(int mode, byte[] iv) throws GeneralSecurityException {
    if (cipher.isAead()) {
      Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
      byte[] nonce = ByteBuffer.allocate(salt.length + iv.length).put(salt).put(iv).array();
      gcm.init(mode, encryptionKey, new GCMParameterSpec(cipher.icvLength() * 8, nonce));
      return gcm;
    }
    Cipher cbc = Cipher.getInstance("AES/CBC/NoPadding");
    cbc.init(mode, encryptionKey, new IvParameterSpec(iv));
    return cbc;
  }

  private byte[] icv(byte[] header, byte[] body) {
    byte[] key = integrityKey.reveal();
    byte[] mac = KeyDerivation.prf(Prf.HMAC_SHA2_256, key, header, body);
    Arrays.fill(key, (byte) 0);
    return Arrays.copyOf(mac, cipher.icvLength());
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
