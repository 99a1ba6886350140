package dev.culvert.ipsec.ike.exchange;

import dev.culvert.ipsec.ike.admission.CookieSecrets;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Draws the secrets of the cookies, another one every minute. Confined to the engine. */
public final class CookieJar {
  public static final Duration SECRET_LIFETIME = Duration.ofSeconds(60);

  private final RandomGenerator random;
  private @Nullable CookieSecrets secrets;
  private Instant drawn = Instant.EPOCH;

  public CookieJar(RandomGenerator random) {
    this.random = random;
  }

  public CookieSecrets secrets(Instant now) {
    CookieSecrets before = secrets;
    if (before != null && Duration.between(drawn, now).compareTo(SECRET_LIFETIME) < 0) {
      return before;
    }
    byte[] secret = new byte[CookieSecrets.SECRET_LENGTH];
    random.nextBytes(secret);
    CookieSecrets fresh = before == null ? CookieSecrets.of(secret) : before.rotated(secret);
    secrets = fresh;
    drawn = now;
    return fresh;
  }
}
