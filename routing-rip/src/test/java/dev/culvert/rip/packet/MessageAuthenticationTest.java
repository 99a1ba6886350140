package dev.culvert.rip.packet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.rip.packet.MessageAuthentication.Verdict;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MessageAuthenticationTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final RipMessage MESSAGE =
      new RipMessage(
          RipCommand.RESPONSE,
          2,
          List.of(RouteEntry.of(IpPrefix.parse("10.1.0.0/16").orElseThrow(), 7, 3)));

  @Test
  void aPasswordStandsInTheFirstEntry() {
    RipAuthentication simple = new RipAuthentication.SimplePassword(secret("geheim"));
    Octets datagram = MessageAuthentication.sign(MESSAGE, simple, NOW);

    assertThat(datagram)
        .isEqualTo(
            Octets.ofHex(
                """
                02 02 0000
                ffff 0002 67656865696d 00000000000000000000
                0002 0007 0a010000 ffff0000 00000000 00000003
                """));
    assertThat(verify(datagram, simple, 0)).isEqualTo(new Verdict.Accepted(0));
    assertThat(verify(datagram, new RipAuthentication.SimplePassword(secret("other")), 0))
        .isEqualTo(new Verdict.Rejected("authentication failures"));
    assertThat(verify(datagram, RipAuthentication.NONE, 0))
        .isEqualTo(new Verdict.Rejected("authentication type mismatches"));
  }

  @ParameterizedTest
  @EnumSource(RipAlgorithm.class)
  void aSignedMessageIsBelievedOnceUnchangedAndInOrder(RipAlgorithm algorithm) {
    RipAuthentication keyed = keyed(algorithm, "geheim", 1, false);
    Octets datagram = MessageAuthentication.sign(MESSAGE, keyed, NOW);

    assertThat(ok(datagram).entries()).isEqualTo(MESSAGE.entries());
    assertThat(verify(datagram, keyed, 0)).isEqualTo(new Verdict.Accepted(NOW.getEpochSecond()));
    assertThat(verify(datagram, keyed, NOW.getEpochSecond() + 1))
        .isEqualTo(new Verdict.Rejected("authentication replays"));
    assertThat(verify(datagram, keyed(algorithm, "geheim", 2, false), 0))
        .isEqualTo(new Verdict.Rejected("authentication key id mismatches"));
    assertThat(verify(datagram, keyed(algorithm, "geheim", 2, true), 0))
        .isEqualTo(new Verdict.Accepted(NOW.getEpochSecond()));
    assertThat(verify(datagram, keyed(algorithm, "Geheim", 1, false), 0))
        .isEqualTo(new Verdict.Rejected("authentication failures"));
    for (int at = 24; at < datagram.length(); at++) {
      byte[] forged = datagram.toByteArray();
      forged[at] ^= 1;
      Octets changed = Octets.wrap(forged);
      if (RipMessage.decode(RipFlavor.RIP, changed) instanceof Decoded.Ok<RipMessage>) {
        assertThat(verify(changed, keyed, 0)).isInstanceOf(Verdict.Rejected.class);
      }
    }
  }

  /** RFC 4822 §2.5 by the HMAC of the Java platform: over the message, with Apad at its end. */
  @Test
  void theDigestIsTheHmacOfTheMessageWithItsPadding() throws Exception {
    RipAuthentication keyed = keyed(RipAlgorithm.HMAC_SHA_256, "geheim", 1, false);
    byte[] datagram = MessageAuthentication.sign(MESSAGE, keyed, NOW).toByteArray();
    byte[] padded = datagram.clone();
    byte[] apad = Octets.ofHex("878fe1f3".repeat(8)).toByteArray();
    System.arraycopy(apad, 0, padded, padded.length - 32, 32);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("geheim".getBytes(UTF_8), "HmacSHA256"));

    assertThat(mac.doFinal(padded))
        .isEqualTo(Arrays.copyOfRange(datagram, datagram.length - 32, datagram.length));
  }

  /** Some implementations count the four octets in front of the digest. */
  @Test
  void aDataLengthThatCountsTheTrailersHeaderIsTaken() throws Exception {
    RipAuthentication keyed = keyed(RipAlgorithm.MD5, "geheim", 1, false);
    byte[] datagram = MessageAuthentication.sign(MESSAGE, keyed, NOW).toByteArray();
    datagram[11] = 20;
    byte[] key = Arrays.copyOf("geheim".getBytes(UTF_8), 16);
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    md5.update(datagram, 0, datagram.length - 16);
    System.arraycopy(md5.digest(key), 0, datagram, datagram.length - 16, 16);

    assertThat(verify(Octets.wrap(datagram), keyed, 0)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void aKeySignsFromItsStartAndIsAcceptedAlways() {
    RipAuthentication.Key old = new RipAuthentication.Key(1, secret("old"), Instant.EPOCH);
    RipAuthentication.Key next = new RipAuthentication.Key(2, secret("next"), NOW.plusSeconds(60));
    RipAuthentication both =
        new RipAuthentication.Cryptographic(RipAlgorithm.MD5, List.of(old, next), false);

    assertThat(keyId(MessageAuthentication.sign(MESSAGE, both, NOW))).isEqualTo(1);
    Octets later = MessageAuthentication.sign(MESSAGE, both, NOW.plusSeconds(60));
    assertThat(keyId(later)).isEqualTo(2);
    assertThat(verify(later, both, 0)).isInstanceOf(Verdict.Accepted.class);
  }

  private static int keyId(Octets datagram) {
    return ((AuthenticationEntry.Cryptographic) ok(datagram).authentication()).keyId();
  }

  private static RipAuthentication keyed(
      RipAlgorithm algorithm, String key, int id, boolean anyKeyId) {
    return new RipAuthentication.Cryptographic(
        algorithm, List.of(new RipAuthentication.Key(id, secret(key), Instant.EPOCH)), anyKeyId);
  }

  private static Secret secret(String text) {
    return Secret.copyOf(text.getBytes(UTF_8));
  }

  private static RipMessage ok(Octets datagram) {
    return ((Decoded.Ok<RipMessage>) RipMessage.decode(RipFlavor.RIP, datagram)).value();
  }

  private static Verdict verify(Octets datagram, RipAuthentication how, long leastSequence) {
    return MessageAuthentication.verify(ok(datagram), datagram, how, leastSequence);
  }
}
