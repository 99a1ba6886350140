package dev.culvert.ipsec.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class KeyAgreementsTest {
  @Test
  void publishedCasesComeOutAsPublished() throws IOException, GeneralSecurityException {
    try (InputStream in = getClass().getResourceAsStream("key-agreement.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().filter(l -> !l.startsWith("#")).toList()) {
        String[] field = line.split("\t");
        DhGroup group = DhGroup.ofWireValue(Integer.parseInt(field[0])).orElseThrow();
        ComputationResult result =
            KeyAgreements.agree(
                group, Octets.EMPTY, privateKey(group, field[2]), Octets.ofHex(field[1]));
        String came =
            switch (result) {
              case ComputationResult.Agreed(Octets pub, Secret shared) ->
                  Octets.wrap(shared.reveal()).toString();
              case ComputationResult.Refused refused -> "refused";
              case ComputationResult.KeyGenerated k -> "a key";
            };
        assertThat(came).as(line).isEqualTo(field[3]);
      }
    }
  }

  @Test
  void bothSidesOfEveryGroupAgreeAndTheSeedDecidesTheKey() {
    for (DhGroup group : DhGroup.values()) {
      DhKeyPair ours = KeyAgreements.generate(group, seed(1));
      assertThat(KeyAgreements.generate(group, seed(1)).publicValue())
          .isEqualTo(ours.publicValue());
      var theirs =
          (ComputationResult.Agreed)
              new Computation.GenerateAndAgree(group, seed(2), ours.publicValue()).run();
      var mine = (ComputationResult.Agreed) KeyAgreements.agree(ours, theirs.ownPublic());
      assertThat(mine.sharedSecret()).isEqualTo(theirs.sharedSecret());
      assertThat(mine.sharedSecret().length()).isEqualTo(group.secretLength());
      assertThat(theirs.ownPublic().length()).isEqualTo(group.publicLength());
    }
  }

  @Test
  void modpValuesOutOfRangeAreRefused() {
    DhKeyPair ours = KeyAgreements.generate(DhGroup.GROUP14, seed(3));
    BigInteger p = KeyAgreements.MODP_2048;
    for (BigInteger bad :
        new BigInteger[] {BigInteger.ZERO, BigInteger.ONE, p.subtract(BigInteger.ONE), p}) {
      byte[] octets = new byte[256];
      byte[] digits = bad.toByteArray();
      int length = Math.min(256, digits.length);
      System.arraycopy(digits, digits.length - length, octets, 256 - length, length);
      assertThat(KeyAgreements.agree(ours, Octets.wrap(octets)))
          .isInstanceOf(ComputationResult.Refused.class);
    }
  }

  @Test
  void aValueOfTheWrongLengthIsRefused() {
    for (DhGroup group : DhGroup.values()) {
      DhKeyPair ours = KeyAgreements.generate(group, seed(4));
      assertThat(KeyAgreements.agree(ours, Octets.EMPTY))
          .isInstanceOf(ComputationResult.Refused.class);
    }
  }

  private static Secret seed(int value) {
    byte[] seed = new byte[64];
    seed[0] = (byte) value;
    return Secret.copyOf(seed);
  }

  private static PrivateKey privateKey(DhGroup group, String hex) throws GeneralSecurityException {
    byte[] octets = Octets.ofHex(hex.length() % 2 == 0 ? hex : "0" + hex).toByteArray();
    return switch (group) {
      case GROUP31 ->
          KeyFactory.getInstance("X25519")
              .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, octets));
      case GROUP19, GROUP20 ->
          KeyFactory.getInstance("EC")
              .generatePrivate(
                  new ECPrivateKeySpec(new BigInteger(1, octets), KeyAgreements.curve(group)));
      case GROUP14 -> throw new IllegalArgumentException("no published cases");
    };
  }
}
