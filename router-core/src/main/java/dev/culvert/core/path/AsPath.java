package dev.culvert.core.path;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** AS_PATH (RFC 4271 §5.1.2) with 4-octet AS numbers (RFC 6793), whatever the peer speaks. */
public record AsPath(List<Segment> segments) {
  public static final AsPath EMPTY = new AsPath(List.of());

  /** Stands in 2-octet fields for a number that does not fit (RFC 6793 §9). */
  public static final int AS_TRANS = 23456;

  /** Junos allows as many in one {@code as-path-prepend}. */
  public static final int MAX_PREPENDS = 32;

  /** A segment's count is one octet on the wire. */
  private static final int MAX_SEGMENT = 255;

  /** Path segment type with its wire value; there are no confederations here. */
  public enum SegmentType {
    AS_SET(1),
    AS_SEQUENCE(2);

    private final int wireValue;

    SegmentType(int wireValue) {
      this.wireValue = wireValue;
    }

    public int wireValue() {
      return wireValue;
    }
  }

  /** One path segment; AS numbers as unsigned 32 bits, in wire order. */
  public record Segment(SegmentType type, List<Long> asNumbers) {
    public Segment {
      asNumbers = List.copyOf(asNumbers);
    }
  }

  public AsPath {
    segments = List.copyOf(segments);
  }

  public static AsPath sequence(Long... asNumbers) {
    return new AsPath(List.of(new Segment(SegmentType.AS_SEQUENCE, List.of(asNumbers))));
  }

  public boolean isEmpty() {
    return segments.isEmpty();
  }

  /** RFC 4271 §9.1.2.2 (a): an AS_SET counts as one, however large. */
  public int length() {
    int length = 0;
    for (Segment segment : segments) {
      length += segment.type() == SegmentType.AS_SET ? 1 : segment.asNumbers().size();
    }
    return length;
  }

  public boolean contains(long asNumber) {
    for (Segment segment : segments) {
      if (segment.asNumbers().contains(asNumber)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The neighboring AS of §9.1.2.2 (c), the AS the route came from; 0 where the path is empty or
   * begins with a set, that is for routes of our own AS.
   */
  public long neighborAs() {
    if (segments.isEmpty() || segments.getFirst().type() != SegmentType.AS_SEQUENCE) {
      return 0;
    }
    return segments.getFirst().asNumbers().getFirst();
  }

  /** RFC 4271 §5.1.2 (b): in front, joining a leading sequence while it has room. */
  public AsPath prepend(List<Long> asNumbers) {
    AsPath path = this;
    for (int i = asNumbers.size() - 1; i >= 0; i--) {
      path = path.prepend(asNumbers.get(i));
    }
    return path;
  }

  private AsPath prepend(long asNumber) {
    List<Segment> result = new ArrayList<>();
    List<Long> front = new ArrayList<>();
    front.add(asNumber);
    boolean joins =
        !segments.isEmpty()
            && segments.getFirst().type() == SegmentType.AS_SEQUENCE
            && segments.getFirst().asNumbers().size() < MAX_SEGMENT;
    if (joins) {
      front.addAll(segments.getFirst().asNumbers());
    }
    result.add(new Segment(SegmentType.AS_SEQUENCE, front));
    result.addAll(segments.subList(joins ? 1 : 0, segments.size()));
    return new AsPath(result);
  }

  /**
   * RFC 6793 §4.2.3: this path came from a speaker of 2-octet AS numbers together with {@code
   * as4Path}; the leading part this one has more of goes in front of the other.
   */
  public AsPath mergedWith(AsPath as4Path) {
    int missing = length() - as4Path.length();
    if (missing < 0) {
      return this;
    }
    List<Segment> merged = new ArrayList<>();
    for (Segment segment : segments) {
      if (missing == 0) {
        break;
      }
      boolean set = segment.type() == SegmentType.AS_SET;
      int taken = set ? segment.asNumbers().size() : Math.min(missing, segment.asNumbers().size());
      merged.add(new Segment(segment.type(), segment.asNumbers().subList(0, taken)));
      missing -= set ? 1 : taken;
    }
    merged.addAll(as4Path.segments);
    return new AsPath(joined(merged));
  }

  private static List<Segment> joined(List<Segment> parts) {
    List<Segment> result = new ArrayList<>();
    for (Segment part : parts) {
      Segment last = result.isEmpty() ? null : result.getLast();
      if (last != null
          && last.type() == SegmentType.AS_SEQUENCE
          && part.type() == SegmentType.AS_SEQUENCE
          && last.asNumbers().size() + part.asNumbers().size() <= MAX_SEGMENT) {
        List<Long> both = new ArrayList<>(last.asNumbers());
        both.addAll(part.asNumbers());
        result.set(result.size() - 1, new Segment(SegmentType.AS_SEQUENCE, both));
      } else {
        result.add(part);
      }
    }
    return result;
  }

  /** True if a 2-octet AS_PATH would lose numbers. */
  public boolean needsFourOctets() {
    return segments.stream().anyMatch(s -> s.asNumbers().stream().anyMatch(n -> n > 0xFFFF));
  }

  /** The numbers as policies see them, leftmost first; those of sets as if in sequence. */
  public List<Long> asNumbers() {
    List<Long> numbers = new ArrayList<>();
    segments.forEach(s -> numbers.addAll(s.asNumbers()));
    return numbers;
  }

  /** As Junos prints it: {@code 65001 65002 {1 2}}. */
  @Override
  public String toString() {
    return segments.stream().map(AsPath::text).collect(Collectors.joining(" "));
  }

  private static String text(Segment segment) {
    String numbers =
        segment.asNumbers().stream().map(String::valueOf).collect(Collectors.joining(" "));
    return segment.type() == SegmentType.AS_SET ? "{" + numbers + "}" : numbers;
  }
}
