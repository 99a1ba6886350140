package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.List;

/** How words are written so that the parser reads the same words again, and how they are typed. */
public final class Words {
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
    if (NamePattern.WRITTEN.matcher(word).matches()) {
      return true;
    }
    boolean bare = !word.isEmpty() && !word.endsWith(":");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean digit = c >= '0' && c <= '9';
      bare &= letter || digit || "_.:/@+,=%-".indexOf(c) >= 0;
    }
    return bare;
  }

  /**
   * The words of a typed line: double quotes keep blanks together, and a backslash inside them a
   * quote.
   */
  public static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean quoted = false;
    boolean inWord = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
        word.append('"');
        i++;
      } else if (c == '"') {
        quoted = !quoted;
        inWord = true;
      } else if (Character.isWhitespace(c) && !quoted) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }
}
