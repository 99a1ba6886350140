package dev.culvert.ipsec.ike.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** RFC 7296 §2.6. */
class CookieSecretsTest {
  private static final Octets NONCE = Octets.ofHex("00112233445566778899aabbccddeeff");
  private static final IpAddress PEER = Ipv4Address.of("192.0.2.1");
  private static final long SPI = 0x1122334455667788L;

  private final CookieSecrets secrets = CookieSecrets.of(secret(1));

  @Test
  void aCookieIsGoodForItsNonceAddressAndSpi() {
    Octets cookie = secrets.cookie(NONCE, PEER, SPI);
    assertThat(cookie.length()).isBetween(1, 64);
    assertThat(secrets.accepts(cookie, NONCE, PEER, SPI)).isTrue();

    assertThat(secrets.accepts(cookie, Octets.ofHex("00"), PEER, SPI)).isFalse();
    assertThat(secrets.accepts(cookie, NONCE, Ipv4Address.of("192.0.2.2"), SPI)).isFalse();
    assertThat(secrets.accepts(cookie, NONCE, Ipv6Address.of("2001:db8::1"), SPI)).isFalse();
    assertThat(secrets.accepts(cookie, NONCE, PEER, SPI + 1)).isFalse();
    assertThat(CookieSecrets.of(secret(2)).accepts(cookie, NONCE, PEER, SPI)).isFalse();
  }

  @Test
  void theSecretBeforeTheCurrentOneIsTakenAndTheOneBeforeThatIsNot() {
    Octets cookie = secrets.cookie(NONCE, PEER, SPI);
    CookieSecrets second = secrets.rotated(secret(2));
    CookieSecrets third = second.rotated(secret(3));

    assertThat(second.accepts(cookie, NONCE, PEER, SPI)).isTrue();
    assertThat(third.accepts(cookie, NONCE, PEER, SPI)).isFalse();
    assertThat(third.accepts(second.cookie(NONCE, PEER, SPI), NONCE, PEER, SPI)).isTrue();
    assertThat(secrets.accepts(second.cookie(NONCE, PEER, SPI), NONCE, PEER, SPI)).isFalse();
  }

  @Test
  void noAlteredCookieIsAccepted() {
    Random random = new Random(1);
    byte[] cookie = secrets.cookie(NONCE, PEER, SPI).toByteArray();
    for (int i = 0; i < cookie.length; i++) {
      byte[] altered = cookie.clone();
      altered[i] ^= (byte) (1 << random.nextInt(8));
      assertThat(secrets.accepts(Octets.wrap(altered), NONCE, PEER, SPI)).isFalse();
    }
    assertThat(secrets.accepts(Octets.EMPTY, NONCE, PEER, SPI)).isFalse();
    assertThat(secrets.accepts(Octets.wrap(new byte[64]), NONCE, PEER, SPI)).isFalse();
  }

  @Test
  void manyThreadsGetTheSameCookies() throws Exception {
    Octets expected = secrets.cookie(NONCE, PEER, SPI);
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        tasks.add(() -> secrets.cookie(NONCE, PEER, SPI).equals(expected));
      }
      for (var result : pool.invokeAll(tasks)) {
        assertThat(result.get()).isTrue();
      }
    }
  }

  @Test
  void noSecretIsShown() {
    assertThat(secrets.rotated(secret(2)).toString()).isEqualTo("CookieSecrets[version=2]");
  }

  static byte[] secret(int seed) {
    byte[] secret = new byte[CookieSecrets.SECRET_LENGTH];
    new Random(seed).nextBytes(secret);
    return secret;
  }
}
