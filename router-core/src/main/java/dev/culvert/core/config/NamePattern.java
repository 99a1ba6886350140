package dev.culvert.core.config;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A name with wildcards, {@code <ge-*>}: {@code *} stands for any characters, {@code ?} for one,
 * {@code [a-z]} for one of those and {@code [!a-z]} for one of the others.
 *
 * @param glob what stands between the angle brackets
 */
record NamePattern(String glob) {
  /** What may stand bare in a text; the lexer takes brackets in it for a part of the word. */
  static final Pattern WRITTEN = Pattern.compile("<[A-Za-z0-9_.:/@+,=%*?!^\\[\\]-]{1,255}>");

  static Optional<NamePattern> of(String word) {
    return WRITTEN.matcher(word).matches()
        ? Optional.of(new NamePattern(word.substring(1, word.length() - 1)))
        : Optional.empty();
  }

  /** In time that is at most the product of both lengths. */
  boolean matches(String name) {
    int at = 0;
    int in = 0;
    int star = -1;
    int resume = 0;
    while (in < name.length()) {
      if (at < glob.length() && glob.charAt(at) == '*') {
        star = at++;
        resume = in;
      } else if (at < glob.length() && matchesOne(at, name.charAt(in))) {
        at = next(at);
        in++;
      } else if (star >= 0) {
        at = star + 1;
        in = ++resume;
      } else {
        return false;
      }
    }
    while (at < glob.length() && glob.charAt(at) == '*') {
      at++;
    }
    return at == glob.length();
  }

  private boolean matchesOne(int at, char c) {
    char wanted = glob.charAt(at);
    int end = closing(at);
    if (end < 0) {
      return wanted == '?' || wanted == c;
    }
    int from = at + 1;
    boolean others = glob.charAt(from) == '!' || glob.charAt(from) == '^';
    boolean isIn = false;
    for (int i = others ? from + 1 : from; i < end; i++) {
      if (i + 2 < end && glob.charAt(i + 1) == '-') {
        isIn |= glob.charAt(i) <= c && c <= glob.charAt(i + 2);
        i += 2;
      } else {
        isIn |= glob.charAt(i) == c;
      }
    }
    return isIn != others;
  }

  private int next(int at) {
    return Math.max(at, closing(at)) + 1;
  }

  /** The bracket that closes the one at that place; -1 where none is opened, or closed. */
  private int closing(int at) {
    return glob.charAt(at) == '[' ? glob.indexOf(']', at + 2) : -1;
  }
}
