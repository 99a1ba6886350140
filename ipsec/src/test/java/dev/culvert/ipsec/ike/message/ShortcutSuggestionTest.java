package dev.culvert.ipsec.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.DecodeFault;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShortcutSuggestionTest {
  /** Version 1, begins, 40 s; 192.0.2.3:4500; "a" and "b.c"; 10.1.0.0/24 and 10.2.0.0/16. */
  private static final String HEAD = "01 01 0028 0102030405060708 ";

  private static final String SECRET = "5a".repeat(32);
  private static final String WHERE = " 04 c0000203 1194 ";
  private static final String NAMES = "01 61 03 622e63 ";
  private static final String PREFIXES = "01 04 18 0a010000 01 04 10 0a020000";

  @Test
  void itIsReadAndWrittenAsDrawn() {
    ShortcutSuggestion suggestion = ok(HEAD + SECRET + WHERE + NAMES + PREFIXES);

    assertThat(suggestion.identifier()).isEqualTo(Octets.ofHex("0102030405060708"));
    assertThat(suggestion.secret().reveal()).hasSize(32).containsOnly(0x5a);
    assertThat(suggestion.begins()).isTrue();
    assertThat(suggestion.validFor()).isEqualTo(Duration.ofSeconds(40));
    assertThat(suggestion.partner()).isEqualTo(new Endpoint(address("192.0.2.3"), 4500));
    assertThat(suggestion.ownName()).isEqualTo("a");
    assertThat(suggestion.partnerName()).isEqualTo("b.c");
    assertThat(suggestion.own()).containsExactly(prefix("10.1.0.0/24"));
    assertThat(suggestion.beyond()).containsExactly(prefix("10.2.0.0/16"));
    assertThat(suggestion.encode()).isEqualTo(octets(HEAD + SECRET + WHERE + NAMES + PREFIXES));
    assertThat(suggestion.toString()).doesNotContain("5a5a").doesNotContain("90, 90");
  }

  @ParameterizedTest
  @CsvSource({
    "02 01 0028 0102030405060708, 04 c0000203 1194, 01 61 03 622e63, 01 04 18 0a010000, version",
    "01 01 0000 0102030405060708, 04 c0000203 1194, 01 61 03 622e63, 01 04 18 0a010000, validity",
    "01 01 ffff 0102030405060708, 04 c0000203 1194, 01 61 03 622e63, 01 04 18 0a010000, validity",
    "01 01 0028 0102030405060708, 05 c0000203 1194, 01 61 03 622e63, 01 04 18 0a010000, address",
    "01 01 0028 0102030405060708, 04 00000000 1194, 01 61 03 622e63, 01 04 18 0a010000, address",
    "01 01 0028 0102030405060708, 04 e0000001 1194, 01 61 03 622e63, 01 04 18 0a010000, address",
    "01 01 0028 0102030405060708, 04 7f000001 1194, 01 61 03 622e63, 01 04 18 0a010000, address",
    "01 01 0028 0102030405060708, 04 c0000203 0000, 01 61 03 622e63, 01 04 18 0a010000, port",
    "01 01 0028 0102030405060708, 04 c0000203 1194, 00 03 622e63, 01 04 18 0a010000, own name",
    "01 01 0028 0102030405060708, 04 c0000203 1194, 01 20 03 622e63, 01 04 18 0a010000, own name",
    "01 01 0028 0102030405060708, 04 c0000203 1194, 01 61 03 62e463, 01 04 18 0a010000, name",
    "01 01 0028 0102030405060708, 04 c0000203 1194, 01 61 03 622e63, 00, own prefixes",
    "01 01 0028 0102030405060708, 04 c0000203 1194, 01 61 03 622e63, 11 04 18 0a010000, prefixes",
    "01 01 0028 0102030405060708, 04 c0000203 1194, 01 61 03 622e63, 01 04 00 0a010000, length",
    "01 01 0028 0102030405060708, 04 c0000203 1194, 01 61 03 622e63, 01 04 21 0a010000, length",
    "01 01 0028 0102030405060708, 04 c0000203 1194, 01 61 03 622e63, 01 04 04 e0000000, prefixes",
    "01 01 0028 0102030405060708, 04 c0000203 1194, 01 61 03 622e63, 01 07 18 0a010000, family",
  })
  void whatMakesNoSenseIsNamed(
      String head, String where, String names, String own, String complaint) {
    DecodeFault fault = fault(head + SECRET + where + names + own + " 01 04 10 0a020000");
    assertThat(fault.field() + " " + fault.reason()).contains(complaint);
  }

  @Test
  void itIsWholeAndNothingMore() {
    Octets whole = octets(HEAD + SECRET + WHERE + NAMES + PREFIXES);
    for (int length = 0; length < whole.length(); length++) {
      assertThat(ShortcutSuggestion.decode(whole.slice(0, length)))
          .as("%d octets", length)
          .isInstanceOf(Decoded.Malformed.class);
    }
    assertThat(fault(HEAD + SECRET + WHERE + NAMES + PREFIXES + " 00").reason())
        .contains("behind it");
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    Random random = new Random(4);
    for (int i = 0; i < 500; i++) {
      ShortcutSuggestion suggestion = any(random);
      assertThat(ShortcutSuggestion.decode(suggestion.encode()))
          .as("%s", suggestion)
          .isEqualTo(new Decoded.Ok<>(suggestion));
    }
  }

  @Test
  void anyOctetsAreTaken() {
    Random random = new Random(5);
    int good = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] octets = any(random).encode().toByteArray();
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        octets[random.nextInt(octets.length)] = (byte) random.nextInt();
      }
      good +=
          ShortcutSuggestion.decode(Octets.wrap(octets)) instanceof Decoded.Ok<ShortcutSuggestion>
              ? 1
              : 0;
    }
    assertThat(good).isBetween(5_000, 19_000);
  }

  @Test
  void answersAreReadAsWritten() {
    for (ShortcutAnswer answer : ShortcutAnswer.values()) {
      assertThat(ShortcutAnswer.decode(answer.encode())).isEqualTo(new Decoded.Ok<>(answer));
    }
    for (String wrong : List.of("", "06", "ff", "0000")) {
      assertThat(ShortcutAnswer.decode(Octets.ofHex(wrong))).isInstanceOf(Decoded.Malformed.class);
    }
  }

  private static ShortcutSuggestion any(Random random) {
    return new ShortcutSuggestion(
        Octets.wrap(bytes(random, ShortcutSuggestion.IDENTIFIER_LENGTH)),
        Secret.copyOf(bytes(random, ShortcutSuggestion.SECRET_LENGTH)),
        random.nextBoolean(),
        Duration.ofSeconds(1 + random.nextInt(300)),
        new Endpoint(
            address(random.nextBoolean() ? "198.51.100.7" : "2001:db8::7"),
            1 + random.nextInt(65_535)),
        "a".repeat(1 + random.nextInt(255)),
        "b-" + random.nextInt(),
        prefixes(random),
        prefixes(random));
  }

  private static List<IpPrefix> prefixes(Random random) {
    List<IpPrefix> prefixes = new ArrayList<>();
    for (int i = random.nextInt(ShortcutSuggestion.MOST_PREFIXES); i >= 0; i--) {
      prefixes.add(
          random.nextBoolean()
              ? IpPrefix.of(address("10.0.0.0"), 8 + random.nextInt(25))
              : IpPrefix.of(address("2001:db8::"), 32 + random.nextInt(97)));
    }
    return prefixes;
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static ShortcutSuggestion ok(String hex) {
    return ((Decoded.Ok<ShortcutSuggestion>) ShortcutSuggestion.decode(octets(hex))).value();
  }

  private static DecodeFault fault(String hex) {
    return ((Decoded.Malformed<ShortcutSuggestion>) ShortcutSuggestion.decode(octets(hex))).fault();
  }

  private static Octets octets(String hex) {
    return Octets.ofHex(hex.replace(" ", ""));
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }
}
