package dev.culvert.core.path;

import com.google.common.collect.ImmutableBiMap;
import java.util.Comparator;
import java.util.Optional;

/** One community of a route; standard ones come before large ones. */
public sealed interface Community extends Comparable<Community> {
  /** RFC 1997: AS number and value, 16 bits each. */
  record Standard(int bits) implements Community {
    public static final Standard NO_EXPORT = new Standard(0xFFFFFF01);
    public static final Standard NO_ADVERTISE = new Standard(0xFFFFFF02);
    public static final Standard NO_EXPORT_SUBCONFED = new Standard(0xFFFFFF03);

    private static final ImmutableBiMap<Standard, String> NAMES =
        ImmutableBiMap.of(
            NO_EXPORT, "no-export",
            NO_ADVERTISE, "no-advertise",
            NO_EXPORT_SUBCONFED, "no-export-subconfed");

    @Override
    public String inNumbers() {
      return (bits >>> 16) + ":" + (bits & 0xFFFF);
    }

    /** Well-known ones by their name. */
    @Override
    public String toString() {
      String name = NAMES.get(this);
      return name == null ? inNumbers() : name;
    }
  }

  /** RFC 8092: the AS that gives it meaning, and two values of its own; unsigned 32 bits each. */
  record Large(int globalAdministrator, int localData1, int localData2) implements Community {
    private static final String PREFIX = "large:";

    @Override
    public String inNumbers() {
      return PREFIX
          + Integer.toUnsignedString(globalAdministrator)
          + ":"
          + Integer.toUnsignedString(localData1)
          + ":"
          + Integer.toUnsignedString(localData2);
    }

    @Override
    public String toString() {
      return inNumbers();
    }
  }

  /** As {@code 65001:100} or {@code large:65001:1:2}, well-known ones too: what patterns see. */
  String inNumbers();

  /** Reads what {@code toString} and {@link #inNumbers} write. */
  static Optional<Community> parse(String text) {
    Standard wellKnown = Standard.NAMES.inverse().get(text);
    if (wellKnown != null) {
      return Optional.of(wellKnown);
    }
    return text.startsWith(Large.PREFIX) ? parseLarge(text) : parseStandard(text);
  }

  private static Optional<Community> parseStandard(String text) {
    String[] halves = text.split(":", -1);
    if (halves.length != 2) {
      return Optional.empty();
    }
    long high = number(halves[0], 0xFFFF);
    long low = number(halves[1], 0xFFFF);
    return high < 0 || low < 0
        ? Optional.empty()
        : Optional.of(new Standard((int) (high << 16 | low)));
  }

  private static Optional<Community> parseLarge(String text) {
    String[] parts = text.substring(Large.PREFIX.length()).split(":", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    long administrator = number(parts[0], 0xFFFF_FFFFL);
    long first = number(parts[1], 0xFFFF_FFFFL);
    long second = number(parts[2], 0xFFFF_FFFFL);
    return administrator < 0 || first < 0 || second < 0
        ? Optional.empty()
        : Optional.of(new Large((int) administrator, (int) first, (int) second));
  }

  /** -1 if it is none. */
  private static long number(String digits, long most) {
    if (!digits.matches("[0-9]{1,10}")) {
      return -1;
    }
    long value = Long.parseLong(digits);
    return value <= most ? value : -1;
  }

  @Override
  default int compareTo(Community other) {
    return switch (this) {
      case Standard(int bits) ->
          other instanceof Standard(int others) ? Integer.compareUnsigned(bits, others) : -1;
      case Large large -> other instanceof Large others ? compare(large, others) : 1;
    };
  }

  private static int compare(Large one, Large other) {
    return Comparator.<Large>comparingLong(c -> Integer.toUnsignedLong(c.globalAdministrator()))
        .thenComparingLong(c -> Integer.toUnsignedLong(c.localData1()))
        .thenComparingLong(c -> Integer.toUnsignedLong(c.localData2()))
        .compare(one, other);
  }
}
