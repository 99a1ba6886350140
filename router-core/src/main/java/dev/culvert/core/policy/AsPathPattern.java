package dev.culvert.core.policy;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Junos' regular expressions over AS numbers: {@code 65001}, {@code .} (any), {@code 65001-65010},
 * {@code (a | b)}, {@code ()} (nothing), {@code [1 2-5]}, {@code [^1]}, and {@code * + ? {n} {n,}
 * {n,m}}. The whole path must match, so {@code ^} and {@code $} change nothing.
 *
 * <p>A step maps a set of positions in the path to the set of positions behind it, so that matching
 * never backtracks.
 */
public final class AsPathPattern {
  /** Longest pattern, and deepest nesting in it. */
  static final int MAX_LENGTH = 1024;

  static final int MAX_DEPTH = 8;

  private final String text;
  private final Step step;

  private AsPathPattern(String text, Step step) {
    this.text = text;
    this.step = step;
  }

  /** Empty if the text is no such expression. */
  public static Optional<AsPathPattern> parse(String text) {
    if (text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    return new AsPathPatternParser(text).parse().map(step -> new AsPathPattern(text, step));
  }

  /**
   * @param path AS numbers, the leftmost first
   */
  public boolean matches(List<Long> path) {
    BitSet start = new BitSet();
    start.set(0);
    return step.from(start, path).get(path.size());
  }

  /** The text is all there is to it. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AsPathPattern pattern && text.equals(pattern.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }

  /** A part of the expression. */
  sealed interface Step {
    /** Where in the path the part may end if it may begin at {@code starts}. */
    BitSet from(BitSet starts, List<Long> path);

    record Range(long least, long most) {}

    /** One AS number in any of the ranges, or in none of them. */
    record One(List<Range> ranges, boolean inside) implements Step {
      @Override
      public BitSet from(BitSet starts, List<Long> path) {
        BitSet ends = new BitSet();
        for (int i = starts.nextSetBit(0);
            i >= 0 && i < path.size();
            i = starts.nextSetBit(i + 1)) {
          long as = path.get(i);
          boolean found = ranges.stream().anyMatch(r -> r.least() <= as && as <= r.most());
          ends.set(i + 1, found == inside);
        }
        return ends;
      }
    }

    record Sequence(List<Step> parts) implements Step {
      @Override
      public BitSet from(BitSet starts, List<Long> path) {
        BitSet ends = (BitSet) starts.clone();
        for (Step part : parts) {
          ends = part.from(ends, path);
        }
        return ends;
      }
    }

    record Either(List<Step> parts) implements Step {
      @Override
      public BitSet from(BitSet starts, List<Long> path) {
        BitSet ends = new BitSet();
        parts.forEach(part -> ends.or(part.from(starts, path)));
        return ends;
      }
    }

    record Repeat(Step part, int least, int most) implements Step {
      @Override
      public BitSet from(BitSet starts, List<Long> path) {
        BitSet reached = starts;
        for (int i = 0; i < least && !reached.isEmpty(); i++) {
          reached = part.from(reached, path);
        }
        BitSet ends = (BitSet) reached.clone();
        for (int i = least; i < most && !reached.isEmpty(); i++) {
          reached = part.from(reached, path);
          reached.andNot(ends);
          ends.or(reached);
        }
        return ends;
      }
    }
  }
}
