package dev.culvert.ipsec.ike;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Stateless cookies (RFC 7296 §2.6): version of the secret, then a MAC of Ni, IPi and SPIi under
 * it. The secret before the current one is still taken.
 */
final class CookieJar {
  private static final Duration SECRET_LIFETIME = Duration.ofSeconds(60);
  private static final int SECRET_LENGTH = 32;

  private final RandomGenerator random;
  private byte @Nullable [] current;
  private byte @Nullable [] previous;
  private Instant drawn = Instant.EPOCH;
  private int version;

  CookieJar(RandomGenerator random) {
    this.random = random;
  }

  Octets cookie(Octets nonce, IpAddress initiator, long initiatorSpi, Instant now) {
    return cookie(version, secret(now), nonce, initiator, initiatorSpi);
  }

  boolean accepts(Octets cookie, Octets nonce, IpAddress initiator, long spi, Instant now) {
    byte[] fresh = secret(now);
    byte[] old = previous;
    return equal(cookie, cookie(version, fresh, nonce, initiator, spi))
        || (old != null && equal(cookie, cookie(version - 1, old, nonce, initiator, spi)));
  }

  private byte[] secret(Instant now) {
    byte[] secret = current;
    if (secret == null || Duration.between(drawn, now).compareTo(SECRET_LIFETIME) >= 0) {
      previous = secret;
      secret = new byte[SECRET_LENGTH];
      random.nextBytes(secret);
      current = secret;
      drawn = now;
      version++;
    }
    return secret;
  }

  private static boolean equal(Octets a, Octets b) {
    return MessageDigest.isEqual(a.toByteArray(), b.toByteArray());
  }

  private static Octets cookie(
      int version, byte[] secret, Octets nonce, IpAddress initiator, long spi) {
    byte[] input = new WireWriter().octets(nonce).address(initiator).u64(spi).toByteArray();
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return new WireWriter().u32(version).octets(mac.doFinal(input)).toOctets();
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("the JDK lacks HMAC-SHA-256", e);
    }
  }
}
