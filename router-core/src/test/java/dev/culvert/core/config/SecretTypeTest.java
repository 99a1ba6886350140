package dev.culvert.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTypeTest {
  private static final SecretType TEXT = SecretType.text(16);
  private static final SecretType DIGITS = SecretType.hexadecimal(16);

  /** As published with Crypt::Juniper and with other programs that know the form. */
  @ParameterizedTest
  @CsvSource({
    "$9$LbHX-wg4Z, lc",
    "$9$ReqcyKY2aHqf, foo",
    "$9$2GgZjHkPQ39.PhrvLVb.P5Tz6, password",
    "$9$41JDk5T3CpBFnCuB1rl8X7-VYq.5, netscreen",
    "$9$1HFIyKXxdsgJ-VH.Pfn6lKMXdsZUi5Qnikfz, testPassWord",
  })
  void theFormAJunosRouterShowsStandsForTheSecret(String shown, String secret) {
    assertThat(TEXT.parse(shown)).isEqualTo(new ValueType.Parsed.Value<>(secret(secret)));
    // Each octet is tied to the one before: what is cut off or put on is noticed, or is another.
    for (int end = 0; end < shown.length(); end++) {
      assertThat(TEXT.parse(shown.substring(0, end)))
          .isNotEqualTo(new ValueType.Parsed.Value<>(secret(secret)));
    }
    assertThat(TEXT.parse(shown + "Q")).isNotEqualTo(new ValueType.Parsed.Value<>(secret(secret)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$9$", // nothing
        "$9$Q", // the characters without meaning are missing
        "$9$i", // a secret of no octet
        "$9$LbHX-wg4", // the last octet is cut off
        "$9$LbHX-wg4Z!", // no character of the alphabet
        "$9$LbHX-wg4é",
        "$9$LbbbbbbbZ", // no step is nothing
        "$9$abcdEFGHijklMNOPqrstUV", // an octet above 255
      })
  void aDamagedFormIsRefusedAndNeverTakenForTheSecretItself(String damaged) {
    assertThat(TEXT.parse(damaged))
        .isEqualTo(
            new ValueType.Parsed.Wrong<Secret>(
                "the $9$ form is damaged; copy it whole, or write the secret itself"));
  }

  @Test
  void anyCharactersBehindThePrefixAreReadOrRefused() {
    Random random = new Random(9);
    String alphabet =
        "QzF3n6/9CAtpu0OB1IREhcSyrleKvMW8LXx7N-dVbwsY2g4oaJZGUDjiHkq.mPf5T$ \u00e9\u0000";
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder("$9$");
      for (int length = random.nextInt(12); length > 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      if (TEXT.parse(text.toString()) instanceof ValueType.Parsed.Value<Secret>(Secret secret)) {
        assertThat(secret.length()).isBetween(1, 16);
        read++;
      }
    }
    assertThat(read).isPositive();
  }

  @Test
  void theFormWithAMasterPasswordIsRefusedForWhatItIs() {
    assertThat(TEXT.parse("$8$aes256-gcm$hmac-sha2-256$100$abc"))
        .isInstanceOfSatisfying(
            ValueType.Parsed.Wrong.class,
            wrong -> assertThat(wrong.reason()).contains("master password"));
  }

  @Test
  void anythingElseIsTheSecretItself() {
    for (String plain : new String[] {"a", "pässwort", "$9", "$1$salt$hash", "x$9$LbHX-wg4Z"}) {
      assertThat(TEXT.parse(plain)).isEqualTo(new ValueType.Parsed.Value<>(secret(plain)));
    }
  }

  @Test
  void itsLengthIsThatOfTheSecretNotOfTheFormItIsWrittenIn() {
    // Twelve characters in thirty-nine.
    String shown = "$9$1HFIyKXxdsgJ-VH.Pfn6lKMXdsZUi5Qnikfz";
    assertThat(SecretType.text(12).parse(shown)).isInstanceOf(ValueType.Parsed.Value.class);
    assertThat(SecretType.text(11).parse(shown))
        .isEqualTo(new ValueType.Parsed.Wrong<Secret>("the secret must have 1 to 11 characters"));
    assertThat(TEXT.parse("")).isInstanceOf(ValueType.Parsed.Wrong.class);
    assertThat(TEXT.parse("k".repeat(17))).isInstanceOf(ValueType.Parsed.Wrong.class);
  }

  @Test
  void hexadecimalDigitsMayBeInThatFormToo() {
    // "lc" and "foo" are no digits.
    assertThat(DIGITS.parse("$9$LbHX-wg4Z")).isInstanceOf(ValueType.Parsed.Wrong.class);
    assertThat(DIGITS.parse("$9$aaa")).isInstanceOf(ValueType.Parsed.Wrong.class);
    Secret octets = Secret.copyOf(new byte[] {(byte) 0xfa, 0x0e});
    assertThat(DIGITS.parse("fa0E")).isEqualTo(new ValueType.Parsed.Value<>(octets));
    assertThat(DIGITS.parse("$9$NqVwgoaUDHqTz")).isEqualTo(new ValueType.Parsed.Value<>(octets));
    for (String wrong : new String[] {"", "fa0", "xy", "fa".repeat(17)}) {
      assertThat(DIGITS.parse(wrong)).as(wrong).isInstanceOf(ValueType.Parsed.Wrong.class);
    }
  }

  @Test
  void noReasonRepeatsTheWord() {
    for (SecretType type : new SecretType[] {TEXT, DIGITS}) {
      for (String word :
          new String[] {
            "never-print-this".repeat(3), "$9$never-print-this", "$8$never-print-this"
          }) {
        assertThat(type.parse(word))
            .isInstanceOfSatisfying(
                ValueType.Parsed.Wrong.class,
                wrong -> assertThat(wrong.reason()).doesNotContain("never-print-this"));
      }
    }
  }

  private static Secret secret(String text) {
    return Secret.copyOf(text.getBytes(StandardCharsets.UTF_8));
  }
}
