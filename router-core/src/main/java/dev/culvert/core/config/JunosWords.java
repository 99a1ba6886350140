package dev.culvert.core.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The keywords that Junos has where a secret stands one step away. One of these in such a place is
 * a statement, and may be named in a message; any other word may be the secret.
 */
final class JunosWords {
  private static final Set<String> WORDS = read();

  private JunosWords() {}

  static boolean has(String word) {
    return WORDS.contains(word);
  }

  private static Set<String> read() {
    try (InputStream in =
        Objects.requireNonNull(JunosWords.class.getResourceAsStream("junos-words.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
