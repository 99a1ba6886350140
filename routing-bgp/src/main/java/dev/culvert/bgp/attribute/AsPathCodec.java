package dev.culvert.bgp.attribute;

import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.AsPath.SegmentType;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The value of AS_PATH and AS4_PATH (RFC 4271 §4.3): segments of a type octet, a count octet, and
 * so many AS numbers of two or four octets.
 */
final class AsPathCodec {
  /** RFC 5065 §3: the other segment types, AS_CONFED_SEQUENCE and AS_CONFED_SET. */
  private static final int FIRST_CONFEDERATION_TYPE = 3;

  private static final int LAST_CONFEDERATION_TYPE = 4;

  private AsPathCodec() {}

  /**
   * A path and how many segments were left out of it; null where it is malformed: RFC 7606 §7.2,
   * and AS 0 by RFC 7607 §2.
   */
  record Read(AsPath path, int confederationSegments) {}

  static @Nullable Read read(WireReader in, boolean fourOctets) {
    List<AsPath.Segment> segments = new ArrayList<>();
    int confederationSegments = 0;
    while (in.remaining() > 0) {
      int type = in.u8("Path Segment Type");
      int count = in.u8("Path Segment Length");
      in.require(1 <= type && type <= LAST_CONFEDERATION_TYPE, "Path Segment Type", "is " + type);
      in.require(count > 0, "Path Segment Length", "is zero");
      List<Long> asNumbers = new ArrayList<>();
      for (int i = 0; i < count && !in.isPoisoned(); i++) {
        long asNumber = fourOctets ? in.u32Long("AS number") : in.u16("AS number");
        in.require(asNumber != 0, "AS number", "is zero");
        asNumbers.add(asNumber);
      }
      if (type >= FIRST_CONFEDERATION_TYPE) {
        confederationSegments++;
      } else {
        segments.add(
            new AsPath.Segment(
                type == SegmentType.AS_SET.wireValue()
                    ? SegmentType.AS_SET
                    : SegmentType.AS_SEQUENCE,
                asNumbers));
      }
    }
    return in.isPoisoned() ? null : new Read(new AsPath(segments), confederationSegments);
  }

  static void write(WireWriter out, AsPath path, boolean fourOctets) {
    for (AsPath.Segment segment : path.segments()) {
      out.u8(segment.type().wireValue()).u8(segment.asNumbers().size());
      for (long asNumber : segment.asNumbers()) {
        if (fourOctets) {
          out.u32((int) asNumber);
        } else {
          out.u16(asNumber > 0xFFFF ? AsPath.AS_TRANS : (int) asNumber);
        }
      }
    }
  }
}
