package dev.culvert.core.config;

import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * Junos' {@code $9$} form of a secret. It is no encryption, as there is no key to it: it keeps a
 * secret from being read over a shoulder, and anybody can turn it back.
 *
 * <p>Behind the prefix stand one character, then as many without meaning as the {@linkplain
 * #FAMILIES family} of the first says, then the octets. What counts is how far each character is
 * from the one before it in the {@linkplain #ALPHABET alphabet}: an octet is the sum of a few such
 * steps, each less one and times its {@linkplain #WEIGHTS weight}. Safe to share.
 */
final class ObfuscatedText {
  static final String PREFIX = "$9$";

  /** A character of the first family is followed by three without meaning, of the last by none. */
  private static final String[] FAMILIES = {
    "QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T"
  };

  private static final String ALPHABET = String.join("", FAMILIES);

  /** By the octet's place; after the last they begin again. */
  private static final int[][] WEIGHTS = {
    {1, 4, 32}, {1, 16, 32}, {1, 8, 32}, {1, 64}, {1, 32}, {1, 4, 16, 128}, {1, 32, 64}
  };

  private static final int MAX_OCTET = 255;

  private ObfuscatedText() {}

  /** What a whole {@code $9$} form stands for: its octets, at least one; empty if it is damaged. */
  static Optional<byte[]> reveal(String text) {
    int first = PREFIX.length();
    if (!text.startsWith(PREFIX) || text.length() <= first || family(text.charAt(first)) < 0) {
      return Optional.empty();
    }
    char before = text.charAt(first);
    int next = first + FAMILIES.length - family(before);
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    while (next < text.length()) {
      int octet = 0;
      for (int weight : WEIGHTS[octets.size() % WEIGHTS.length]) {
        int step = next < text.length() ? step(before, text.charAt(next)) : -1;
        if (step < 0) {
          return Optional.empty();
        }
        octet += step * weight;
        before = text.charAt(next++);
      }
      if (octet > MAX_OCTET) {
        return Optional.empty();
      }
      octets.write(octet);
    }
    return octets.size() == 0 ? Optional.empty() : Optional.of(octets.toByteArray());
  }

  private static int family(char c) {
    for (int i = 0; i < FAMILIES.length; i++) {
      if (FAMILIES[i].indexOf(c) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** How many characters lie between the two, going round; negative where none can. */
  private static int step(char from, char to) {
    int place = ALPHABET.indexOf(to);
    int distance = Math.floorMod(place - ALPHABET.indexOf(from), ALPHABET.length());
    return place < 0 ? -1 : distance - 1;
  }
}
