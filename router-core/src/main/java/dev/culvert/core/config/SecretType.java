package dev.culvert.core.config;

import dev.culvert.core.wire.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A secret as the operator writes it: as it is, or in the {@code $9$} form that a Junos router
 * shows. No reason repeats the word, for it would put the secret into a message. Safe to share.
 */
public final class SecretType implements ValueType<Secret> {
  /** Encrypted by a key that only the router has which printed it. */
  private static final String MASTER_PASSWORD_PREFIX = "$8$";

  private final boolean hexadecimal;
  private final int longest;

  private SecretType(boolean hexadecimal, int longest) {
    this.hexadecimal = hexadecimal;
    this.longest = longest;
  }

  /** Text of one to {@code longest} octets in UTF-8. */
  public static SecretType text(int longest) {
    return new SecretType(false, longest);
  }

  /** One to {@code longest} octets, written as twice as many hexadecimal digits. */
  public static SecretType hexadecimal(int longest) {
    return new SecretType(true, longest);
  }

  @Override
  public String placeholder() {
    return hexadecimal ? "<hexadecimal>" : "<text>";
  }

  @Override
  public Parsed<Secret> parse(String word) {
    if (word.startsWith(MASTER_PASSWORD_PREFIX)) {
      return new Parsed.Wrong<>(
          "the $8$ form needs the master password of the router that printed it;"
              + " write the secret itself");
    }
    if (!word.startsWith(ObfuscatedText.PREFIX)) {
      return plain(word.getBytes(StandardCharsets.UTF_8));
    }
    byte[] revealed = ObfuscatedText.reveal(word).orElse(null);
    if (revealed == null) {
      return new Parsed.Wrong<>(
          "the $9$ form is damaged; copy it whole, or write the secret itself");
    }
    Parsed<Secret> parsed = plain(revealed);
    Arrays.fill(revealed, (byte) 0);
    return parsed;
  }

  private Parsed<Secret> plain(byte[] written) {
    if (!hexadecimal) {
      return ofLength(written);
    }
    boolean whole = written.length % 2 == 0;
    for (byte digit : written) {
      whole &= HexFormat.isHexDigit(digit);
    }
    return whole
        ? ofLength(HexFormat.of().parseHex(new String(written, StandardCharsets.US_ASCII)))
        : new Parsed.Wrong<>("the secret is an even number of hexadecimal digits");
  }

  private Parsed<Secret> ofLength(byte[] octets) {
    String unit = hexadecimal ? " octets" : " characters";
    return octets.length == 0 || octets.length > longest
        ? new Parsed.Wrong<>("the secret must have 1 to " + longest + unit)
        : new Parsed.Value<>(Secret.copyOf(octets));
  }
}
