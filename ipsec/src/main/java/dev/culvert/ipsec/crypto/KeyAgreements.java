package dev.culvert.ipsec.crypto;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.XECPrivateKey;
import java.security.interfaces.XECPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;
import javax.crypto.interfaces.DHPrivateKey;
import javax.crypto.interfaces.DHPublicKey;
import javax.crypto.spec.DHParameterSpec;
import javax.crypto.spec.DHPrivateKeySpec;
import javax.crypto.spec.DHPublicKeySpec;

/** Diffie-Hellman by the JDK, with the checks on public values that RFC 6989 asks for. */
final class KeyAgreements {
  /** The 2048-bit MODP group of RFC 3526 §3. */
  static final BigInteger MODP_2048 =
      new BigInteger(
          "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
              + "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
              + "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
              + "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
              + "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
              + "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
              + "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
              + "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
          16);

  /** Exponent length: twice the group's strength (RFC 3526 §8), generously. */
  private static final int MODP_EXPONENT_BITS = 512;

  private KeyAgreements() {}

  static DhKeyPair generate(DhGroup group, Secret seed) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm(group));
      generator.initialize(parameters(group), new SeededRandom(seed));
      KeyPair pair = generator.generateKeyPair();
      byte[] octets = privateValue(pair.getPrivate());
      Secret privateValue = Secret.copyOf(octets);
      Arrays.fill(octets, (byte) 0);
      return new DhKeyPair(group, encode(group, pair.getPublic()), privateValue);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks " + group, e);
    }
  }

  static ComputationResult agree(DhKeyPair own, Octets peerPublic) {
    byte[] octets = own.privateValue().reveal();
    try {
      return agree(own.group(), own.publicValue(), privateKey(own.group(), octets), peerPublic);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks " + own.group(), e);
    } finally {
      Arrays.fill(octets, (byte) 0);
    }
  }

  private static byte[] privateValue(PrivateKey key) {
    return switch (key) {
      case DHPrivateKey modp -> modp.getX().toByteArray();
      case ECPrivateKey ecp -> ecp.getS().toByteArray();
      case XECPrivateKey montgomery -> montgomery.getScalar().orElseThrow();
      default -> throw new IllegalStateException(key.getAlgorithm());
    };
  }

  private static PrivateKey privateKey(DhGroup group, byte[] octets)
      throws GeneralSecurityException {
    KeyFactory factory = KeyFactory.getInstance(algorithm(group));
    return factory.generatePrivate(
        switch (group) {
          case GROUP14 ->
              new DHPrivateKeySpec(new BigInteger(1, octets), MODP_2048, BigInteger.TWO);
          case GROUP19, GROUP20 -> new ECPrivateKeySpec(new BigInteger(1, octets), curve(group));
          case GROUP31 -> new XECPrivateKeySpec(NamedParameterSpec.X25519, octets);
        });
  }

  static ComputationResult agree(
      DhGroup group, Octets ownPublic, PrivateKey privateKey, Octets peerPublic) {
    if (peerPublic.length() != group.publicLength()) {
      return new ComputationResult.Refused(
          "public value of " + peerPublic.length() + " octets for " + group.junosName());
    }
    try {
      byte[] secret = agreeChecked(group, privateKey, peerPublic.toByteArray());
      Secret shared = Secret.copyOf(secret);
      Arrays.fill(secret, (byte) 0);
      return new ComputationResult.Agreed(ownPublic, shared);
    } catch (InvalidKeyException | InvalidKeySpecException e) {
      // The JDK's message names the rule that the public value breaks; it holds no secret.
      return new ComputationResult.Refused(
          "invalid public value for " + group.junosName() + ": " + e.getMessage());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks " + group, e);
    }
  }

  private static byte[] agreeChecked(DhGroup group, PrivateKey privateKey, byte[] peerPublic)
      throws GeneralSecurityException {
    KeyAgreement agreement = KeyAgreement.getInstance(agreementAlgorithm(group));
    agreement.init(privateKey);
    agreement.doPhase(decode(group, peerPublic), true);
    byte[] secret = agreement.generateSecret();
    if (group == DhGroup.GROUP31 && isAllZero(secret)) {
      throw new InvalidKeyException("small order"); // RFC 8031 §2
    }
    // RFC 7296 §2.14: g^ir is padded with zeros to the length of the modulus.
    byte[] padded = new byte[group.secretLength()];
    System.arraycopy(secret, 0, padded, padded.length - secret.length, secret.length);
    Arrays.fill(secret, (byte) 0);
    return padded;
  }

  private static boolean isAllZero(byte[] bytes) {
    int any = 0;
    for (byte b : bytes) {
      any |= b;
    }
    return any == 0;
  }

  private static String algorithm(DhGroup group) {
    return switch (group) {
      case GROUP14 -> "DH";
      case GROUP19, GROUP20 -> "EC";
      case GROUP31 -> "X25519";
    };
  }

  private static String agreementAlgorithm(DhGroup group) {
    return switch (group) {
      case GROUP14 -> "DH";
      case GROUP19, GROUP20 -> "ECDH";
      case GROUP31 -> "X25519";
    };
  }

  private static AlgorithmParameterSpec parameters(DhGroup group) {
    return switch (group) {
      case GROUP14 -> new DHParameterSpec(MODP_2048, BigInteger.TWO, MODP_EXPONENT_BITS);
      case GROUP19 -> new ECGenParameterSpec("secp256r1");
      case GROUP20 -> new ECGenParameterSpec("secp384r1");
      case GROUP31 -> NamedParameterSpec.X25519;
    };
  }

  /** The KE payload's form: big-endian x (RFC 3526), x|y (RFC 5903 §7), little-endian u. */
  private static Octets encode(DhGroup group, PublicKey key) {
    byte[] out = new byte[group.publicLength()];
    switch (key) {
      case DHPublicKey modp -> put(modp.getY(), out, 0, out.length);
      case ECPublicKey ecp -> {
        put(ecp.getW().getAffineX(), out, 0, out.length / 2);
        put(ecp.getW().getAffineY(), out, out.length / 2, out.length);
      }
      case XECPublicKey montgomery -> {
        put(montgomery.getU(), out, 0, out.length);
        reverse(out);
      }
      default -> throw new IllegalStateException(key.getAlgorithm());
    }
    return Octets.wrap(out);
  }

  private static PublicKey decode(DhGroup group, byte[] octets) throws GeneralSecurityException {
    KeyFactory factory = KeyFactory.getInstance(algorithm(group));
    return switch (group) {
      case GROUP14 -> {
        BigInteger y = new BigInteger(1, octets);
        requireModpRange(y);
        yield factory.generatePublic(new DHPublicKeySpec(y, MODP_2048, BigInteger.TWO));
      }
      case GROUP19, GROUP20 -> {
        ECParameterSpec curve = curve(group);
        int half = octets.length / 2;
        BigInteger x = new BigInteger(1, Arrays.copyOfRange(octets, 0, half));
        BigInteger y = new BigInteger(1, Arrays.copyOfRange(octets, half, octets.length));
        requireOnCurve(x, y, curve);
        yield factory.generatePublic(new ECPublicKeySpec(new ECPoint(x, y), curve));
      }
      case GROUP31 -> {
        byte[] bigEndian = octets.clone();
        reverse(bigEndian);
        bigEndian[0] &= 0x7F; // RFC 7748 §5: the top bit is masked
        yield factory.generatePublic(
            new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, bigEndian)));
      }
    };
  }

  /** RFC 6989 §2.1: 1 < y < p-1; the group's p is a safe prime, so no more is needed. */
  private static void requireModpRange(BigInteger y) throws InvalidKeyException {
    BigInteger most = MODP_2048.subtract(BigInteger.TWO);
    if (y.compareTo(BigInteger.TWO) < 0 || y.compareTo(most) > 0) {
      throw new InvalidKeyException("out of range");
    }
  }

  /** RFC 6989 §2.3: both coordinates below p, and y² = x³ + ax + b. */
  private static void requireOnCurve(BigInteger x, BigInteger y, ECParameterSpec curve)
      throws InvalidKeyException {
    BigInteger p = ((ECFieldFp) curve.getCurve().getField()).getP();
    BigInteger a = curve.getCurve().getA();
    BigInteger b = curve.getCurve().getB();
    BigInteger right = x.multiply(x).add(a).multiply(x).add(b).mod(p);
    if (x.compareTo(p) >= 0 || y.compareTo(p) >= 0 || !y.multiply(y).mod(p).equals(right)) {
      throw new InvalidKeyException("not on the curve");
    }
  }

  static ECParameterSpec curve(DhGroup group) throws GeneralSecurityException {
    var parameters = java.security.AlgorithmParameters.getInstance("EC");
    parameters.init(parameters(group));
    return parameters.getParameterSpec(ECParameterSpec.class);
  }

  private static void put(BigInteger value, byte[] target, int from, int to) {
    byte[] bytes = value.toByteArray();
    int sign = bytes.length > 1 && bytes[0] == 0 ? 1 : 0;
    int length = bytes.length - sign;
    System.arraycopy(bytes, sign, target, to - length, length);
    Arrays.fill(target, from, to - length, (byte) 0);
  }

  private static void reverse(byte[] bytes) {
    for (int i = 0; i < bytes.length / 2; i++) {
      byte swap = bytes[i];
      bytes[i] = bytes[bytes.length - 1 - i];
      bytes[bytes.length - 1 - i] = swap;
    }
  }
}
