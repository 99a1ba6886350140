package dev.culvert.core.config;

import dev.culvert.core.config.Token.Kind;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * Splits configuration text into words and marks. Never throws: what is wrong is reported and
 * skipped. Messages name no word, as any of them may be a secret.
 */
final class Lexer {
  private final String file;
  private final String text;
  private final boolean lines;
  private final Diagnostics diagnostics;
  private int offset;
  private int line = 1;
  private int lineStart;
  private String comment = "";

  /**
   * @param lines true where a statement ends with its line ({@code set} form)
   */
  Lexer(String file, String text, boolean lines, Diagnostics diagnostics) {
    this.file = file;
    this.text = text;
    this.lines = lines;
    this.diagnostics = diagnostics;
  }

  /** What stood in block comments right in front of the last word or mark; empty for nothing. */
  String comment() {
    return comment;
  }

  Token next() {
    comment = "";
    while (offset < text.length()) {
      char c = text.charAt(offset);
      if (c == '\n') {
        Token end = token(Kind.END_OF_LINE, offset);
        offset++;
        line++;
        lineStart = offset;
        if (lines) {
          return end;
        }
      } else if (isBlank(c)) {
        offset++;
      } else if (c == '#') {
        skipToEndOfLine();
      } else if (text.startsWith("/*", offset)) {
        skipBlockComment();
      } else {
        return wordOrMark(c);
      }
    }
    return token(Kind.END_OF_TEXT, offset);
  }

  private Token wordOrMark(char c) {
    Kind mark = mark(c);
    if (mark != null) {
      return token(mark, offset++);
    }
    return c == '"' ? quotedWord() : bareWord();
  }

  private static @Nullable Kind mark(char c) {
    return switch (c) {
      case '{' -> Kind.OPEN_BRACE;
      case '}' -> Kind.CLOSE_BRACE;
      case '[' -> Kind.OPEN_BRACKET;
      case ']' -> Kind.CLOSE_BRACKET;
      case ';' -> Kind.SEMICOLON;
      default -> null;
    };
  }

  private Token bareWord() {
    int start = offset;
    boolean control = false;
    offset += patternLength();
    while (offset < text.length() && !endsBareWord(text.charAt(offset))) {
      control |= Character.isISOControl(text.charAt(offset));
      offset++;
    }
    if (control) {
      fault(start, "control character in a word");
    }
    return word(text.substring(start, Math.min(offset, start + limit())), false, start, offset);
  }

  /** Of {@code <[a-z]*>}: the brackets in it are no marks. 0 if no such pattern stands here. */
  private int patternLength() {
    if (text.charAt(offset) != '<') {
      return 0;
    }
    Matcher pattern = NamePattern.WRITTEN.matcher(text).region(offset, text.length());
    return pattern.lookingAt() ? pattern.end() - offset : 0;
  }

  private static boolean endsBareWord(char c) {
    return isBlank(c) || c == '\n' || c == '"' || c == '#' || mark(c) != null;
  }

  private Token quotedWord() {
    int start = offset++;
    StringBuilder value = new StringBuilder();
    while (offset < text.length() && text.charAt(offset) != '\n') {
      char c = text.charAt(offset++);
      if (c == '"') {
        return word(value.toString(), true, start, start + value.length());
      }
      if (c == '\\' && offset < text.length() && text.charAt(offset) != '\n') {
        unescape(text.charAt(offset++), value);
      } else {
        value.append(c);
      }
    }
    // A string ends with its line at the latest, so one lost quote spoils one line only.
    fault(start, "unterminated string: closing '\"' is missing");
    return word(value.toString(), true, start, start + value.length());
  }

  /** {@code \" \\ \n \r \t}; before anything else, as in regular expressions, it stands itself. */
  private static void unescape(char c, StringBuilder value) {
    switch (c) {
      case '"', '\\' -> value.append(c);
      case 'n' -> value.append('\n');
      case 'r' -> value.append('\r');
      case 't' -> value.append('\t');
      default -> value.append('\\').append(c);
    }
  }

  private Token word(String value, boolean quoted, int start, int end) {
    if (end - start > ConfigLimits.MAX_WORD_LENGTH) {
      fault(start, "word of more than " + ConfigLimits.MAX_WORD_LENGTH + " characters");
    }
    String bounded = value.substring(0, Math.min(value.length(), limit()));
    return new Token(Kind.WORD, bounded, quoted, line, start - lineStart + 1);
  }

  private static int limit() {
    return ConfigLimits.MAX_WORD_LENGTH;
  }

  private void skipToEndOfLine() {
    int end = text.indexOf('\n', offset);
    offset = end < 0 ? text.length() : end;
  }

  private void skipBlockComment() {
    int start = offset;
    int end = text.indexOf("*/", offset + 2);
    if (end < 0) {
      fault(start, "unterminated comment: closing '*/' is missing");
    }
    int stop = end < 0 ? text.length() : end + 2;
    if (end >= 0) {
      remember(text.substring(start + 2, Math.min(end, start + 2 + limit())));
    }
    for (; offset < stop; offset++) {
      if (text.charAt(offset) == '\n') {
        line++;
        lineStart = offset + 1;
      }
    }
  }

  private void remember(String inside) {
    String one = Marks.comment(inside);
    String all = comment.isEmpty() || one.isEmpty() ? comment + one : comment + "\n" + one;
    comment = Marks.comment(all.substring(0, Math.min(all.length(), limit())));
  }

  private Token token(Kind kind, int at) {
    return new Token(kind, "", false, line, at - lineStart + 1);
  }

  private void fault(int at, String message) {
    diagnostics.error(new SourcePosition(file, line, at - lineStart + 1), "", message);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\uFEFF';
  }
}
