package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/** prf, prf+ and the key schedule of RFC 7296 §2.13 to §2.18. */
public final class KeyDerivation {
  private static final byte[] KEY_PAD = ascii("Key Pad for IKEv2");

  private KeyDerivation() {}

  /** prf(key, data…): the parts are concatenated. */
  static byte[] prf(Prf prf, byte[] key, byte[]... data) {
    // An HMAC key of no octets is one of zeros; the JCA wants at least one.
    byte[] atLeastOne = key.length == 0 ? new byte[1] : key;
    ErasableKey hmacKey = new ErasableKey(atLeastOne, 0, atLeastOne.length, prf.macName());
    try {
      Mac mac = Mac.getInstance(prf.macName());
      mac.init(hmacKey);
      for (byte[] part : data) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks " + prf, e);
    } finally {
      hmacKey.destroy();
    }
  }

  /** A token of Quick Crash Detection: prf(secret, SPIi | SPIr), see RFC 6290 §5.1. */
  public static Octets crashToken(Secret secret, Octets spis) {
    byte[] key = secret.reveal();
    try {
      return Octets.wrap(prf(Prf.HMAC_SHA2_256, key, spis.toByteArray()));
    } finally {
      wipe(key);
    }
  }

  /** prf+(key, seed), RFC 7296 §2.13. */
  static byte[] prfPlus(Prf prf, byte[] key, byte[] seed, int length) {
    byte[] out = new byte[length];
    byte[] previous = new byte[0];
    int done = 0;
    for (int i = 1; done < length; i++) {
      byte[] next = prf(prf, key, previous, seed, new byte[] {(byte) i});
      wipe(previous);
      previous = next;
      int take = Math.min(previous.length, length - done);
      System.arraycopy(previous, 0, out, done, take);
      done += take;
    }
    wipe(previous);
    return out;
  }

  /** SKEYSEED of a first IKE SA: prf(Ni | Nr, g^ir). */
  public static Secret skeyseed(Prf prf, Octets ni, Octets nr, Secret sharedSecret) {
    byte[] key = concat(ni.toByteArray(), nr.toByteArray());
    byte[] shared = sharedSecret.reveal();
    Secret skeyseed = taken(prf(prf, key, shared));
    wipe(shared);
    return skeyseed;
  }

  /** SKEYSEED of a rekeyed IKE SA, by the old SA's prf: prf(SK_d (old), g^ir | Ni | Nr), §2.18. */
  public static Secret rekeyedSkeyseed(
      Prf oldPrf, Secret oldSkD, Octets ni, Octets nr, Secret sharedSecret) {
    byte[] skD = oldSkD.reveal();
    byte[] shared = sharedSecret.reveal();
    Secret skeyseed = taken(prf(oldPrf, skD, shared, ni.toByteArray(), nr.toByteArray()));
    wipe(skD);
    wipe(shared);
    return skeyseed;
  }

  /** {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni|Nr|SPIi|SPIr). */
  public static IkeKeys ikeKeys(
      Prf prf, IkeCipher cipher, Secret skeyseed, Octets ni, Octets nr, long spiI, long spiR) {
    byte[] seed =
        concat(concat(ni.toByteArray(), nr.toByteArray()), concat(bytes(spiI), bytes(spiR)));
    int length =
        3 * prf.length() + 2 * cipher.integrityKeyLength() + 2 * cipher.encryptionKeyLength();
    byte[] key = skeyseed.reveal();
    try (Splitter keys = new Splitter(prfPlus(prf, key, seed, length))) {
      return new IkeKeys(
          keys.next(prf.length()),
          keys.next(cipher.integrityKeyLength()),
          keys.next(cipher.integrityKeyLength()),
          keys.next(cipher.encryptionKeyLength()),
          keys.next(cipher.encryptionKeyLength()),
          keys.next(prf.length()),
          keys.next(prf.length()));
    } finally {
      wipe(key);
    }
  }

  /** KEYMAT = prf+(SK_d, [g^ir |] Ni | Nr), §2.17; the initiator's direction comes first. */
  public static ChildKeys childKeys(
      Prf prf,
      Secret skD,
      @Nullable Secret sharedSecret,
      Octets ni,
      Octets nr,
      EspAlgorithm algorithm) {
    byte[] shared = sharedSecret == null ? new byte[0] : sharedSecret.reveal();
    byte[] seed = concat(shared, concat(ni.toByteArray(), nr.toByteArray()));
    byte[] key = skD.reveal();
    int length = algorithm.keyMaterialLength();
    try (Splitter keymat = new Splitter(prfPlus(prf, key, seed, 2 * length))) {
      return new ChildKeys(keymat.next(length), keymat.next(length));
    } finally {
      wipe(shared);
      wipe(seed);
      wipe(key);
    }
  }

  /**
   * The AUTH payload's data for a pre-shared key, §2.15: prf(prf(Shared Secret, "Key Pad for
   * IKEv2"), message | nonce of the other side | prf(SK_p, body of our ID payload)).
   */
  public static Octets pskAuthentication(
      Prf prf, Secret preSharedKey, Octets message, Octets nonce, Secret skP, Octets idBody) {
    byte[] key = skP.reveal();
    byte[] shared = preSharedKey.reveal();
    byte[] macedId = prf(prf, key, idBody.toByteArray());
    byte[] padded = prf(prf, shared, KEY_PAD);
    Octets proof =
        Octets.wrap(prf(prf, padded, message.toByteArray(), nonce.toByteArray(), macedId));
    wipe(key);
    wipe(shared);
    wipe(padded);
    return proof;
  }

  private static Secret taken(byte[] octets) {
    Secret secret = Secret.copyOf(octets);
    wipe(octets);
    return secret;
  }

  private static void wipe(byte[] octets) {
    Arrays.fill(octets, (byte) 0);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static byte[] bytes(long value) {
    return java.nio.ByteBuffer.allocate(8).putLong(value).array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  /** Takes keys off the front of prf+'s output, and leaves nothing of that behind. */
  private static final class Splitter implements AutoCloseable {
    private final byte[] material;
    private int position;

    Splitter(byte[] material) {
      this.material = material;
    }

    Secret next(int length) {
      position += length;
      return taken(Arrays.copyOfRange(material, position - length, position));
    }

    @Override
    public void close() {
      wipe(material);
    }
  }
}
