package dev.culvert.core.policy;

import dev.culvert.core.policy.AsPathPattern.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Recursive descent over the text of an AS path expression; any fault makes the result empty. */
final class AsPathPatternParser {
  private static final long MAX_AS = 0xffff_ffffL;
  private static final int MAX_REPEAT = 255;

  private final String text;
  private int offset;
  private boolean faulty;

  AsPathPatternParser(String text) {
    this.text = text;
  }

  Optional<Step> parse() {
    take('^');
    Step step = either(0);
    take('$');
    skipBlanks();
    return faulty || offset < text.length() ? Optional.empty() : Optional.of(step);
  }

  private Step either(int depth) {
    List<Step> parts = new ArrayList<>();
    do {
      parts.add(sequence(depth));
    } while (take('|'));
    return parts.size() == 1 ? parts.getFirst() : new Step.Either(parts);
  }

  private Step sequence(int depth) {
    List<Step> parts = new ArrayList<>();
    while (!faulty && !atEnd()) {
      parts.add(repeated(one(depth)));
    }
    return new Step.Sequence(parts);
  }

  private boolean atEnd() {
    skipBlanks();
    return offset == text.length() || "|)$".indexOf(text.charAt(offset)) >= 0;
  }

  private Step one(int depth) {
    if (take('.')) {
      return new Step.One(List.of(new Step.Range(0, MAX_AS)), true);
    }
    if (take('(')) {
      faulty |= depth == AsPathPattern.MAX_DEPTH;
      Step inner = faulty ? new Step.Sequence(List.of()) : either(depth + 1);
      faulty |= !take(')');
      return inner;
    }
    if (take('[')) {
      boolean inside = !take('^');
      List<Step.Range> ranges = new ArrayList<>();
      while (!faulty && !take(']')) {
        ranges.add(range());
      }
      faulty |= ranges.isEmpty();
      return new Step.One(ranges, inside);
    }
    return new Step.One(List.of(range()), true);
  }

  private Step.Range range() {
    long least = number(MAX_AS);
    long most = take('-') ? number(MAX_AS) : least;
    faulty |= most < least;
    return new Step.Range(least, most);
  }

  private Step repeated(Step part) {
    if (take('*')) {
      return new Step.Repeat(part, 0, Integer.MAX_VALUE);
    }
    if (take('+')) {
      return new Step.Repeat(part, 1, Integer.MAX_VALUE);
    }
    if (take('?')) {
      return new Step.Repeat(part, 0, 1);
    }
    if (!take('{')) {
      return part;
    }
    int least = (int) number(MAX_REPEAT);
    int most = least;
    if (take(',')) {
      skipBlanks();
      boolean open = offset < text.length() && text.charAt(offset) == '}';
      most = open ? Integer.MAX_VALUE : (int) number(MAX_REPEAT);
    }
    faulty |= !take('}') || most < least;
    return new Step.Repeat(part, least, most);
  }

  private long number(long most) {
    skipBlanks();
    int start = offset;
    long value = 0;
    while (offset < text.length() && isDigit(text.charAt(offset)) && value <= most) {
      value = value * 10 + (text.charAt(offset++) - '0');
    }
    faulty |= offset == start || value > most;
    return value;
  }

  private boolean take(char c) {
    skipBlanks();
    boolean there = offset < text.length() && text.charAt(offset) == c;
    offset += there ? 1 : 0;
    return there;
  }

  private void skipBlanks() {
    while (offset < text.length() && text.charAt(offset) == ' ') {
      offset++;
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
