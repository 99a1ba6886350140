package dev.culvert.bgp.attribute;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** COMMUNITIES (RFC 1997) in canonical form: ascending as unsigned numbers, each once. */
public record Communities(List<Integer> values) {
  public static final Communities NONE = new Communities(List.of());
  public static final int NO_EXPORT = 0xFFFFFF01;
  public static final int NO_ADVERTISE = 0xFFFFFF02;
  public static final int NO_EXPORT_SUBCONFED = 0xFFFFFF03;

  public Communities {
    TreeSet<Integer> sorted = new TreeSet<>(Integer::compareUnsigned);
    sorted.addAll(values);
    values = List.copyOf(sorted);
  }

  /** Reads {@code 65001:100} and the well-known names, as the configuration writes them. */
  public static Optional<Communities> parse(List<String> words) {
    List<Integer> values = new ArrayList<>();
    for (String word : words) {
      Optional<Integer> value = parseOne(word);
      if (value.isEmpty()) {
        return Optional.empty();
      }
      values.add(value.get());
    }
    return Optional.of(new Communities(values));
  }

  public boolean contains(int community) {
    return values.contains(community);
  }

  public boolean isEmpty() {
    return values.isEmpty();
  }

  public Communities plus(Communities more) {
    List<Integer> all = new ArrayList<>(values);
    all.addAll(more.values);
    return new Communities(all);
  }

  public Communities minus(Communities less) {
    return new Communities(values.stream().filter(v -> !less.contains(v)).toList());
  }

  /** Each in canonical text. */
  public List<String> texts() {
    return values.stream().map(Communities::text).toList();
  }

  private static String text(int community) {
    return switch (community) {
      case NO_EXPORT -> "no-export";
      case NO_ADVERTISE -> "no-advertise";
      case NO_EXPORT_SUBCONFED -> "no-export-subconfed";
      default -> (community >>> 16) + ":" + (community & 0xFFFF);
    };
  }

  private static Optional<Integer> parseOne(String word) {
    return switch (word) {
      case "no-export" -> Optional.of(NO_EXPORT);
      case "no-advertise" -> Optional.of(NO_ADVERTISE);
      case "no-export-subconfed" -> Optional.of(NO_EXPORT_SUBCONFED);
      default -> parseNumbers(word);
    };
  }

  private static Optional<Integer> parseNumbers(String word) {
    int colon = word.indexOf(':');
    if (colon < 0) {
      return Optional.empty();
    }
    int high = sixteenBits(word.substring(0, colon));
    int low = sixteenBits(word.substring(colon + 1));
    return high < 0 || low < 0 ? Optional.empty() : Optional.of(high << 16 | low);
  }

  private static int sixteenBits(String digits) {
    if (digits.isEmpty()
        || digits.length() > 5
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    int value = Integer.parseInt(digits);
    return value <= 0xFFFF ? value : -1;
  }
}
