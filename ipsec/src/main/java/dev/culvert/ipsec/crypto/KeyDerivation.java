package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.sa.EspAlgorithm;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** prf, prf+ and the key schedule of RFC 7296 §2.13 to §2.18. */
public final class KeyDerivation {
  private static final byte[] KEY_PAD = ascii("Key Pad for IKEv2");

  private KeyDerivation() {}

  /** prf(key, data…): the parts are concatenated. */
  static byte[] prf(Prf prf, byte[] key, byte[]... data) {
    try {
      Mac mac = Mac.getInstance(prf.macName());
      // An HMAC key of no octets is one of zeros; the JCA wants at least one.
      byte[] atLeastOne = key.length == 0 ? new byte[1] : key;
      mac.init(new SecretKeySpec(atLeastOne, prf.macName()));
      for (byte[] part : data) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks " + prf, e);
    }
  }

  /** prf+(key, seed), RFC 7296 §2.13. */
  static byte[] prfPlus(Prf prf, byte[] key, byte[] seed, int length) {
    byte[] out = new byte[length];
    byte[] previous = new byte[0];
    int done = 0;
    for (int i = 1; done < length; i++) {
      previous = prf(prf, key, previous, seed, new byte[] {(byte) i});
      int take = Math.min(previous.length, length - done);
      System.arraycopy(previous, 0, out, done, take);
      done += take;
    }
    return out;
  }

  /** SKEYSEED of a first IKE SA: prf(Ni | Nr, g^ir). */
  public static Secret skeyseed(Prf prf, Octets ni, Octets nr, Secret sharedSecret) {
    byte[] key = concat(ni.toByteArray(), nr.toByteArray());
    return Secret.copyOf(prf(prf, key, sharedSecret.reveal()));
  }

  /** SKEYSEED of a rekeyed IKE SA, by the old SA's prf: prf(SK_d (old), g^ir | Ni | Nr), §2.18. */
  public static Secret rekeyedSkeyseed(
      Prf oldPrf, Secret oldSkD, Octets ni, Octets nr, Secret sharedSecret) {
    return Secret.copyOf(
        prf(oldPrf, oldSkD.reveal(), sharedSecret.reveal(), ni.toByteArray(), nr.toByteArray()));
  }

  /** {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni|Nr|SPIi|SPIr). */
  public static IkeKeys ikeKeys(
      Prf prf, IkeCipher cipher, Secret skeyseed, Octets ni, Octets nr, long spiI, long spiR) {
    byte[] seed =
        concat(concat(ni.toByteArray(), nr.toByteArray()), concat(bytes(spiI), bytes(spiR)));
    int length =
        3 * prf.length() + 2 * cipher.integrityKeyLength() + 2 * cipher.encryptionKeyLength();
    Splitter keys = new Splitter(prfPlus(prf, skeyseed.reveal(), seed, length));
    return new IkeKeys(
        keys.next(prf.length()),
        keys.next(cipher.integrityKeyLength()),
        keys.next(cipher.integrityKeyLength()),
        keys.next(cipher.encryptionKeyLength()),
        keys.next(cipher.encryptionKeyLength()),
        keys.next(prf.length()),
        keys.next(prf.length()));
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
    int length = algorithm.keyMaterialLength();
    Splitter keymat = new Splitter(prfPlus(prf, skD.reveal(), seed, 2 * length));
    return new ChildKeys(keymat.next(length), keymat.next(length));
  }

  /**
   * The AUTH payload's data for a pre-shared key, §2.15: prf(prf(Shared Secret, "Key Pad for
   * IKEv2"), message | nonce of the other side | prf(SK_p, body of our ID payload)).
   */
  public static Octets pskAuthentication(
      Prf prf, Secret preSharedKey, Octets message, Octets nonce, Secret skP, Octets idBody) {
    byte[] macedId = prf(prf, skP.reveal(), idBody.toByteArray());
    byte[] padded = prf(prf, preSharedKey.reveal(), KEY_PAD);
    return Octets.wrap(prf(prf, padded, message.toByteArray(), nonce.toByteArray(), macedId));
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

  /** Takes keys off the front of prf+'s output. */
  private static final class Splitter {
    private final byte[] material;
    private int position;

    Splitter(byte[] material) {
      this.material = material;
    }

    Secret next(int length) {
      position += length;
      return Secret.copyOf(Arrays.copyOfRange(material, position - length, position));
    }
  }
}
