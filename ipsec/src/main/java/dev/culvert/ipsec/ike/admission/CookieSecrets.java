package dev.culvert.ipsec.ike.admission;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Stateless cookies (RFC 7296 §2.6): the version of a secret, then a MAC of Ni, IPi and SPIi under
 * it. The secret before the current one is taken as well. Pure, and safe to share: whoever answers
 * a stranger and whoever owns the IKE SAs hold the same.
 */
public final class CookieSecrets {
  /** Octets of a secret; as many as the MAC has. */
  public static final int SECRET_LENGTH = 32;

  /** Octets of a cookie; at most 64 are allowed. */
  static final int COOKIE_LENGTH = Integer.BYTES + SECRET_LENGTH;

  private static final String ALGORITHM = "HmacSHA256";

  private final Secret current;
  private final @Nullable Secret previous;

  private CookieSecrets(Secret current, @Nullable Secret previous) {
    this.current = current;
    this.previous = previous;
  }

  /**
   * The first secret.
   *
   * @param secret {@link #SECRET_LENGTH} random octets, copied
   */
  public static CookieSecrets of(byte[] secret) {
    return new CookieSecrets(new Secret(1, secret), null);
  }

  /** That one from here on; the current one is still taken, and the one before it no more. */
  public CookieSecrets rotated(byte[] secret) {
    return new CookieSecrets(new Secret(current.version + 1, secret), current);
  }

  /** What that initiator has to return. */
  public Octets cookie(Octets nonce, IpAddress initiator, long initiatorSpi) {
    return current.cookie(nonce, initiator, initiatorSpi);
  }

  /** True for a cookie that was made for that initiator lately. One MAC at most, whatever it is. */
  public boolean accepts(Octets cookie, Octets nonce, IpAddress initiator, long initiatorSpi) {
    if (cookie.length() != COOKIE_LENGTH) {
      return false;
    }
    int version = cookie.reader().u32("version");
    Secret secret = current.version == version ? current : previous;
    return secret != null
        && secret.version == version
        && MessageDigest.isEqual(
            cookie.toByteArray(), secret.cookie(nonce, initiator, initiatorSpi).toByteArray());
  }

  @Override
  public String toString() {
    return "CookieSecrets[version=" + current.version + "]";
  }

  private static final class Secret {
    final int version;
    private final SecretKeySpec key;

    /** A MAC that nobody uses at the moment: to make one costs more than to compute it. */
    private final AtomicReference<@Nullable Mac> idle = new AtomicReference<>();

    Secret(int version, byte[] secret) {
      if (secret.length != SECRET_LENGTH) {
        throw new IllegalArgumentException(secret.length + " octets");
      }
      this.version = version;
      this.key = new SecretKeySpec(secret, ALGORITHM);
    }

    Octets cookie(Octets nonce, IpAddress initiator, long spi) {
      byte[] input = new WireWriter().octets(nonce).address(initiator).u64(spi).toByteArray();
      Mac found = idle.getAndSet(null);
      Mac mac = found == null ? fresh() : found;
      byte[] digest = mac.doFinal(input);
      idle.set(mac);
      return new WireWriter().u32(version).octets(digest).toOctets();
    }

    private Mac fresh() {
      try {
        Mac mac = Mac.getInstance(ALGORITHM);
        mac.init(key);
        return mac;
      } catch (NoSuchAlgorithmException | InvalidKeyException e) {
        throw new IllegalStateException("the JDK lacks HMAC-SHA-256", e);
      }
    }
  }
}
