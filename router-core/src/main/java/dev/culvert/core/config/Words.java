package dev.culvert.core.config;

import java.util.List;

/** How words are written so that the parser reads the same words again. */
final class Words {
  private Words() {}

  static String quoteIfNeeded(String word) {
    return isBare(word) ? word : quote(word);
  }

  static String quote(String word) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /** {@code a} or {@code [ a b ]}. */
  static String list(List<String> words) {
    List<String> quoted = words.stream().map(Words::quoteIfNeeded).toList();
    return quoted.size() == 1 ? quoted.getFirst() : "[ " + String.join(" ", quoted) + " ]";
  }

  private static boolean isBare(String word) {
    boolean bare = !word.isEmpty() && !word.endsWith(":");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean digit = c >= '0' && c <= '9';
      bare &= letter || digit || "_.:/@+,=%-".indexOf(c) >= 0;
    }
    return bare;
  }
}
